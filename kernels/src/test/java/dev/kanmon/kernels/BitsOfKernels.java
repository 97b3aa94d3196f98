package dev.kanmon.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Prints a digest of the bits that every operation gives, for comparing JVMs that compile differently. */
final class BitsOfKernels {
    private static final int ROWS = 11;
    private static final int N = 105;
    private static final int K = 50;
    private static final int HEADS = 2;
    private static final int HEAD_DIM = 19;

    private BitsOfKernels() {}

    public static void main(String[] args) {
        System.out.println(Long.toHexString(digest(KernelChoice.of(args[0]).kernels())));
    }

    static long digest(Kernels kernels) {
        var random = new Random(7);
        long digest = 1;
        var a = numbers(kernels, ROWS * K, random);
        var bias = numbers(kernels, N, random);
        var gamma = numbers(kernels, N, random);
        for (var type : WeightType.values()) {
            for (var activation : Activation.values()) {
                float[] weights = new float[N * K];
                for (int i = 0; i < weights.length; i++) {
                    weights[i] = (float) random.nextGaussian();
                }
                var b = kernels.pack(
                        type,
                        N,
                        K,
                        (first, count, dst, at) -> System.arraycopy(weights, first * K, dst, at, count * K));
                var c = kernels.allocate(ROWS * N);
                kernels.gemm(
                        ROWS, a, K, b, 0, N, bias, activation, c, N, kernels.allocate(kernels.gemmScratch(ROWS, b)));
                digest = mix(digest, c);
                kernels.residualLayerNorm(
                        ROWS, N, c, N, bias, numbers(kernels, ROWS * N, random), N, gamma, bias, 1e-5f);
                digest = mix(digest, c);
            }
        }
        int width = HEADS * HEAD_DIM;
        var q = numbers(kernels, ROWS * width, random);
        var k = numbers(kernels, ROWS * width, random);
        var v = numbers(kernels, ROWS * width, random);
        var out = kernels.allocate(ROWS * width);
        kernels.attention(
                ROWS,
                0,
                HEADS,
                HEAD_DIM,
                0.3f,
                q,
                k,
                v,
                width,
                numbers(kernels, ROWS, random),
                out,
                width,
                kernels.allocate(kernels.attentionScratch(ROWS, HEAD_DIM)));
        return mix(digest, out);
    }

    private static MemorySegment numbers(Kernels kernels, int count, Random random) {
        var segment = kernels.allocate(count);
        for (int i = 0; i < count; i++) {
            segment.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return segment;
    }

    private static long mix(long digest, MemorySegment values) {
        for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
            digest = digest * 31 + Float.floatToIntBits(values.getAtIndex(JAVA_FLOAT, i));
        }
        return digest;
    }
}
