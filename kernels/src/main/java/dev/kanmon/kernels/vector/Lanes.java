package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
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

    /** Exchange lanes that are 8, 4, 2 or 1 apart. */
    static final VectorShuffle<Float> SWAP_8;

    static final VectorShuffle<Float> SWAP_4;
    static final VectorShuffle<Float> SWAP_2;
    static final VectorShuffle<Float> SWAP_1;

    static {
        var species = FloatVector.SPECIES_PREFERRED;
        String problem = null;
        String wish = System.getProperty(PROPERTY);
        if (wish != null) {
            var wished =
                    switch (wish) {
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
        // 512-bit species have 32 registers, and 12 x 2 accumulators read a panel less often than 8 x 2 would; with 16
        // registers (AVX2, SSE), 6 x 2 leave room for the operands
        TILE_ROWS = LENGTH >= 16 ? 12 : 6;
        PROBLEM = problem;
        SWAP_8 = swap(species, 8);
        SWAP_4 = swap(species, 4);
        SWAP_2 = swap(species, 2);
        SWAP_1 = swap(species, 1);
    }

    private Lanes() {}

    /** {@code n} rounded up to the width of a panel, two vectors; long, as it may leave the range of int. */
    static long padToPanel(int n) {
        return ((long) n + 2 * LENGTH - 1) / (2 * LENGTH) * (2 * LENGTH);
    }

    /**
     * The sum of all lanes, always in the same order: halves are added until one lane is left.
     *
     * <p>{@code reduceLanes(ADD)} leaves the order open, and takes another one in compiled code than in the
     * interpreter: the same text would change its probability in the last digits as the JIT warms up.
     */
    static float sum(FloatVector v) {
        if (LENGTH > 16) {
            float sum = 0;
            for (int i = 0; i < LENGTH; i++) {
                sum += v.lane(i);
            }
            return sum;
        }
        var sum = v;
        if (LENGTH > 8) {
            sum = sum.add(sum.rearrange(SWAP_8));
        }
        if (LENGTH > 4) {
            sum = sum.add(sum.rearrange(SWAP_4));
        }
        if (LENGTH > 2) {
            sum = sum.add(sum.rearrange(SWAP_2));
        }
        return sum.add(sum.rearrange(SWAP_1)).lane(0);
    }

    /** Exchanges lanes that are {@code distance} apart. */
    private static VectorShuffle<Float> swap(VectorSpecies<Float> species, int distance) {
        return VectorShuffle.fromOp(species, i -> (i ^ distance) % species.length());
    }
}
