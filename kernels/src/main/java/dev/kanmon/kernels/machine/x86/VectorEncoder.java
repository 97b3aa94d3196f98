package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import dev.kanmon.kernels.machine.x86.VectorInstruction.Map;
import dev.kanmon.kernels.machine.x86.VectorInstruction.Tuple;
import dev.kanmon.kernels.machine.x86.VectorInstruction.Vex;

/**
 * Writes VEX prefixes (AVX, AVX2, FMA, AVX-VNNI) where an instruction has such a form and needs nothing else, EVEX
 * prefixes (AVX-512) otherwise; then opcode, operands and immediate.
 */
final class VectorEncoder {
    private final CodeBuffer code;

    VectorEncoder(CodeBuffer code) {
        this.code = code;
    }

    /** Whether and how lanes are masked; k0 for not at all. */
    record Masking(int mask, boolean zeroing) {
        static final Masking NONE = new Masking(0, false);
    }

    /**
     * Writes one instruction but for its immediate.
     *
     * @param reg number in the field reg: a vector, a mask, a general register, or a part of the opcode
     * @param second number in the field vvvv, 0 where unused
     * @param rm the operand of the field rm
     * @param immediates bytes that will follow, which addresses relative to the code count from behind
     * @return whether it has an EVEX prefix
     */
    boolean write(
            VectorInstruction instruction,
            Width width,
            int reg,
            int second,
            Operand rm,
            Masking masking,
            int immediates) {
        boolean evex = needsEvex(instruction, width, reg, second, rm, masking);
        int rmLow = rm instanceof Vector vector ? vector.number() : baseNumber((Memory) rm);
        int index = indexNumber(rm);
        if (evex) {
            evex(instruction, width, reg, second, rm, rmLow, index, masking);
        } else {
            vex(
                    instruction.map().number(),
                    instruction.prefix().ordinal(),
                    0,
                    width.ordinal(),
                    reg,
                    second,
                    index,
                    rmLow);
        }
        code.put(instruction.opcode());
        // no switch over types: the first call would spend milliseconds on linking it
        if (rm instanceof Memory memory) {
            int unit = !evex ? 1 : memory.broadcast() ? 4 : instruction.tuple().bytes(width);
            address(reg, memory, unit, immediates);
        } else {
            code.put(0xC0 | (reg & 7) << 3 | ((Vector) rm).number() & 7);
        }
        return evex;
    }

    private static boolean needsEvex(
            VectorInstruction instruction, Width width, int reg, int second, Operand rm, Masking masking) {
        boolean high = reg > 15
                || second > 15
                || rm instanceof Vector vector && vector.number() > 15
                || rm instanceof Memory memory
                        && memory.lanes() != null
                        && memory.lanes().number() > 15;
        boolean wants = width == Width.ZMM
                || high
                || masking.mask() != 0
                || rm instanceof Memory memory && memory.broadcast()
                || instruction.vex() == Vex.NEVER;
        if (wants && instruction.vex() == Vex.ONLY) {
            throw new IllegalArgumentException(instruction.text() + " at " + width
                    + ": expected registers below 16, at most 256 bits, no mask and no broadcast");
        }
        if (rm instanceof Memory memory && memory.broadcast() && instruction.tuple() != Tuple.FULL) {
            throw new IllegalArgumentException(instruction.text() + ": cannot broadcast from memory");
        }
        return wants;
    }

    private static int baseNumber(Memory memory) {
        return memory.label() != null ? 0 : memory.base().ordinal();
    }

    private static int indexNumber(Operand rm) {
        return rm instanceof Memory memory && memory.hasIndex() ? memory.indexNumber() : 0;
    }

    private void evex(
            VectorInstruction instruction,
            Width width,
            int reg,
            int second,
            Operand rm,
            int rmNumber,
            int index,
            Masking masking) {
        boolean register = rm instanceof Vector;
        // for a register the bit X is its fifth bit; for a gather V' is that of the lanes
        int x = register ? rmNumber >> 4 : index >> 3;
        int v = rm instanceof Memory memory && memory.lanes() != null ? index >> 4 : second >> 4;
        boolean broadcast = rm instanceof Memory memory && memory.broadcast();
        code.put(0x62);
        code.put(inverted(reg >> 3, 7)
                | inverted(x, 6)
                | inverted(rmNumber >> 3, 5)
                | inverted(reg >> 4, 4)
                | instruction.map().number());
        code.put(instruction.w() << 7
                | (~second & 15) << 3
                | 4
                | instruction.prefix().ordinal());
        code.put((masking.zeroing() ? 0x80 : 0)
                | width.ordinal() << 5
                | (broadcast ? 0x10 : 0)
                | inverted(v, 3)
                | masking.mask());
    }

    private static int inverted(int bit, int at) {
        return (~bit & 1) << at;
    }

    /** A VEX prefix, of two bytes where that is enough. */
    void vex(int map, int prefix, int w, int length, int reg, int second, int index, int base) {
        int last = (~second & 15) << 3 | length << 2 | prefix;
        boolean extended = (index >> 3 & 1) != 0 || (base >> 3 & 1) != 0;
        if (map == Map._0F.number() && w == 0 && !extended) {
            code.put(0xC5);
            code.put(inverted(reg >> 3, 7) | last);
        } else {
            code.put(0xC4);
            code.put(inverted(reg >> 3, 7) | inverted(index >> 3, 6) | inverted(base >> 3, 5) | map);
            code.put(w << 7 | last);
        }
    }

    /**
     * ModRM, SIB and displacement of a memory operand.
     *
     * @param unit what a displacement of one byte counts in
     * @param immediates bytes of the instruction that follow the displacement
     */
    void address(int reg, Memory memory, int unit, int immediates) {
        int field = (reg & 7) << 3;
        if (memory.label() != null) {
            code.put(field | 5);
            memory.label().ask(code.length(), code.length() + 4 + immediates - memory.displacement());
            code.putInt(0);
            return;
        }
        int displacement = memory.displacement();
        boolean small = displacement % unit == 0 && (byte) (displacement / unit) == displacement / unit;
        int base = memory.base().low();
        // without a displacement the numbers of RBP and R13 mean something else
        int mode = displacement == 0 && base != 5 ? 0 : small ? 1 : 2;
        if (memory.hasIndex() || base == 4) {
            code.put(mode << 6 | field | 4);
            int index = memory.hasIndex() ? memory.indexNumber() & 7 : 4;
            code.put(Integer.numberOfTrailingZeros(memory.scale()) << 6 | index << 3 | base);
        } else {
            code.put(mode << 6 | field | base);
        }
        if (mode == 1) {
            code.put(displacement / unit);
        } else if (mode == 2) {
            code.putInt(displacement);
        }
    }
}
