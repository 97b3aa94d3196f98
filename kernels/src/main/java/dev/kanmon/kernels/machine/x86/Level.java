package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import java.util.List;

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

    /** Names of {@link #named}, for messages. */
    public static final String NAMES = "avx512, avx512-plain, avx2-vnni, avx2";

    private static final List<Feature> BASE = List.of(Feature.AVX2, Feature.FMA, Feature.F16C, Feature.BMI2);

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

    /** The level of that name, one of {@link #NAMES}, or null. */
    public static Level named(String name) {
        return switch (name) {
            case "avx512" -> AVX512;
            case "avx512-plain" -> AVX512_PLAIN;
            case "avx2-vnni" -> AVX2_VNNI;
            case "avx2" -> AVX2;
            default -> null;
        };
    }

    /** What a CPU lacks of the base, by the names of /proc/cpuinfo; empty if nothing. */
    static List<String> missing(CpuFeatures cpu) {
        return BASE.stream()
                .filter(feature -> !cpu.has(feature))
                .map(Feature::text)
                .toList();
    }

    /** What a CPU that has the base can do of {@code most}. */
    static Level of(CpuFeatures cpu, Level most) {
        boolean avx512 = most.avx512 && cpu.has(Feature.AVX512F, Feature.AVX512BW, Feature.AVX512DQ, Feature.AVX512VL);
        return new Level(
                avx512,
                most.vnni && cpu.has(avx512 ? Feature.AVX512_VNNI : Feature.AVX_VNNI),
                avx512 && most.bf16 && cpu.has(Feature.AVX512_BF16));
    }
}
