package dev.kanmon.formats.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntToDoubleFunction;

/**
 * Floats of 8 bits, by a table of their 256 values. The two without suffix and the power of two: <a
 * href="https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf">OCP
 * Microscaling Formats 1.0</a>, sections 5.3.1 and 5.4.1. FNUZ (finite, unsigned zero): <a
 * href="https://arxiv.org/abs/2206.02915">Noune et al., 8-bit Numerical Formats for Deep Neural Networks</a>.
 */
enum F8Codec implements TensorCodec {
    /** The largest exponent is one like others, but with all bits set it is NaN. */
    E4M3(bits -> (bits & 0x7F) == 0x7F ? Double.NaN : value(bits, 3, 7)),
    E5M2(bits -> Float.float16ToFloat((short) (bits << 8))),
    E8M0(bits -> bits == 0xFF ? Double.NaN : Math.scalb(1.0, bits - 127)),
    E4M3FNUZ(bits -> bits == 0x80 ? Double.NaN : value(bits, 3, 8)),
    E5M2FNUZ(bits -> bits == 0x80 ? Double.NaN : value(bits, 2, 16));

    private final float[] table = new float[256];

    F8Codec(IntToDoubleFunction valueOf) {
        for (int bits = 0; bits < table.length; bits++) {
            // Exact: the smallest value of all is 2^-127, a subnormal float.
            table[bits] = (float) valueOf.applyAsDouble(bits);
        }
    }

    /** A sign, an exponent, a mantissa; gradual underflow, no special values. */
    static double value(int bits, int mantissaBits, int bias) {
        int exponent = (bits & 0x7F) >> mantissaBits;
        int mantissa = bits & (1 << mantissaBits) - 1;
        double magnitude = exponent == 0
                ? Math.scalb((double) mantissa, 1 - bias - mantissaBits)
                : Math.scalb((double) (mantissa | 1 << mantissaBits), exponent - bias - mantissaBits);
        return (bits & 0x80) == 0 ? magnitude : -magnitude;
    }

    @Override
    public void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos) {
        var chunk = new byte[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, firstElement + done, chunk, 0, n);
            for (int i = 0; i < n; i++) {
                dst[dstPos + done + i] = table[chunk[i] & 0xFF];
            }
        }
    }
}
