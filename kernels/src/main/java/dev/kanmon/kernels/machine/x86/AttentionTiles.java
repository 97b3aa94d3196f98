package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.AttentionSlots.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.AttentionCode.*;
import static dev.kanmon.kernels.machine.x86.Condition.*;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

/** The products of attention, as subroutines: tiles of rows with panels, and blocks of rows with a range of columns. */
final class AttentionTiles {
    private final AttentionCode code;
    private final Assembler a;
    private final int bytes;
    private final Label products;
    private final Label block;

    AttentionTiles(AttentionCode code) {
        this.code = code;
        a = code.a();
        bytes = code.lanes().bytes();
        products = a.label();
        block = a.label();
    }

    /**
     * {@code c = a · b} for a tile: rows of words at RSI of stride R8; steps at RDX of stride R9, RCX of them, 0 or
     * more; RBX columns, whole vectors up to a panel; results at RAX of stride R10. Overwrites RAX, RCX, RDX, RSI, R11
     * and all vectors but the last.
     */
    void products() {
        a.call(products);
    }

    /**
     * Products of the block of rows that was packed last with the columns R13 to R14 - 1 of the panels at R12, limits
     * being whole vectors: results from R15 on, where column 0 would be, with stride R10. Overwrites all general
     * registers but RDI, R10, R12, R14 and R15.
     */
    void block() {
        a.call(block);
    }

    /** Writes the subroutines. */
    void write() {
        writeBlock();
        var widths = new Label[code.vectors()];
        a.bind(products);
        for (int vectors = 1; vectors < widths.length; vectors++) {
            widths[vectors - 1] = a.label();
            a.compare(RBX, vectors * code.lanes().count());
            a.jump(E, widths[vectors - 1]);
        }
        writeTile(widths.length);
        for (int vectors = 1; vectors < widths.length; vectors++) {
            a.bind(widths[vectors - 1]);
            writeTile(vectors);
        }
    }

    private void writeTile(int vectors) {
        int b = TILE_ROWS * code.vectors();
        var factor = code.v(b + code.vectors());
        var store = a.label();
        a.lea(R11, Memory.at(R8, R8, 2, 0));
        a.add(R11, RSI);
        for (int i = 0; i < TILE_ROWS * vectors; i++) {
            code.lanes().zero(code.v(i));
        }
        a.test(RCX, RCX);
        a.jump(E, store);
        a.align(32);
        var loop = a.here();
        for (int i = 0; i < vectors; i++) {
            a.op(VMOVUPS, code.v(b + i), Memory.at(RDX, i * bytes));
        }
        for (int row = 0; row < TILE_ROWS; row++) {
            a.op(VBROADCASTSS, factor, row(RSI, R11, R8, row));
            for (int i = 0; i < vectors; i++) {
                code.multiplyAdd(code.v(row * vectors + i), factor, code.v(b + i));
            }
        }
        a.add(RSI, Float.BYTES);
        a.add(R11, Float.BYTES);
        a.add(RDX, R9);
        a.dec(RCX);
        a.jump(NE, loop);
        a.bind(store);
        a.lea(R11, Memory.at(R10, R10, 2, 0));
        a.add(R11, RAX);
        for (int row = 0; row < TILE_ROWS; row++) {
            for (int i = 0; i < vectors; i++) {
                a.store(VMOVUPS_STORE, row(RAX, R11, R10, row).plus(i * bytes), code.v(row * vectors + i));
            }
        }
        a.ret();
    }

    /** A row of a tile of which {@code first} is row 0 and {@code fourth} row 3. */
    private static Memory row(Register first, Register fourth, Register stride, int row) {
        var base = row < 3 ? first : fourth;
        return row % 3 == 0 ? Memory.at(base) : Memory.at(base, stride, row % 3, 0);
    }

    private void writeBlock() {
        var tile = a.label();
        var done = a.label();
        a.bind(block);
        var next = a.here();
        a.compare(R13, R14);
        a.jump(GE, done);
        // where in its panel the column is
        a.mov(RAX, R13);
        a.and(RAX, code.panel() - 1);
        a.mov(RBP, R13);
        a.sub(RBP, RAX);
        a.mov(RCX, slot(STEPS));
        a.imul(RBP, RCX);
        a.add(RBP, RAX);
        a.shl(RBP, 2);
        a.add(RBP, R12);
        a.mov(RBX, (long) code.panel());
        a.sub(RBX, RAX);
        a.mov(RCX, R14);
        a.sub(RCX, R13);
        code.min(RBX, RCX);
        a.lea(RAX, Memory.at(R15, R13, Float.BYTES, 0));
        a.mov(slot(TILE_C), RAX);
        a.mov(RSI, slot(QUERIES));
        a.mov(slot(TILE_A), RSI);
        a.mov(RCX, slot(TILES));
        a.mov(slot(TILES_LEFT), RCX);
        a.bind(tile);
        a.mov(RSI, slot(TILE_A));
        a.mov(RAX, slot(TILE_C));
        a.mov(R8, slot(QUERY_STRIDE));
        a.mov(R9, (long) code.panel() * Float.BYTES);
        a.mov(RDX, RBP);
        a.mov(RCX, slot(STEPS));
        products();
        a.imul(RCX, R8, TILE_ROWS);
        a.add(slot(TILE_A), RCX);
        a.imul(RCX, R10, TILE_ROWS);
        a.add(slot(TILE_C), RCX);
        a.dec(slot(TILES_LEFT));
        a.jump(NE, tile);
        a.add(R13, RBX);
        a.jump(next);
        a.bind(done);
        a.ret();
    }
}
