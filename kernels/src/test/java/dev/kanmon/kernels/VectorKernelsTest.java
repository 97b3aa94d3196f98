package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.vector.VectorKernels;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Run at the preferred vector length and, by {@code kanmon.vector.bits}, at shorter ones. */
final class VectorKernelsTest extends KernelContract {
    private static final String BITS = System.getProperty("kanmon.vector.bits");

    VectorKernelsTest() {
        super("vector");
    }

    @BeforeAll
    static void vectorsOfThatLengthExistHere() {
        if (BITS != null) {
            String problem = VectorKernels.unavailable();
            assumeTrue(problem == null, () -> "SKIPPED, vector kernels at " + BITS + " bits: " + problem);
        }
    }

    @Test
    void usesTheVectorLengthAskedFor() {
        if (BITS != null) {
            assertTrue(
                    kernels().description().contains(BITS + "-bit"), kernels().description());
        }
    }
}
