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
    private static final int TOKENS = 35;

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
                for (int rows : new int[] {1, ROWS}) {
                    var scratch = kernels.allocate(kernels.gemmScratch(rows, b));
                    kernels.gemm(rows, a, K, b, 0, N, bias, activation, c, N, scratch);
                    digest = mix(digest, c);
                }
                kernels.residualLayerNorm(
                        ROWS, N, c, N, bias, numbers(kernels, ROWS * N, random), N, gamma, bias, 1e-5f, c, N);
                digest = mix(digest, c);
            }
        }
        digest = rows(digest, kernels, gamma, random);
        digest = gradients(digest, kernels, gamma, random);
        var full = AttentionShape.full(HEAD_DIM, 0.3f);
        int width = HEADS * HEAD_DIM;
        var tables = numbers(kernels, 40 * width, random);
        var terms = new RelativePositions.Disentangled(
                tables,
                tables.asSlice(20L * width * Float.BYTES),
                width,
                20,
                PositionContract.buckets(10, 40, true, 39));
        for (var shape : new AttentionShape[] {
            full,
            full.withGroup(2).withReach(AttentionShape.ALL, 0),
            full.withReach(3, 5),
            full.withPositions(new RelativePositions.Bias(numbers(kernels, HEADS * 19, random), 9)),
            full.withPositions(terms),
            full.withReach(7, 20).withPositions(kernels.pack(terms, HEADS, HEAD_DIM))
        }) {
            digest = attention(digest, kernels, shape, random);
            if (!(shape.positions() instanceof PackedPositions)) {
                digest = gradients(digest, kernels, shape, random);
            }
        }
        return digest;
    }

    private static long rows(long digest, Kernels kernels, MemorySegment gamma, Random random) {
        var x = numbers(kernels, ROWS * N, random);
        var y = numbers(kernels, ROWS * N, random);
        var out = kernels.allocate(ROWS * N);
        kernels.residualLayerNorm(ROWS, N, x, N, null, y, N, gamma, null, 1e-5f, out, N);
        digest = mix(digest, out);
        kernels.residualRmsNorm(ROWS, N, x, N, y, N, gamma, 1e-5f, out, N);
        digest = mix(digest, out);
        kernels.add(ROWS, N, x, N, gamma, y, N);
        digest = mix(digest, x);
        var cos = numbers(kernels, (ROWS + 2) * 20, random);
        kernels.rotate(ROWS, 2, 50, 40, x, N, cos, numbers(kernels, (ROWS + 2) * 20, random), 2);
        digest = mix(digest, x);
        for (var activation : Activation.values()) {
            kernels.gate(ROWS, N / 2, x, N, activation);
            digest = mix(digest, x);
        }
        return digest;
    }

    private static long gradients(long digest, Kernels kernels, MemorySegment gamma, Random random) {
        var gradients = GradientKernels.of(kernels);
        var x = numbers(kernels, ROWS * N, random);
        var dy = numbers(kernels, ROWS * N, random);
        var dx = kernels.allocate(ROWS * N);
        var sums = kernels.allocate(2 * N);
        for (var activation : Activation.values()) {
            gradients.gateBackward(ROWS, N / 2, x, N, activation, dy, N, dx, N);
            digest = mix(digest, dx);
            gradients.activateBackward(ROWS, N, x, N, activation, dy, N);
            digest = mix(digest, dy);
        }
        gradients.layerNormBackward(ROWS, N, x, N, gamma, 1e-5f, dy, N, dx, N, sums, sums.asSlice(4L * N));
        digest = mix(mix(digest, dx), sums);
        gradients.rmsNormBackward(ROWS, N, x, N, gamma, 1e-5f, dy, N, dx, N, sums);
        gradients.dropout(ROWS, N, dx, N, 0.3f, 5, 7);
        digest = mix(mix(digest, dx), sums);
        digest = digest * 31 + Double.doubleToLongBits(gradients.sumOfSquares(ROWS * N, dx));
        var packed = kernels.allocate(StoredMatrix.byteSize(WeightType.BF16, N, ROWS) / Float.BYTES);
        gradients.packColumns(WeightType.BF16, N, ROWS, x, N, packed, 0, 2);
        digest = mix(digest, packed);
        gradients.adamW(
                ROWS * N,
                x,
                dy,
                dx,
                numbersAbove0(kernels, ROWS * N, random),
                AdamWStep.of(1, 0.9, 0.99, 1e-8, 0.1, 3));
        return mix(digest, x);
    }

    private static MemorySegment numbersAbove0(Kernels kernels, int count, Random random) {
        var numbers = numbers(kernels, count, random);
        for (int i = 0; i < count; i++) {
            numbers.setAtIndex(JAVA_FLOAT, i, Math.abs(numbers.getAtIndex(JAVA_FLOAT, i)));
        }
        return numbers;
    }

    private static long attention(long digest, Kernels kernels, AttentionShape shape, Random random) {
        int width = HEADS * HEAD_DIM;
        var q = numbers(kernels, TOKENS * width, random);
        var k = numbers(kernels, TOKENS * width, random);
        var v = numbers(kernels, TOKENS * width, random);
        var out = kernels.allocate(TOKENS * width);
        kernels.attention(
                shape,
                TOKENS,
                0,
                HEADS,
                q,
                k,
                v,
                width,
                numbers(kernels, TOKENS, random),
                out,
                width,
                kernels.allocate(kernels.attentionScratch(shape, TOKENS)));
        return mix(digest, out);
    }

    private static long gradients(long digest, Kernels kernels, AttentionShape shape, Random random) {
        var test = AttentionGradientCase.random(
                kernels,
                AttentionGradients.of(kernels),
                shape,
                TOKENS,
                HEADS,
                null,
                new AttentionGradients.Dropout(0.1f, 3),
                random);
        var out = Matrix.of(kernels, TOKENS, HEADS * HEAD_DIM);
        test.forward(0, HEADS, out);
        var results = test.place();
        test.backward(0, HEADS, results);
        digest = mix(mix(digest, out.whole()), results.fused().whole());
        for (var table : new MemorySegment[] {
            results.positions().keys(),
            results.positions().queries(),
            results.positions().bias()
        }) {
            digest = table == null ? digest : mix(digest, table);
        }
        return digest;
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
