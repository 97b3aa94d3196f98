package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.WeightType;

/**
 * A row of activations as {@link WeightType#INT8} quantises it.
 *
 * @param bytes u, 0 to 255
 * @param zero the byte z that stands for 0
 * @param step t, what neighbouring bytes differ by; NaN if the row cannot be quantised
 */
record QuantisedRow(int[] bytes, int zero, float step) {
    static QuantisedRow of(float[] a, int at, int k) {
        float lo = 0;
        float hi = 0;
        float spoilt = 0;
        for (int i = at; i < at + k; i++) {
            lo = Math.min(lo, a[i]);
            hi = Math.max(hi, a[i]);
            // NaN for NaN and for infinities
            spoilt += a[i] * 0;
        }
        float range = Math.max(hi - lo, 0x1p-100f);
        if (Float.isNaN(spoilt) || range == Float.POSITIVE_INFINITY) {
            return new QuantisedRow(new int[k], 0, Float.NaN);
        }
        float inverse = 255 / range;
        int zero = (int) Math.rint(-lo * inverse);
        var bytes = new int[k];
        for (int i = 0; i < k; i++) {
            bytes[i] = Math.clamp((int) Math.rint(a[at + i] * inverse) + zero, 0, 255);
        }
        return new QuantisedRow(bytes, zero, range / 255);
    }
}
