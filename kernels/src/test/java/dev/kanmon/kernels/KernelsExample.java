package dev.kanmon.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The example of the package's documentation. */
final class KernelsExample {
    private KernelsExample() {}

    // @start region="example"
    /** {@code c = gelu(a · wᵀ)} for a weight (n, k) as Hugging Face stores it. */
    static float[] gelu(float[] a, int m, float[] w, int n, int k) {
        Kernels kernels = KernelChoice.automatic().announceOnce().kernels();
        PackedMatrix b = kernels.pack(
                WeightType.F32,
                n,
                k,
                (firstRow, rowCount, dst, dstPos) -> System.arraycopy(w, firstRow * k, dst, dstPos, rowCount * k));
        MemorySegment x = kernels.allocate((long) m * k);
        MemorySegment.copy(a, 0, x, ValueLayout.JAVA_FLOAT, 0, m * k);
        MemorySegment c = kernels.allocate((long) m * n);
        MemorySegment scratch = kernels.allocate(kernels.gemmScratch(m, b));
        kernels.gemm(m, x, k, b, 0, n, null, Activation.GELU, c, n, scratch);
        return c.toArray(ValueLayout.JAVA_FLOAT);
    }
    // @end
}
