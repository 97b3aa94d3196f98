package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.GemmRoutines.Product.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.machine.GemmRoutines.Convert;
import java.util.Arrays;

/**
 * Writes {@link dev.kanmon.kernels.machine.GemmRoutines#product} for AMX, over the same panels: sixteen steps of sixteen
 * outputs are a tile as they lie, with rows 256 bytes apart. Up to 16 rows of {@code a} times the 64 columns of a panel
 * are four tiles of sums; sixteen steps load one tile of rows and four of weights, 40 cycles, for 64 cycles of products.
 *
 * <p>No machine here has AMX, so nothing selects this; tests hold its bytes against GNU as. For the first one that has
 * it: {@link Level} gets a flag for {@code Feature.AMX_TILE} with {@code AMX_INT8} and {@code AMX_BF16}, to be set only
 * where {@code arch_prctl(ARCH_REQ_XCOMP_PERM, 18)} has been granted (Linux gives the 8 KB of tile state on demand);
 * {@link GemmTile} gets tiles of 16 rows, {@link X86Gemm} asks this class for {@code product} in place of
 * {@link GemmCode} from some rows on, which the contract then tests; and the bench decides whether 32 rows by 32 columns
 * are faster, which load less and need another order of loops. bf16 sums are then no longer those of {@link GemmCode} to the
 * bit: rows must not change between the two with their number, or batches would change verdicts. On Windows, whose
 * stacks grow a page at a time, the room for the sums must be touched from above first.
 */
final class AmxGemmCode {
    /** Rows of a tile at most. */
    static final int MOST_ROWS = 16;

    private static final Register[] USED = {RAX, RBX, RCX, RDX, RBP, RSI, R8, R9, R10, R11, R12, R13, R14, R15};

    private static final int STEP = 256;
    /** Steps of a tile: its 64 bytes in each row of {@code a}, its rows of weights. */
    private static final int TILE_STEPS = 16;

    private static final int LINE = 64;
    private static final int PARTS = STEP / LINE;

    // tiles: sums 0 to 3, then rows and weights of whole products, and of the steps that are left
    private static final int ROWS_TILE = 4;
    private static final int WEIGHTS_TILE = 5;
    private static final int LAST_ROWS_TILE = 6;
    private static final int LAST_WEIGHTS_TILE = 7;

    // on the stack: sums of 16 rows, then the configuration
    private static final int CONFIGURATION = MOST_ROWS * STEP;
    private static final int ROOM = CONFIGURATION + LINE;

    private final Assembler a;
    private final Tiles tiles;
    private final WeightType type;
    private final GemmColumns columns;

    private AmxGemmCode(Assembler a, WeightType type) {
        this.a = a;
        this.type = type;
        tiles = new Tiles(a);
        // every CPU with AMX has AVX-512; its four vectors are the four tiles of a panel
        columns = new GemmColumns(a, GemmTile.of(Level.AVX512, type));
    }

    /** Writes the routine for tiles of {@code tall} and {@code tall - 1} rows of INT8 or BF16. */
    static void write(Assembler a, Abi abi, WeightType type, int tall) {
        abi.enter(a, USED);
        new AmxGemmCode(a, type).write(tall);
        abi.leave(a, USED);
    }

    private void write(int tall) {
        a.sub(RSP, ROOM);
        a.mov(RCX, slot(A_STRIDE));
        a.mov(RBP, slot(C_STRIDE));
        a.mov(R15, slot(B));
        a.zero(RSI);
        var panel = a.here();
        columns.begin(RSI);
        a.mov(R14, slot(A));
        a.mov(R13, slot(QUANTISERS));
        a.mov(RBX, slot(C));
        a.add(RBX, RSI);
        rows(TALL_TILES, tall);
        if (tall > 1) {
            rows(SHORT_TILES, tall - 1);
        }
        a.add(RSI, STEP);
        a.add(R15, slot(PANEL_BYTES));
        a.mov(R8, slot(COLUMNS));
        a.shl(R8, 2);
        a.compare(RSI, R8);
        a.jump(Condition.L, panel);
        tiles.release();
        a.add(RSP, ROOM);
    }

    private void rows(int slot, int rows) {
        var none = a.label();
        a.mov(R12, slot(slot));
        a.test(R12, R12);
        a.jump(Condition.E, none);
        configure(rows);
        var next = a.here();
        sum();
        end(rows);
        a.imul(R8, RCX, rows);
        a.add(R14, R8);
        a.dec(R12);
        a.jump(Condition.NE, next);
        a.bind(none);
    }

    /** Shapes: a byte for the rows of each tile, two for the bytes of its rows. */
    private void configure(int rows) {
        var shapes = new int[TILE_STEPS];
        shapes[0] = 1; // the palette
        Arrays.fill(shapes, 4, 8, LINE << 16 | LINE);
        shapes[12] = rows * 0x01010101;
        shapes[13] = rows | TILE_STEPS << 8 | rows << 16 | TILE_STEPS << 24;
        a.op(VMOVUPS, Vector.zmm(0), a.constant(shapes));
        a.store(VMOVUPS_STORE, Memory.at(RSP, CONFIGURATION), Vector.zmm(0));
        var whole = a.label();
        a.mov(R8, slot(STEPS));
        a.and(R8, TILE_STEPS - 1);
        a.jump(Condition.E, whole);
        a.mov(R9, R8);
        a.shl(R9, 2);
        a.add(R9, LINE << 16);
        a.mov32(Memory.at(RSP, CONFIGURATION + 28), R9);
        a.shl(R8, 24);
        a.add(R8, shapes[13] & 0xFFFFFF);
        a.mov32(Memory.at(RSP, CONFIGURATION + 52), R8);
        a.bind(whole);
        tiles.configure(Memory.at(RSP, CONFIGURATION));
    }

    /** Adds up the products of all steps and leaves the sums on the stack. */
    private void sum() {
        for (int part = 0; part < PARTS; part++) {
            tiles.zero(part);
        }
        a.mov(RAX, R14);
        a.mov(R10, R15);
        a.mov(R8, STEP);
        var rest = a.label();
        var done = a.label();
        a.mov(R11, slot(STEPS));
        a.shr(R11, Integer.numberOfTrailingZeros(TILE_STEPS));
        a.jump(Condition.E, rest);
        a.align(32);
        var turn = a.here();
        products(ROWS_TILE, WEIGHTS_TILE);
        a.add(RAX, LINE);
        a.add(R10, TILE_STEPS * STEP);
        a.dec(R11);
        a.jump(Condition.NE, turn);
        a.bind(rest);
        a.mov(R11, slot(STEPS));
        a.and(R11, TILE_STEPS - 1);
        a.jump(Condition.E, done);
        products(LAST_ROWS_TILE, LAST_WEIGHTS_TILE);
        a.bind(done);
        for (int part = 0; part < PARTS; part++) {
            tiles.store(Memory.at(RSP, R8, 1, part * LINE), part);
        }
    }

    private void products(int rows, int weights) {
        var product = type == WeightType.INT8 ? Tiles.Product.TDPBUSD : Tiles.Product.TDPBF16PS;
        tiles.load(rows, Memory.at(RAX, RCX, 1, 0));
        for (int part = 0; part < PARTS; part++) {
            tiles.load(weights, Memory.at(R10, R8, 1, part * LINE));
            tiles.multiply(product, part, rows, weights);
        }
    }

    /** Brings the sums from the stack to the result; RBX and R13 move on by as many rows. */
    private void end(int rows) {
        var unfinished = a.label();
        var fresh = a.label();
        a.mov(RAX, RSP);
        a.mov(R11, rows);
        var row = a.here();
        for (int part = 0; part < PARTS; part++) {
            a.op(VMOVUPS, sum(part), Memory.at(RAX, part * LINE));
        }
        a.mov(R8, slot(CONTINUE));
        a.test(R8, R8);
        a.jump(Condition.E, fresh);
        columns.forEach((part, masked) -> {
            columns.load(masked, spare(), result(part), part);
            a.op(type == WeightType.INT8 ? VPADDD : VADDPS, sum(part), sum(part), spare());
        });
        a.bind(fresh);
        a.mov(R8, slot(FINISH));
        a.test(R8, R8);
        a.jump(Condition.E, unfinished);
        finish();
        a.bind(unfinished);
        columns.forEach((part, masked) -> columns.store(masked, result(part), sum(part), part));
        a.add(RAX, STEP);
        a.add(RBX, RBP);
        a.add(R13, Convert.QUANTISER);
        a.dec(R11);
        a.jump(Condition.NE, row);
    }

    private void finish() {
        if (type == WeightType.INT8) {
            a.mov(R8, slot(SUMS));
            a.mov(R9, slot(SCALES));
            a.op(VPBROADCASTD, zero(), Memory.at(R13, 4));
            a.op(VBROADCASTSS, step(), Memory.at(R13));
            for (int part = 0; part < PARTS; part++) {
                a.op(VPMULLD, spare(), zero(), Memory.at(R8, RSI, 1, part * LINE));
                a.op(VPADDD, sum(part), sum(part), spare());
                a.op(VCVTDQ2PS, sum(part), sum(part));
                a.op(VMULPS, sum(part), sum(part), step());
            }
        }
        var none = a.label();
        var done = a.label();
        a.mov(R8, slot(BIAS));
        a.test(R8, R8);
        a.jump(Condition.E, none);
        columns.forEach((part, masked) -> {
            columns.load(masked, spare(), Memory.at(R8, RSI, 1, part * LINE), part);
            add(part);
        });
        a.jump(done);
        a.bind(none);
        a.op(VPXORD, spare(), spare(), spare());
        for (int part = 0; part < PARTS; part++) {
            add(part);
        }
        a.bind(done);
    }

    /** Adds what {@link #spare} holds, after the scales of INT8. */
    private void add(int part) {
        if (type == WeightType.INT8) {
            a.op(VMOVUPS, scale(), Memory.at(R9, RSI, 1, part * LINE));
            a.op(VFMADD213PS, sum(part), scale(), spare());
        } else {
            a.op(VADDPS, sum(part), sum(part), spare());
        }
    }

    private Memory result(int part) {
        return Memory.at(RBX, part * LINE);
    }

    private static Vector sum(int part) {
        return Vector.zmm(part);
    }

    private static Vector zero() {
        return Vector.zmm(PARTS);
    }

    private static Vector step() {
        return Vector.zmm(PARTS + 1);
    }

    private static Vector scale() {
        return Vector.zmm(PARTS + 2);
    }

    private static Vector spare() {
        return Vector.zmm(PARTS + 3);
    }
}
