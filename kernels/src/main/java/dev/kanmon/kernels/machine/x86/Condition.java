package dev.kanmon.kernels.machine.x86;

import java.util.Locale;

/** When a jump is taken; the order is that of the encoding. */
public enum Condition {
    O,
    NO,
    B,
    AE,
    E,
    NE,
    BE,
    A,
    S,
    NS,
    P,
    NP,
    L,
    GE,
    LE,
    G;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
