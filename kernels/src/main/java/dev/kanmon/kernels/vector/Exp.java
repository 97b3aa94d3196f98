package dev.kanmon.kernels.vector;

/**
 * Constants of the exponential; the loops that use it write it out.
 *
 * <p>{@code y = i · ln 2 + r} with an integer i and |r| ≤ ln 2 / 2, {@code exp(y) = 2ⁱ · (1 + r + r² · C(r))}, C of
 * degree 4, fitted by our own to 3.1e-9 relative; with rounding the result is within 2 ulp. Adding {@link #ROUNDER}
 * leaves i in the low bits of the sum, from where a shift makes 2ⁱ.
 */
final class Exp {
    static final float LOG2_E = 1.44269504f;
    /** 1.5 · 2²³: floats of this size have a spacing of 1. */
    static final float ROUNDER = 12582912f;
    /** The leading 15 bits of ln 2, so that i times it is exact. */
    static final float LN2_HIGH = 0.693359375f;

    static final float LN2_LOW = -2.12194440e-4f;
    static final float C2 = 0.4999999404f;
    static final float C3 = 0.1666651964f;
    static final float C4 = 0.04166839644f;
    static final float C5 = 0.008368786424f;
    static final float C6 = 0.001381441951f;
    /** Exponent bias of a float. */
    static final int BIAS = 127;
    /** Below this, -126 · ln 2, the result counts as zero: 2ⁱ would need a subnormal. */
    static final float LEAST = -87.33654f;
    /** Above this, 127.49 · ln 2, i could round to 128; the result counts as infinite. */
    static final float MOST = 88.36f;

    private Exp() {}
}
