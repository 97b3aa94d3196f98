package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.PanelLayout;
import dev.kanmon.kernels.common.Panels;
import dev.kanmon.kernels.common.Rounding;
import java.util.Arrays;

/**
 * A weight transposed, one array of n weights for each input, so that the inner loop of a product runs over outputs
 * that lie side by side. Rows are arrays of their own because C2 vectorises {@code c[j] += f * w[j]} but, for fear of
 * overlap, not {@code c[p + j] += f * w[q + j]}.
 */
sealed interface ScalarMatrix extends PackedMatrix {
    /** A panel is one cache line of f32 results: two threads never write to the same line of a row. */
    int PANEL = 16;

    /**
     * {@code c[j] = Σᵢ a[i] · w[i][j] + bias[j]} for j in [from, to).
     *
     * @param bias no bias if null
     */
    void multiply(float[] a, int aAt, int from, int to, float[] bias, int biasAt, float[] c);

    /** The weight of output {@code j} for input {@code i}. */
    float weight(int i, int j);

    @Override
    default int panel() {
        return PANEL;
    }

    @Override
    default float[] row(int row) {
        Checks.row(row, n());
        var weights = new float[k()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = weight(i, row);
        }
        return weights;
    }

    static ScalarMatrix pack(StoredMatrix stored, Pieces pieces) {
        return switch (stored.type()) {
            case F32, BF16 -> pack(stored.type(), stored.n(), stored.k(), stored::read, pieces);
            case INT8 ->
                int8(stored.n(), stored.k(), PanelLayout.int8Rows(stored), pieces, PanelLayout.quantised(stored));
        };
    }

    static ScalarMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        Checks.arrayLength("pack", n, k);
        // rows are read a few at a time, so that what is written for one input shares cache lines
        return switch (type) {
            case F32 -> {
                var weights = new float[k][n];
                Panels.forEach(n, k, PANEL, rows, pieces, (first, count, block) -> {
                    for (int i = 0; i < k; i++) {
                        for (int r = 0; r < count; r++) {
                            weights[i][first + r] = block[r * k + i];
                        }
                    }
                });
                yield new F32(n, k, weights);
            }
            case BF16 -> {
                var weights = new short[k][n];
                Panels.forEach(n, k, PANEL, rows, pieces, (first, count, block) -> {
                    for (int i = 0; i < k; i++) {
                        for (int r = 0; r < count; r++) {
                            weights[i][first + r] = Rounding.toBf16(block[r * k + i]);
                        }
                    }
                });
                yield new Bf16(n, k, weights);
            }
            case INT8 -> int8(n, k, rows, pieces, Rounding.quantiser(k));
        };
    }

    /**
     * @param quantiser leaves the bytes of some rows as floats
     */
    private static Int8 int8(int n, int k, RowSource rows, Pieces pieces, Rounding.Quantiser quantiser) {
        Checks.arrayLength("pack", n, k);
        var weights = new byte[k][n];
        var scales = new float[n];
        var sums = new int[n];
        Panels.forEach(n, k, PANEL, rows, pieces, (first, count, block) -> {
            quantiser.quantise(first, count, block, (output, scale, sum) -> {
                scales[output] = scale;
                sums[output] = sum;
            });
            for (int i = 0; i < k; i++) {
                for (int r = 0; r < count; r++) {
                    weights[i][first + r] = (byte) block[r * k + i];
                }
            }
        });
        return new Int8(n, k, weights, scales, sums);
    }

    /** Weights as they are. */
    record F32(int n, int k, float[][] weights) implements ScalarMatrix {
        @Override
        public WeightType type() {
            return WeightType.F32;
        }

        @Override
        public long bytes() {
            return (long) n * k * Float.BYTES;
        }

        @Override
        public float weight(int i, int j) {
            return weights[i][j];
        }

        @Override
        public void multiply(float[] a, int aAt, int from, int to, float[] bias, int biasAt, float[] c) {
            Arrays.fill(c, from, to, 0);
            for (int i = 0; i < k; i++) {
                float factor = a[aAt + i];
                var w = weights[i];
                for (int j = from; j < to; j++) {
                    c[j] += factor * w[j];
                }
            }
            ScalarMath.add(c, from, bias, biasAt + from, to - from);
        }
    }

    /** Weights as upper halves of floats. */
    record Bf16(int n, int k, short[][] weights) implements ScalarMatrix {
        @Override
        public WeightType type() {
            return WeightType.BF16;
        }

        @Override
        public long bytes() {
            return (long) n * k * Short.BYTES;
        }

        @Override
        public float weight(int i, int j) {
            return Rounding.fromBf16(weights[i][j]);
        }

        @Override
        public void multiply(float[] a, int aAt, int from, int to, float[] bias, int biasAt, float[] c) {
            Arrays.fill(c, from, to, 0);
            for (int i = 0; i < k; i++) {
                float factor = a[aAt + i];
                var w = weights[i];
                for (int j = from; j < to; j++) {
                    c[j] += factor * Float.intBitsToFloat(w[j] << 16);
                }
            }
            ScalarMath.add(c, from, bias, biasAt + from, to - from);
        }
    }

    /** Weights as bytes, and each output's scale and sum of bytes. */
    record Int8(int n, int k, byte[][] weights, float[] scales, int[] sums) implements ScalarMatrix {
        @Override
        public WeightType type() {
            return WeightType.INT8;
        }

        @Override
        public long bytes() {
            return (long) n * k + (long) n * (Float.BYTES + Integer.BYTES);
        }

        @Override
        public float weight(int i, int j) {
            return weights[i][j] * scales[j];
        }

        @Override
        public void multiply(float[] a, int aAt, int from, int to, float[] bias, int biasAt, float[] c) {
            var row = QuantisedRow.of(a, aAt, k);
            var products = new int[to];
            for (int i = 0; i < k; i++) {
                int u = row.bytes()[i];
                var q = weights[i];
                for (int j = from; j < to; j++) {
                    products[j] += u * q[j];
                }
            }
            for (int j = from; j < to; j++) {
                int s = products[j] - row.zero() * sums[j];
                c[j] = Math.fma(s * row.step(), scales[j], bias == null ? 0 : bias[biasAt + j]);
            }
        }
    }
}
