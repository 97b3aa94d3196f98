package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.AttentionSlots.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.AttentionCode.*;
import static dev.kanmon.kernels.machine.x86.Condition.*;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

/** Blocks of rows, as the left sides of products. */
final class AttentionRows {
    private final AttentionCode code;
    private final Assembler a;
    private final Lanes lanes;
    private final Label pack;

    AttentionRows(AttentionCode code) {
        this.code = code;
        a = code.a();
        lanes = code.lanes();
        pack = a.label();
    }

    /** How many rows the block from {@link AttentionCode#FIRST} on has, and tiles. Overwrites RAX and RCX. */
    void rowsOfBlock() {
        a.mov(RAX, slot(COUNT));
        a.mov(RCX, slot(FIRST));
        a.sub(RAX, RCX);
        a.mov(RCX, slot(BLOCK));
        code.min(RAX, RCX);
        a.mov(slot(ROWS), RAX);
        // rounded up, by a product: exact far beyond the rows of a block
        a.add(RAX, TILE_ROWS - 1);
        a.imul(RAX, RAX, (1 << 16) / TILE_ROWS + 1);
        a.shr(RAX, 16);
        a.mov(slot(TILES), RAX);
    }

    /** Packs the rows of the block of the matrix at RSI, whose stride is in R8. Overwrites RAX, RCX, RDX, RSI, R8, R9, R12, R13, a vector. */
    void pack() {
        a.call(pack);
    }

    /** Writes the subroutine. */
    void write() {
        a.bind(pack);
        code.tailOfHead();
        a.mov(RAX, slot(FIRST));
        a.imul(RAX, R8);
        a.add(RSI, RAX);
        a.mov(RDX, slot(QUERIES));
        a.mov(R9, slot(QUERY_STRIDE));
        a.mov(R12, slot(ROWS));
        a.mov(R13, slot(DIM));
        var nextRow = a.here();
        var tail = a.label();
        var done = a.label();
        a.zero(RAX);
        var loop = a.here();
        a.mov(RCX, R13);
        a.sub(RCX, RAX);
        a.compare(RCX, lanes.count());
        a.jump(L, tail);
        a.op(VMOVUPS, code.v(0), Memory.at(RSI, RAX, Float.BYTES, 0));
        code.put(RDX, RAX, code.v(0));
        a.add(RAX, lanes.count());
        a.jump(loop);
        a.bind(tail);
        a.test(RCX, RCX);
        a.jump(E, done);
        lanes.loadTail(code.v(0), Memory.at(RSI, RAX, Float.BYTES, 0));
        code.put(RDX, RAX, code.v(0));
        a.bind(done);
        a.add(RSI, R8);
        a.add(RDX, R9);
        a.dec(R12);
        a.jump(NE, nextRow);
        a.ret();
    }

    /** The weighted sums of values of the block, divided by the sums of weights. */
    void outputs(AttentionTiles tiles) {
        code.tailOfHead();
        a.zero(RAX);
        a.mov(slot(ROW), RAX);
        var nextTile = a.here();
        a.zero(RAX);
        a.mov(slot(COLUMN), RAX);
        var nextColumns = a.here();
        a.mov(RBX, slot(DIM));
        code.roundUpToLanes(RBX);
        a.mov(RAX, slot(COLUMN));
        a.sub(RBX, RAX);
        a.mov(RCX, (long) code.panel());
        code.min(RBX, RCX);
        a.mov(R9, RBX);
        a.shl(R9, 2);
        a.mov(R8, slot(SCORE_STRIDE));
        a.mov(RSI, slot(ROW));
        a.imul(RSI, R8);
        a.add(RSI, slot(SCORES));
        a.mov(R10, slot(FROM));
        a.lea(RSI, Memory.at(RSI, R10, code.elementBytes(), 0));
        a.mov(RDX, slot(VALUE_STEPS));
        a.imul(RDX, RAX);
        a.shl(RDX, 2);
        a.add(RDX, slot(VALUES));
        a.mov(RCX, slot(END));
        a.sub(RCX, R10);
        if (code.bf16()) {
            a.inc(RCX);
            a.shr(RCX, 1);
            a.shr(R10, 1);
        }
        a.imul(R10, R9);
        a.add(RDX, R10);
        a.mov(RAX, slot(TILE));
        a.mov(R10, (long) code.panel() * Float.BYTES);
        tiles.products();
        storeTile();
        a.mov(RAX, slot(COLUMN));
        a.add(RAX, code.panel());
        a.mov(slot(COLUMN), RAX);
        a.compare(RAX, slot(DIM));
        a.jump(L, nextColumns);
        a.mov(RAX, slot(ROW));
        a.add(RAX, TILE_ROWS);
        a.mov(slot(ROW), RAX);
        a.compare(RAX, slot(ROWS));
        a.jump(L, nextTile);
    }

    /** RSI: a row of the tile; RDX: of the output; R8: its factor; R12: rows left; R13: columns. */
    private void storeTile() {
        a.mov(RSI, slot(TILE));
        a.mov(R9, slot(ROW));
        a.mov(R8, slot(INVERSES));
        a.lea(R8, Memory.at(R8, R9, Float.BYTES, 0));
        a.mov(R12, slot(ROWS));
        a.sub(R12, R9);
        a.mov(RCX, (long) TILE_ROWS);
        code.min(R12, RCX);
        a.mov(R14, slot(OUT_STRIDE));
        a.mov(RDX, slot(FIRST));
        a.add(RDX, R9);
        a.imul(RDX, R14);
        a.add(RDX, slot(OUT));
        a.mov(RAX, slot(COLUMN));
        a.lea(RDX, Memory.at(RDX, RAX, Float.BYTES, 0));
        a.mov(R13, slot(DIM));
        a.sub(R13, RAX);
        a.mov(RCX, (long) code.panel());
        code.min(R13, RCX);
        var nextRow = a.here();
        var tail = a.label();
        var done = a.label();
        a.op(VBROADCASTSS, code.v(1), Memory.at(R8));
        a.zero(RAX);
        var loop = a.here();
        a.mov(RCX, R13);
        a.sub(RCX, RAX);
        a.jump(E, done);
        a.op(VMULPS, code.v(0), code.v(1), Memory.at(RSI, RAX, Float.BYTES, 0));
        a.compare(RCX, lanes.count());
        a.jump(L, tail);
        a.store(VMOVUPS_STORE, Memory.at(RDX, RAX, Float.BYTES, 0), code.v(0));
        a.add(RAX, lanes.count());
        a.jump(loop);
        a.bind(tail);
        lanes.storeTail(Memory.at(RDX, RAX, Float.BYTES, 0), code.v(0));
        a.bind(done);
        a.add(RSI, code.panel() * Float.BYTES);
        a.add(RDX, R14);
        a.add(R8, Float.BYTES);
        a.dec(R12);
        a.jump(NE, nextRow);
    }
}
