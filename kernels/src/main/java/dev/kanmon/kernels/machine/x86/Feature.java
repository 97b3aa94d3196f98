package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.CpuId.Answer;
import java.util.Locale;
import java.util.function.ToIntFunction;

/** Instructions that not every x86-64 has, by the names of /proc/cpuinfo, and where the CPU says that it has them. */
enum Feature {
    FMA(1, 0, Answer::ecx, 12, State.YMM),
    F16C(1, 0, Answer::ecx, 29, State.YMM),
    BMI2(7, 0, Answer::ebx, 8, State.GENERAL),
    AVX2(7, 0, Answer::ebx, 5, State.YMM),
    AVX_VNNI(7, 1, Answer::eax, 4, State.YMM),
    AVX512F(7, 0, Answer::ebx, 16, State.ZMM),
    AVX512DQ(7, 0, Answer::ebx, 17, State.ZMM),
    AVX512BW(7, 0, Answer::ebx, 30, State.ZMM),
    AVX512VL(7, 0, Answer::ebx, 31, State.ZMM),
    AVX512VBMI(7, 0, Answer::ecx, 1, State.ZMM),
    AVX512_VNNI(7, 0, Answer::ecx, 11, State.ZMM),
    AVX512_BF16(7, 1, Answer::eax, 5, State.ZMM),
    AMX_BF16(7, 0, Answer::edx, 22, State.TILES),
    AMX_TILE(7, 0, Answer::edx, 24, State.TILES),
    AMX_INT8(7, 0, Answer::edx, 25, State.TILES);

    /** Registers that the system must save when it changes threads, as bits of XCR0 (Intel's manual, volume 1, 13.1). */
    private enum State {
        GENERAL(0),
        /** XMM and the upper halves of YMM. */
        YMM(0x6),
        /** And opmasks, the upper halves of ZMM0 to 15, ZMM16 to 31. */
        ZMM(0xe6),
        /** And the tiles' configuration and data. A process has to ask Linux for these, too: arch_prctl(0x1023, 18). */
        TILES(0x6_0006);

        private final long bits;

        State(long bits) {
            this.bits = bits;
        }
    }

    private final int leaf;
    private final int sub;
    private final ToIntFunction<Answer> register;
    private final int bit;
    private final State state;

    Feature(int leaf, int sub, ToIntFunction<Answer> register, int bit, State state) {
        this.leaf = leaf;
        this.sub = sub;
        this.register = register;
        this.bit = bit;
        this.state = state;
    }

    /** Whether the CPU has it and the system lets it be used. */
    boolean isIn(CpuId cpu) {
        // EAX of leaf 7 is its highest sub-leaf
        boolean there = sub == 0 || cpu.leaf(leaf, 0).eax() >= sub;
        return there
                && (register.applyAsInt(cpu.leaf(leaf, sub)) >>> bit & 1) == 1
                && (cpu.xcr0() & state.bits) == state.bits;
    }

    /** The name in /proc/cpuinfo. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
