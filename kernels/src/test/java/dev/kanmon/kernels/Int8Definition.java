package dev.kanmon.kernels;

/** {@link WeightType#INT8} word for word. */
final class Int8Definition {
    private final int k;
    private final int[][] bytes;
    private final float[] scales;

    private Int8Definition(int k, int[][] bytes, float[] scales) {
        this.k = k;
        this.bytes = bytes;
        this.scales = scales;
    }

    static Int8Definition of(Matrix w) {
        int n = w.rows();
        int k = w.columns();
        var bytes = new int[n][k];
        var scales = new float[n];
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < k; i++) {
                scales[j] = Math.max(scales[j], Math.abs(w.get(j, i)));
            }
            scales[j] /= 127;
            for (int i = 0; i < k && scales[j] != 0; i++) {
                // a quotient of floats that is no tie is further from one than a double's rounding
                bytes[j][i] = (int) Math.clamp(Math.rint(w.get(j, i) / (double) scales[j]), -127, 127);
            }
        }
        return new Int8Definition(k, bytes, scales);
    }

    /** A row of activations in bytes, and how they are to be read. */
    record Row(int[] u, int z, float t, boolean spoilt) {}

    static Row quantise(float[] a) {
        float lo = 0;
        float hi = 0;
        boolean spoilt = false;
        for (float x : a) {
            lo = Math.min(lo, x);
            hi = Math.max(hi, x);
            spoilt |= !Float.isFinite(x);
        }
        float range = Math.max(hi - lo, 0x1p-100f);
        if (spoilt || range > Float.MAX_VALUE) {
            return new Row(new int[a.length], 0, Float.NaN, true);
        }
        float inverse = 255 / range;
        float zero = -lo * inverse;
        int z = (int) Math.rint(zero);
        var u = new int[a.length];
        for (int i = 0; i < u.length; i++) {
            float x = a[i] * inverse;
            u[i] = Math.min(255, Math.max(0, (int) Math.rint(x) + z));
        }
        return new Row(u, z, range / 255, false);
    }

    /** What a product gives before the activation. */
    float result(Row row, int j, float bias) {
        if (row.spoilt()) {
            return Float.NaN;
        }
        long product = 0;
        long sum = 0;
        for (int i = 0; i < k; i++) {
            product += row.u()[i] * bytes[j][i];
            sum += bytes[j][i];
        }
        int s = Math.toIntExact(product - row.z() * sum);
        return Math.fma((float) s * row.t(), scales[j], bias);
    }

    /** Row {@code i} of a matrix. */
    static float[] row(Matrix a, int i) {
        var row = new float[a.columns()];
        for (int p = 0; p < row.length; p++) {
            row[p] = a.get(i, p);
        }
        return row;
    }
}
