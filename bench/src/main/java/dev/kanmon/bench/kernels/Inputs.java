package dev.kanmon.bench.kernels;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Seeded random operands. */
final class Inputs {
    private Inputs() {}

    static float[] floats(int n, Random random) {
        var values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static MemorySegment segment(Kernels kernels, int n, Random random) {
        var segment = kernels.allocate(n);
        MemorySegment.copy(floats(n, random), 0, segment, ValueLayout.JAVA_FLOAT, 0, n);
        return segment;
    }

    /** The answer, so that a kernel that computes nothing fails instead of winning. */
    static void check(String what, double expected, float actual, double bound) {
        if (!(Math.abs(expected - actual) <= bound)) {
            throw new IllegalStateException(what + ": " + actual + ", expected " + expected + " within " + bound);
        }
    }
}
