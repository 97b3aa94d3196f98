package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.GemmRoutines.Product.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.machine.GemmRoutines.Convert;

/**
 * Writes {@link dev.kanmon.kernels.machine.GemmRoutines#product}: for strips of columns, for tiles of rows, for steps.
 * A tile keeps its sums in registers; each step loads the strip's weights and broadcasts one number of four bytes of each
 * row. A sum is one chain from the first input to the last whatever the tile, so a row's result does not depend on
 * the rows beside it.
 */
final class GemmCode {
    private static final Register[] USED = {RAX, RBX, RCX, RDX, RBP, RSI, R8, R9, R10, R11, R12, R13, R14, R15};

    /** Steps of a turn of the innermost loop; a power of two. */
    private static final int UNROLL = 4;

    /** Bytes of a step of a panel. */
    private static final int STEP = 256;

    /** Rows that one address register reaches, by an index that counts once or twice. */
    private static final int REACH = 3;

    // In the loops: address of the tile's first row and of the fourth, of the weights, steps left
    private static final Register ROWS = RAX;
    private static final Register MORE_ROWS = RDX;
    private static final Register WEIGHTS = R10;
    private static final Register COUNT = R11;
    private static final Register ROW_STRIDE = RCX;
    private static final Register RESULT_STRIDE = RBP;
    private static final Register TILES = R12;
    private static final Register TILE_QUANTISERS = R13;
    private static final Register TILE_ROWS = R14;
    private static final Register TILE_RESULT = RBX;
    private static final Register STRIP = R15;
    /** Bytes of the columns before this strip. */
    private static final Register COLUMN = RSI;

    /** What of the next panel is asked for next. */
    private static final Register AHEAD = R9;

    // slots beside that of GemmColumns
    private static final int NEXT = OWN + 1;
    private static final int END_OF_NEXT = OWN + 2;

    private final Assembler a;
    private final Abi abi;
    private final GemmTile tile;
    private final int tallest;
    private final Lanes lanes;
    private final GemmColumns columns;

    private GemmCode(Assembler a, Abi abi, GemmTile tile, int tallest) {
        this.a = a;
        this.abi = abi;
        this.tile = tile;
        this.tallest = tallest;
        lanes = new Lanes(a, tile.level(), tile.level().registers() - 1);
        columns = new GemmColumns(a, tile);
    }

    /** Writes the routine for tiles of {@code tall} and {@code tall - 1} rows. */
    static void write(Assembler a, Abi abi, Level level, WeightType type, int tall) {
        new GemmCode(a, abi, GemmTile.of(level, type), tall).write();
    }

    private void write() {
        abi.enter(a, USED);
        a.mov(ROW_STRIDE, slot(A_STRIDE));
        a.mov(RESULT_STRIDE, slot(C_STRIDE));
        a.mov(STRIP, slot(B));
        a.zero(COLUMN);
        var strip = a.here();
        columns.begin(COLUMN);
        a.mov(TILE_ROWS, slot(A));
        a.mov(TILE_QUANTISERS, slot(QUANTISERS));
        a.mov(TILE_RESULT, slot(C));
        a.add(TILE_RESULT, COLUMN);
        if (asksForNextPanel()) {
            a.mov(R8, STRIP);
            a.add(R8, slot(PANEL_BYTES));
            a.mov(slot(NEXT), R8);
            a.mov(R9, slot(STEPS));
            a.shl(R9, Integer.numberOfTrailingZeros(STEP));
            a.add(R8, R9);
            a.mov(slot(END_OF_NEXT), R8);
        }
        tiles(TALL_TILES, tallest);
        if (tallest > 1) {
            tiles(SHORT_TILES, tallest - 1);
        }
        nextStrip(strip);
        abi.leave(a, USED);
    }

    private void nextStrip(Label strip) {
        int bytes = tile.columns() * Integer.BYTES;
        a.add(COLUMN, bytes);
        if (bytes == STEP) {
            a.add(STRIP, slot(PANEL_BYTES));
        } else {
            var samePanel = a.label();
            a.add(STRIP, bytes);
            a.mov(R8, COLUMN);
            a.and(R8, STEP - 1);
            a.jump(Condition.NE, samePanel);
            a.add(STRIP, slot(PANEL_BYTES));
            a.sub(STRIP, STEP);
            a.bind(samePanel);
        }
        a.mov(R8, slot(COLUMNS));
        a.shl(R8, 2);
        a.compare(COLUMN, R8);
        a.jump(Condition.L, strip);
    }

    private void tiles(int slot, int rows) {
        var none = a.label();
        a.mov(TILES, slot(slot));
        a.test(TILES, TILES);
        a.jump(Condition.E, none);
        var next = a.here();
        begin(rows);
        sum(rows);
        end(rows);
        a.imul(R8, ROW_STRIDE, rows);
        a.add(TILE_ROWS, R8);
        a.imul(R8, RESULT_STRIDE, rows);
        a.add(TILE_RESULT, R8);
        a.add(TILE_QUANTISERS, rows * Convert.QUANTISER);
        a.dec(TILES);
        a.jump(Condition.NE, next);
        a.bind(none);
    }

    /** Sets the sums to zero, to what the rows' zero points owe, or to what an earlier call left. */
    private void begin(int rows) {
        var go = a.label();
        var zero = a.label();
        a.mov(R8, slot(CONTINUE));
        a.test(R8, R8);
        a.jump(Condition.E, zero);
        resultRows(rows);
        columns.forEach((j, masked) -> {
            for (int i = 0; i < rows; i++) {
                columns.load(masked, sum(i, j), result(i, j), j);
            }
        });
        a.jump(go);
        a.bind(zero);
        if (tile.type() == WeightType.INT8) {
            a.mov(R8, slot(SUMS));
        }
        for (int i = 0; i < rows; i++) {
            if (tile.type() == WeightType.INT8) {
                a.op(VPBROADCASTD, spare(), Memory.at(TILE_QUANTISERS, i * Convert.QUANTISER + 4));
            }
            for (int j = 0; j < tile.vectors(); j++) {
                if (tile.type() == WeightType.INT8) {
                    a.op(VPMULLD, sum(i, j), spare(), Memory.at(R8, COLUMN, 1, j * lanes.bytes()));
                } else {
                    lanes.zero(sum(i, j));
                }
            }
        }
        a.bind(go);
    }

    /** Adds up the products of all steps. */
    private void sum(int rows) {
        a.mov(ROWS, TILE_ROWS);
        if (rows > REACH) {
            a.lea(MORE_ROWS, Memory.at(ROWS, ROW_STRIDE, 2, 0));
            a.add(MORE_ROWS, ROW_STRIDE);
        }
        a.mov(WEIGHTS, STRIP);
        if (asksForNextPanel()) {
            var more = a.label();
            a.mov(AHEAD, slot(NEXT));
            a.compare(AHEAD, slot(END_OF_NEXT));
            a.jump(Condition.B, more);
            // all of it is on its way: what is here already costs nothing
            a.mov(AHEAD, STRIP);
            a.bind(more);
        }
        var rest = a.label();
        var done = a.label();
        a.mov(COUNT, slot(STEPS));
        a.shr(COUNT, Integer.numberOfTrailingZeros(UNROLL));
        a.jump(Condition.E, rest);
        loop(rows, UNROLL);
        a.bind(rest);
        a.mov(COUNT, slot(STEPS));
        a.and(COUNT, UNROLL - 1);
        a.jump(Condition.E, done);
        loop(rows, 1);
        a.bind(done);
        if (asksForNextPanel()) {
            a.mov(slot(NEXT), AHEAD);
        }
    }

    /** How far ahead weights are asked for, in bytes: further where nothing but them takes time. */
    private int prefetchDistance() {
        return tallest > 1 ? 512 : 1024;
    }

    /**
     * Whether each step of a tile also asks for a line of the next panel, so that four tiles have it in the second cache
     * when its turn comes. Without that the first tile of each panel waits for the third. A single row waits anyway.
     */
    private boolean asksForNextPanel() {
        return tallest > 1 && tile.columns() * Integer.BYTES == STEP;
    }

    private void loop(int rows, int steps) {
        a.align(32);
        var turn = a.here();
        for (int u = 0; u < steps; u++) {
            tile.step(a, rows, u, WEIGHTS, this::row);
            if (steps > 1) {
                for (int line = 0; line < tile.vectors() * lanes.bytes(); line += 64) {
                    a.prefetch(Memory.at(WEIGHTS, u * STEP + line + prefetchDistance()));
                }
            }
        }
        if (asksForNextPanel()) {
            for (int u = 0; u < steps; u++) {
                a.prefetchSecond(Memory.at(AHEAD, u * 64));
            }
            a.add(AHEAD, steps * 64);
        }
        a.add(ROWS, steps * tile.bytesOfStep());
        if (rows > REACH) {
            a.add(MORE_ROWS, steps * tile.bytesOfStep());
        }
        a.add(WEIGHTS, steps * STEP);
        a.dec(COUNT);
        a.jump(Condition.NE, turn);
    }

    private Memory row(int i, int displacement) {
        return at(i < REACH ? ROWS : MORE_ROWS, ROW_STRIDE, i % REACH, displacement);
    }

    private static Memory at(Register base, Register stride, int times, int displacement) {
        return times == 0 ? Memory.at(base, displacement) : Memory.at(base, stride, times, displacement);
    }

    /** Stores the sums, as they are or as the result. */
    private void end(int rows) {
        var unfinished = a.label();
        var done = a.label();
        resultRows(rows);
        a.mov(RAX, slot(FINISH));
        a.test(RAX, RAX);
        a.jump(Condition.E, unfinished);
        a.mov(RAX, slot(SCALES));
        a.add(RAX, COLUMN);
        columns.forEach((j, masked) -> {
            bias(j, masked);
            if (tile.type() == WeightType.INT8) {
                a.op(VMOVUPS, scale(), Memory.at(RAX, j * lanes.bytes()));
            }
            for (int i = 0; i < rows; i++) {
                finish(i, j);
                columns.store(masked, result(i, j), sum(i, j), j);
            }
        });
        a.jump(done);
        a.bind(unfinished);
        columns.forEach((j, masked) -> {
            for (int i = 0; i < rows; i++) {
                columns.store(masked, result(i, j), sum(i, j), j);
            }
        });
        a.bind(done);
    }

    private void finish(int i, int j) {
        var sum = sum(i, j);
        if (tile.type() == WeightType.INT8) {
            var step = Memory.at(TILE_QUANTISERS, i * Convert.QUANTISER);
            a.op(VCVTDQ2PS, sum, sum);
            if (tile.level().avx512()) {
                a.op(VMULPS, sum, sum, step.toAllLanes());
            } else {
                a.op(VBROADCASTSS, spare(), step);
                a.op(VMULPS, sum, sum, spare());
            }
            a.op(VFMADD213PS, sum, scale(), bias());
        } else {
            a.op(VADDPS, sum, sum, bias());
        }
    }

    private void bias(int j, boolean masked) {
        var none = a.label();
        lanes.zero(bias());
        a.mov(R10, slot(BIAS));
        a.test(R10, R10);
        a.jump(Condition.E, none);
        columns.load(masked, bias(), Memory.at(R10, COLUMN, 1, j * lanes.bytes()), j);
        a.bind(none);
    }

    /** R8 and R9 = where the tile's first and fourth row of the result are. */
    private void resultRows(int rows) {
        a.mov(R8, TILE_RESULT);
        if (rows > REACH) {
            a.lea(R9, Memory.at(R8, RESULT_STRIDE, 2, 0));
            a.add(R9, RESULT_STRIDE);
        }
    }

    private Memory result(int i, int j) {
        return at(i < REACH ? R8 : R9, RESULT_STRIDE, i % REACH, j * lanes.bytes());
    }

    private Vector sum(int i, int j) {
        return tile.sum(i, j);
    }

    // behind the sums; the very last register is for masks

    private Vector scale() {
        return lanes.v(tile.level().registers() - 4);
    }

    private Vector bias() {
        return lanes.v(tile.level().registers() - 3);
    }

    private Vector spare() {
        return lanes.v(tile.level().registers() - 2);
    }
}
