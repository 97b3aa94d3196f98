package dev.kanmon.kernels;

import java.util.Locale;

/** How the elements of a {@link PackedMatrix} are kept, and with what its products are computed. */
public enum WeightType {
    /** IEEE 754 binary32, exact; products in f32. */
    F32,
    /**
     * The upper half of a binary32, rounded to nearest, ties to even. Products in f32, or with the activations rounded
     * likewise where a sibling has instructions for that.
     */
    BF16,
    /**
     * Dynamic int8: bytes with one scale for each output, and activations that {@link Kernels#gemm} quantises row by row
     * by what it finds in them. The sums are whole numbers, so every sibling gives the same bits. "rint" is rounding
     * to the nearest whole number, ties to even; everything but S is f32, rounded after each operation.
     *
     * <p>An output's weights {@code w} become bytes {@code q}: {@code s = max|w| / 127} and
     * {@code q = rint(w / s)} of the exact quotient, in [-127, 127]; with s = 0 all q are 0. The weight is {@code q · s}.
     *
     * <p>A row {@code a} becomes bytes {@code u} in 0 to 255, of which {@code z} stands for zero:
     * <pre>{@code
     * lo = min(0, min a), hi = max(0, max a)
     * range = max(hi - lo, 2^-100), t = range / 255, inv = 255 / range
     * z = rint(-lo · inv)
     * u = min(255, max(0, rint(a · inv) + z))
     * }</pre>
     *
     * <p>The product is {@code S = Σu·q - z·Σq}, exact in 32 bits, and the result before the activation
     * {@code fma(S · t, s, bias)} with S rounded to f32 first, bias 0 where there is none. A row with a NaN or an
     * infinity, or one that is wider than {@code Float.MAX_VALUE}, gives NaN in all its outputs.
     *
     * <p>So {@code (u - z) · t} is off by at most t, and by t / 2 but at the upper end: an outlier spoils the precision
     * of its whole row. At most 65,536 inputs, or the sums could overflow.
     */
    INT8;

    /** The name in files and on command lines: {@code f32}, {@code bf16}, {@code int8}. */
    public String spelling() {
        return name().toLowerCase(Locale.ROOT);
    }
}
