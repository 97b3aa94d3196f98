package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.vector.VectorKernels;
import org.junit.jupiter.api.BeforeAll;

/** Run at the preferred vector length and, by {@code kanmon.vector.bits}, at shorter ones. */
final class VectorGradientsTest extends GradientsOnAnyMemory {
    VectorGradientsTest() {
        super("vector");
    }

    @BeforeAll
    static void theyWorkHere() {
        String problem = VectorKernels.unavailable();
        assumeTrue(problem == null, () -> "SKIPPED, vector gradients: " + problem);
    }
}
