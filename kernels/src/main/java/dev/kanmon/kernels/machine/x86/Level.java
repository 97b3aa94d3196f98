package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;

/**
 * What generated code may use. The base is AVX2 with FMA, F16C and BMI2.
 *
 * @param avx512 F, BW, DQ and VL: 32 registers of 512 bits, opmasks
 * @param vnni {@code vpdpbusd} at {@link #width()}: AVX-512 VNNI with {@code avx512}, else AVX-VNNI
 * @param bf16 {@code vdpbf16ps} and {@code vcvtneps2bf16}; only with {@code avx512}
 */
public record Level(boolean avx512, boolean vnni, boolean bf16) {
    /** Everything there is. */
    public static final Level AVX512 = new Level(true, true, true);
    /** AVX-512 of the first generation. */
    public static final Level AVX512_PLAIN = new Level(true, false, false);
    /** No AVX-512, but AVX-VNNI. */
    public static final Level AVX2_VNNI = new Level(false, true, false);
    /** Neither. */
    public static final Level AVX2 = new Level(false, false, false);

    public Level {
        if (bf16 && !avx512) {
            throw new IllegalArgumentException("level: bf16 without avx512, which no CPU has");
        }
    }

    /** The longest registers. */
    public Width width() {
        return avx512 ? Width.ZMM : Width.YMM;
    }

    /** Floats of a register. */
    public int lanes() {
        return width().floats();
    }

    /** Number of vector registers. */
    public int registers() {
        return avx512 ? 32 : 16;
    }
}
