package dev.kanmon.kernels.machine.x86;

import java.util.Locale;

/** A general register, all 64 bits of it unless an instruction says otherwise; the order is that of the encoding. */
public enum Register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    private static final String[] LEGACY_HALVES = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};

    /** The name of the whole register. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The name of its lower 32 bits. */
    String text32() {
        return ordinal() < 8 ? LEGACY_HALVES[ordinal()] : text() + "d";
    }

    int low() {
        return ordinal() & 7;
    }

    int high() {
        return ordinal() >> 3;
    }
}
