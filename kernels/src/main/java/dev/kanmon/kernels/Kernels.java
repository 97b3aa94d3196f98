package dev.kanmon.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The operations of a transformer encoder. {@code package-info} says what holds for all of them.
 *
 * @implSpec Intermediate sums are f32 or wider. Bounds on the error are given with each operation; ε is 2⁻²³
 *     ({@code Math.ulp(1f)}). NaN in an operand gives NaN in every element that depends on it.
 */
public interface Kernels {
    /** The name by which this sibling can be asked for: "scalar", "vector". */
    String name();

    /** One line for people: what it computes with, for example "Vector API, 512-bit, 16 f32 lanes". */
    String description();

    /**
     * Memory that this sibling computes on, zeroed, held by the garbage collector.
     *
     * @param floats number of f32 elements, at least 0
     * @throws IllegalArgumentException if negative, or more than one segment can hold
     */
    MemorySegment allocate(long floats);

    /**
     * Brings a weight into this sibling's order.
     *
     * @param type how to keep the elements
     * @param n outputs, at least 0
     * @param k inputs, at least 0
     * @param rows delivers the rows, n times k floats in all
     * @throws IllegalArgumentException if a size is negative or the matrix too large for one array, or if
     *     {@code type} is INT8 and a weight is NaN or infinite
     */
    PackedMatrix pack(WeightType type, int n, int k, RowSource rows);

    /**
     * Floats of scratch that {@link #gemm} needs for up to {@code m} rows and this {@code b}.
     *
     * @throws IllegalArgumentException if {@code m} is negative, or another sibling packed {@code b}
     */
    long gemmScratch(int m, PackedMatrix b);

    /**
     * Computes {@code c = act(a · bᵀ + bias)} for the columns {@code fromN} to {@code toN - 1} of {@code c}; the other
     * columns are not touched.
     *
     * <p>Shapes: {@code a} is (m, k), {@code b} is (n, k), {@code bias} is (n), {@code c} is (m, n). Any m, n, k ≥ 0;
     * with k = 0 the product is zero.
     *
     * @param lda row stride of {@code a}, at least k
     * @param b packed by this sibling
     * @param fromN first column, a multiple of {@code b.panel()} or n
     * @param toN end of the columns, likewise, at least {@code fromN}
     * @param bias added to every row, or null for none
     * @param c overwritten; must not overlap {@code a}, {@code bias} or {@code scratch}
     * @param ldc row stride of {@code c}, at least n
     * @param scratch at least {@link #gemmScratch} floats, overwritten; one for each thread
     * @throws IllegalArgumentException if a size, stride, range, overlap or segment is not as said
     * @implSpec Before the activation each element is within {@code (k + 2) · ε · (Σ|a·w| + |bias|)} of the exact
     *     value, w being the weights that {@link PackedMatrix#row} gives. The activation is that of
     *     {@link #activate}.
     */
    void gemm(
            int m,
            MemorySegment a,
            int lda,
            PackedMatrix b,
            int fromN,
            int toN,
            MemorySegment bias,
            Activation act,
            MemorySegment c,
            int ldc,
            MemorySegment scratch);

    /**
     * Computes {@code x = (y - mean(y)) / √(var(y) + eps) · gamma + beta} for each row, where
     * {@code y = x + bias + residual} and var is the biased variance.
     *
     * <p>Shapes: {@code x} and {@code residual} are (rows, n), {@code bias}, {@code gamma} and {@code beta} are (n).
     *
     * @param ldx row stride of {@code x}, at least n
     * @param bias added to every row first, or null for none
     * @param residual added next, or null for none; must not overlap {@code x}
     * @param ldr row stride of {@code residual}, at least n; ignored without one
     * @param eps added to the variance, under the root
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec {@code y} is rounded to f32 after each addition; for this y, while Σy² is below
     *     {@code Float.MAX_VALUE}, an element is within {@code 16 · ε · (|x̂ · gamma| + |beta| + |gamma| ·
     *     (1 + ε · n · max|y| / √(var + eps)))} of the exact value, x̂ being the normalised y.
     */
    void residualLayerNorm(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment bias,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            MemorySegment beta,
            float eps);

    /**
     * Floats of scratch that {@link #attention} needs for one calling thread.
     *
     * @throws IllegalArgumentException if a size is negative, or a head too large for one array
     */
    long attentionScratch(int length, int headDim);

    /**
     * Scaled dot-product attention of one sequence, for the heads {@code fromHead} to {@code toHead - 1}:
     * {@code out[:, h] = softmax(scale · q[:, h] · k[:, h]ᵀ + keyMask) · v[:, h]}, where {@code [:, h]} are the
     * columns {@code h * headDim} to {@code (h + 1) * headDim - 1}. Other columns of {@code out} are not touched.
     *
     * <p>{@code q}, {@code k}, {@code v} have {@code length} rows of stride {@code ldqkv}, at least
     * {@code toHead * headDim}; they may be slices of one matrix that holds all three side by side. Scores are kept
     * for a few queries at a time, never for all pairs.
     *
     * @param keyMask {@code length} values that are added to the scores of a key, or null for none. Hugging Face's
     *     masks hold 0 and {@code -Float.MAX_VALUE}: where all keys of a sequence are masked so, they weigh the same.
     *     Negative infinity works too, but not for all keys: the softmax is then undefined and gives NaN.
     * @param out overwritten; must not overlap {@code q}, {@code k}, {@code v}, {@code keyMask} or {@code scratch}
     * @param ldo row stride of {@code out}, at least {@code toHead * headDim}
     * @param scratch at least {@link #attentionScratch} floats, overwritten; one for each thread
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec With δ the error of a score, {@code (headDim + 2) · ε · (scale · Σ|q·k| + |keyMask|)} at most, an
     *     element is within {@code (2δ + (length + 16) · ε) · Σ p·|v|} of the exact value, p being the weights.
     *     Weights below 2⁻¹²⁶ of the largest may count as zero.
     */
    void attention(
            int length,
            int fromHead,
            int toHead,
            int headDim,
            float scale,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch);

    /**
     * Computes {@code x = act(x + bias)} in place. Shapes: {@code x} is (rows, n), {@code bias} is (n).
     *
     * @param ldx row stride of {@code x}, at least n
     * @param bias added to every row first, or null for none
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec GELU, GELU_TANH and SILU are within {@code 1e-6 + 4 · ε · |result|} of the exact value for the rounded
     *     sum, TANH within {@code 4 · ε}; NONE and RELU are exact.
     */
    void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act);
}
