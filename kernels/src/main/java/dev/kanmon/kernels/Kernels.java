package dev.kanmon.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The operations of a transformer encoder. {@code package-info} says what holds for all of them.
 *
 * @implSpec Intermediate sums are f32 or wider. Bounds on the error are given with each operation; ε is 2⁻²³
 *     ({@code Math.ulp(1f)}). NaN in an operand gives NaN in every element that depends on it.
 */
public interface Kernels {
    /** The name by which this sibling can be asked for: "scalar", "vector", "machine". */
    String name();

    /** One line for people: what it computes with, for example "Vector API, 512-bit, 16 f32 lanes". */
    String description();

    /**
     * Whether an operation is fast as soon as it was called once, since code is made for it then. Who can wait earlier
     * than later calls what it will need once, on a little data. False where operations become fast over many calls.
     */
    default boolean isFastAtOnce() {
        return false;
    }

    /**
     * Memory that this sibling computes on, zeroed, held by the garbage collector.
     *
     * @param floats number of f32 elements, at least 0
     * @throws IllegalArgumentException if negative, or more than one segment can hold
     */
    MemorySegment allocate(long floats);

    /** {@link #pack(WeightType, int, int, RowSource, Pieces)} on the calling thread, which asks for rows in order. */
    default PackedMatrix pack(WeightType type, int n, int k, RowSource rows) {
        return pack(type, n, k, rows, Pieces.inOrder());
    }

    /**
     * Brings a weight into this sibling's order.
     *
     * @param type how to keep the elements
     * @param n outputs, at least 0
     * @param k inputs, at least 0
     * @param rows delivers the rows, n times k floats in all; asked by several threads at a time if {@code pieces} has
     *     them
     * @param pieces the threads to do it on; the result does not depend on them
     * @throws IllegalArgumentException if a size is negative or the matrix too large for one array, or if
     *     {@code type} is INT8 and a weight is NaN or infinite or {@code k} above 65,536
     */
    PackedMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces);

    /**
     * Makes a matrix of one that is stored: the same as if its rows had been packed, to the last bit. A sibling that
     * computes on the stored order uses the bytes where they lie.
     *
     * @param stored may be used for as long as the result is
     * @param pieces the threads to do it on; the result does not depend on them
     * @throws IllegalArgumentException if the matrix is too large for one array of this sibling
     */
    PackedMatrix pack(StoredMatrix stored, Pieces pieces);

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
     * @implSpec Before the activation each element of an F32 product is within
     *     {@code (k + 2) · ε · (Σ|a·w| + |bias|)} of the exact value, w being the weights that {@link PackedMatrix#row}
     *     gives; of a BF16 product {@code 2⁻⁸ · Σ|a·w|} more, since a sibling may round {@code a} to BF16 as well. An
     *     INT8 product has the bits that {@link WeightType#INT8} defines, which puts it within
     *     {@code t · Σ|w| + 4 · ε · (Σ|a·w| + t · Σ|w| + |bias|)} where nothing over- or underflows. A row's results do
     *     not depend on the other rows or on the range of columns. The activation is that of {@link #activate}.
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
     * Sums and normalises: {@code x = x + bias + residual}, {@code out = (x - mean(x)) / √(var(x) + eps) · gamma + beta}
     * for each row, var being the biased variance. Where {@code out} is {@code x} itself, only the normalised row stays.
     *
     * <p>Shapes: {@code x}, {@code residual} and {@code out} are (rows, n), {@code bias}, {@code gamma} and {@code beta}
     * are (n).
     *
     * @param ldx row stride of {@code x}, at least n
     * @param bias added to every row first, or null for none
     * @param residual added next, or null for none; must not overlap {@code x} or {@code out}
     * @param ldr row stride of {@code residual}, at least n; ignored without one
     * @param beta shift, or null for none
     * @param eps added to the variance, under the root
     * @param out overwritten; the same rows as {@code x}, or apart from it
     * @param ldo row stride of {@code out}, at least n; {@code ldx} where it is {@code x}
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec The sum is rounded to f32 after each addition; for this sum y, while Σy² is below
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
            float eps,
            MemorySegment out,
            int ldo);

    /**
     * Sums and normalises by the root of the mean square (Zhang and Sennrich 2019, equation 4):
     * {@code x = x + residual}, {@code out = x / √(mean(x²) + eps) · gamma} for each row. Where {@code out} is {@code x}
     * itself, only the normalised row stays.
     *
     * <p>Shapes: {@code x}, {@code residual} and {@code out} are (rows, n), {@code gamma} is (n).
     *
     * @param ldx row stride of {@code x}, at least n
     * @param residual added first, or null for none; must not overlap {@code x} or {@code out}
     * @param ldr row stride of {@code residual}, at least n; ignored without one
     * @param eps added to the mean square, under the root
     * @param out overwritten; the same rows as {@code x}, or apart from it
     * @param ldo row stride of {@code out}, at least n; {@code ldx} where it is {@code x}
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec The sum is rounded to f32; for this sum y, while Σy² is below {@code Float.MAX_VALUE} and
     *     mean(y²) + eps above 2⁻¹⁰⁰, an element is within {@code (n / 8 + 16) · ε · |result|} of the exact value.
     */
    void residualRmsNorm(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            float eps,
            MemorySegment out,
            int ldo);

    /**
     * Adds: {@code x = x + bias + y} for each row.
     *
     * <p>Shapes: {@code x} and {@code y} are (rows, n), {@code bias} is (n).
     *
     * @param ldx row stride of {@code x}, at least n
     * @param bias added first, or null for none
     * @param y added next; must not overlap {@code x}
     * @param ldy row stride of {@code y}, at least n
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec Rounded to f32 after each addition: every sibling gives the same bits.
     */
    void add(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy);

    /**
     * Rotary position embedding (Su et al. 2021, equation 34, in the order of Hugging Face's {@code rotate_half}), in
     * place: with h = rotated / 2, c = cos[from + row] and s = sin[from + row], columns j and j + h of each head become
     * {@code x[j] · c[j] - x[j + h] · s[j]} and {@code x[j + h] · c[j] + x[j] · s[j]} for j below h. Columns from
     * {@code rotated} on stay.
     *
     * <p>Shapes: {@code x} is (rows, heads · headDim), {@code cos} and {@code sin} are (positions, rotated / 2), dense.
     *
     * @param rotated columns of each head that turn: even, at most headDim
     * @param ldx row stride of {@code x}, at least heads · headDim
     * @param fromPosition position of the first row; rows follow each other
     * @throws IllegalArgumentException if a size, stride or segment is not as said, or the tables end too early
     * @implSpec Within {@code 2 · ε} times the sum of its two products' magnitudes of the exact value for the given
     *     tables.
     */
    void rotate(
            int rows,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition);

    /**
     * A gated linear unit (Shazeer 2020), in place: {@code x[:, j] = act(x[:, j]) · x[:, n + j]} for j below n. The
     * columns from n on are left as they are.
     *
     * @param n columns of the result; {@code x} is (rows, 2n)
     * @param ldx row stride of {@code x}, at least 2n
     * @throws IllegalArgumentException if a size, stride or segment is not as said
     * @implSpec The activation is that of {@link #activate}, the product rounded once.
     */
    void gate(int rows, int n, MemorySegment x, int ldx, Activation act);

    /** {@link #pack(RelativePositions.Disentangled, int, int, Operands)} for {@link Operands#F32}. */
    default PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim) {
        return pack(terms, heads, headDim, Operands.F32);
    }

    /**
     * Brings tables of positions into this sibling's order, once for a layer: {@link #attention} takes both forms, but
     * would have to bring the plain one into order again at each call.
     *
     * @param terms read now; its segments may then be used for something else
     * @param heads query heads that the tables have columns for, at least 0
     * @param headDim columns of a head, at least 0
     * @param operands those of the {@link AttentionShape} that they are for
     * @throws IllegalArgumentException if a size or a segment is not as said, or a head too large for one array
     */
    PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands);

    /**
     * Floats of scratch that {@link #attention} needs for one calling thread.
     *
     * @throws IllegalArgumentException if {@code length} is negative, a head too large for one array, or positions
     *     packed by another sibling
     */
    long attentionScratch(AttentionShape shape, int length);

    /**
     * Scaled dot-product attention of one sequence, for the query heads {@code fromHead} to {@code toHead - 1}:
     * {@code out[:, h] = softmax(scale · q[:, h] · k[:, g]ᵀ + keyMask) · v[:, g]}, where {@code [:, h]} are the
     * columns {@code h * headDim} to {@code (h + 1) * headDim - 1} and g = h / group. {@code shape} says which keys a
     * query sees and what their distance adds. Other columns of {@code out} are not touched.
     *
     * <p>{@code q}, {@code k}, {@code v} have {@code length} rows of stride {@code ldqkv}, at least the columns of
     * their heads; they may be slices of one matrix that holds all three side by side. Scores are kept
     * for a few queries at a time, never for all pairs.
     *
     * @param keyMask {@code length} values that are added to the scores of a key, or null for none. Hugging Face's
     *     masks hold 0 and {@code -Float.MAX_VALUE}: where all keys of a query are masked so, they weigh the same.
     *     Negative infinity works too, but not for all keys: the softmax is then undefined and gives NaN.
     * @param out overwritten; must not overlap {@code q}, {@code k}, {@code v}, {@code keyMask} or {@code scratch}
     * @param ldo row stride of {@code out}, at least {@code toHead * headDim}
     * @param scratch at least {@link #attentionScratch} floats, overwritten; one for each thread
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said, or if positions were
     *     packed by another sibling, for fewer heads, another {@code headDim} or other operands
     * @implSpec With δ the error of a score, {@code (headDim + 4) · ε · (|scale| · (Σ|q·k| + Σ|q·keys| + Σ|queries·k|)
     *     + |bias| + |keyMask|)} at most over the keys that the query sees, an element is within
     *     {@code (e²ᵟ − 1 + (length + 16) · ε) · Σ p·|v|} of the exact value, p being the weights. With
     *     {@link Operands#BF16}, δ is larger by {@code 1.01 · 2⁻⁸ · |scale| · (Σ|q·k| + Σ|q·keys| + Σ|queries·k|)}
     *     and the factor of {@code Σ p·|v|} by {@code 1.1 · 2⁻⁸}. Weights below 2⁻¹²⁶ of the
     *     largest may count as zero. A value that is NaN or infinite may spoil the elements of its column for queries
     *     that give its key no weight, as it does in the reference.
     */
    default void attention(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch) {
        attention(shape, length, length, fromHead, toHead, q, ldqkv, k, v, ldqkv, keyMask, out, ldo, scratch);
    }

    /**
     * The same for the last {@code queries} queries of a sequence, whose places are {@code length - queries} to
     * {@code length - 1}: for one that goes on behind keys and values that are known.
     *
     * @param length keys and values, and so the rows of {@code k} and {@code v}
     * @param queries rows of {@code q} and {@code out}, at most {@code length}
     * @param ldq row stride of {@code q}, at least the columns of its heads
     * @param ldkv row stride of {@code k} and {@code v}, at least the columns of their heads
     * @throws IllegalArgumentException as above, and if there are more queries than keys
     * @implSpec The bounds above. Where no query has a limit to the keys before it, a query has the same bits however
     *     many others are asked for.
     */
    void attention(
            AttentionShape shape,
            int length,
            int queries,
            int fromHead,
            int toHead,
            MemorySegment q,
            int ldq,
            MemorySegment k,
            MemorySegment v,
            int ldkv,
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
     * @implSpec GELU, GELU_TANH, QUICK_GELU and SILU are within {@code 1e-6 + 4 · ε · |result|} of the exact value for the rounded
     *     sum, TANH within {@code 4 · ε}; NONE and RELU are exact.
     */
    void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act);
}
