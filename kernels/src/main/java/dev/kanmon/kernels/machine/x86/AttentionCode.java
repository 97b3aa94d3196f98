package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.AttentionSlots;
import dev.kanmon.kernels.machine.x86.Vector.Width;

/**
 * What the parts of attention's code share. Throughout, RDI is the parameter block.
 *
 * @param bf16 whether words hold two numbers as bf16, else one float
 */
record AttentionCode(Assembler a, Level level, Lanes lanes, boolean bf16) {
    /**
     * Rows of a tile: with four vectors of AVX-512, 24 sums hide the latency of a multiply-add and leave registers for
     * four vectors of a step; with two of AVX2, 12.
     */
    static final int TILE_ROWS = 6;

    /** Where AVX2 keeps the mask of a tail; {@link #tailOfHead} fills it when it is needed. */
    private static final int TAIL_REGISTER = 15;

    /** General registers that these routines overwrite and must give back. */
    static final Register[] SAVED = {
        Register.RBX, Register.RBP, Register.RSI, Register.R12, Register.R13, Register.R14, Register.R15
    };

    // what has no register, in slots
    static final int FIRST = AttentionSlots.WORKING;
    static final int ROWS = FIRST + 1;
    static final int TILES = FIRST + 2;
    static final int FROM = FIRST + 3;
    static final int TO = FIRST + 4;
    static final int END = FIRST + 5;
    static final int TILE_A = FIRST + 6;
    static final int TILE_C = FIRST + 7;
    static final int TILES_LEFT = FIRST + 8;
    static final int ROW = FIRST + 9;
    static final int COLUMN = FIRST + 10;

    static AttentionCode of(Assembler a, Level level, Operands operands) {
        return new AttentionCode(a, level, new Lanes(a, level, TAIL_REGISTER), operands == Operands.BF16);
    }

    /** Vectors of a panel. */
    static int vectors(Level level) {
        return level.avx512() ? 4 : 2;
    }

    int vectors() {
        return vectors(level);
    }

    int panel() {
        return vectors() * lanes.count();
    }

    Vector v(int number) {
        return lanes.v(number);
    }

    /** {@code d = min(d, s)} with signs. */
    void min(Register d, Register s) {
        a.compare(d, s);
        a.cmov(Condition.G, d, s);
    }

    /** {@code d = max(d, s)} with signs. */
    void max(Register d, Register s) {
        a.compare(d, s);
        a.cmov(Condition.L, d, s);
    }

    /** Rounds up to whole vectors. */
    void roundUpToLanes(Register d) {
        a.add(d, lanes.count() - 1);
        a.and(d, -lanes.count());
    }

    /** Prepares the tail of a row of the head. Overwrites RCX and RAX. */
    void tailOfHead() {
        a.mov(Register.RCX, slot(AttentionSlots.DIM));
        a.and(Register.RCX, lanes.count() - 1);
        lanes.tail(Register.RCX, Register.RAX);
    }

    /** {@code d += a · b}, words of four bytes. */
    void multiplyAdd(Vector d, Vector x, Operand y) {
        a.op(bf16 ? VDPBF16PS : VFMADD231PS, d, x, y);
    }

    /** Stores a vector of floats as the words of the element with this index; {@code x} is overwritten. */
    void put(Register base, Register index, Vector x) {
        if (bf16) {
            var half = x.as(Width.YMM);
            a.op(VCVTNEPS2BF16, half, x);
            a.store(VMOVUPS_STORE, Memory.at(base, index, 2, 0), half);
        } else {
            a.store(VMOVUPS_STORE, Memory.at(base, index, 4, 0), x);
        }
    }

    /** Bytes of an element in a row of words. */
    int elementBytes() {
        return bf16 ? 2 : 4;
    }
}
