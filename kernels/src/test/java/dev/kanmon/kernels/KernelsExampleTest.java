package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

final class KernelsExampleTest {
    @Test
    void exampleOfTheDocumentationRuns() {
        // gelu(1) and gelu(-2), from the table of the standard normal: Φ(1) = 0.8413447461, Φ(-2) = 0.0227501319
        assertArrayEquals(
                new float[] {0.8413447461f, -2 * 0.0227501319f},
                KernelsExample.gelu(new float[] {1, -1}, 1, new float[] {2, 1, 0, 2}, 2, 2),
                1e-6f);
    }
}
