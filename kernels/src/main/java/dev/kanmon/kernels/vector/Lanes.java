package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector length in use, a constant for C2. */
final class Lanes {
    /** Bits of the species to use instead of the preferred one: 128, 256 or 512. For tests; read once. */
    static final String PROPERTY = "kanmon.vector.bits";

    static final VectorSpecies<Float> SPECIES;
    /** Lanes of {@link #SPECIES}. */
    static final int LENGTH;
    /** Rows of the largest GEMM tile: two accumulators a row must fit in the vector registers. */
    static final int TILE_ROWS;
    /** Why this species is of no use, or null. Kept instead of thrown: finding out must not fail. */
    static final String PROBLEM;

    static {
        var species = FloatVector.SPECIES_PREFERRED;
        String problem = null;
        String wish = System.getProperty(PROPERTY);
        if (wish != null) {
            var wished = switch (wish) {
                case "128" -> VectorShape.S_128_BIT;
                case "256" -> VectorShape.S_256_BIT;
                case "512" -> VectorShape.S_512_BIT;
                default -> null;
            };
            if (wished == null) {
                problem = "-D" + PROPERTY + "=" + wish + ": expected 128, 256 or 512";
            } else if (wished.vectorBitSize() > species.vectorBitSize()) {
                problem = "-D" + PROPERTY + "=" + wish + ": vectors of this JVM have " + species.vectorBitSize()
                        + " bits";
            } else {
                species = wished.withLanes(float.class);
            }
        }
        if (problem == null && species.vectorBitSize() < 128) {
            problem = "vectors of this JVM have " + species.vectorBitSize() + " bits, the kernels need 128 or more";
        }
        SPECIES = species;
        LENGTH = species.length();
        // 512-bit species have 32 registers; with 16 (AVX2, SSE), 6 x 2 accumulators leave room for the operands
        TILE_ROWS = LENGTH >= 16 ? 8 : 6;
        PROBLEM = problem;
    }

    private Lanes() {}

    /** {@code n} rounded up to the width of a panel, two vectors; long, as it may leave the range of int. */
    static long padToPanel(int n) {
        return ((long) n + 2 * LENGTH - 1) / (2 * LENGTH) * (2 * LENGTH);
    }
}
