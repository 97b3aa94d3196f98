package dev.kanmon.kernels;

import dev.kanmon.kernels.scalar.ScalarGradients;
import dev.kanmon.kernels.vector.VectorGradients;
import java.lang.foreign.MemorySegment;

/**
 * What training needs beside {@link Kernels}: the backward pass of everything that goes row by row, the packing of
 * weights that change with every step, dropout and the optimiser. {@code package-info} says what holds for all
 * operations; ε is 2⁻²³, as in {@code Kernels}.
 *
 * <p>The gradient of the loss by a matrix {@code y} is {@code dy}, of the same shape. The products of a backward pass
 * are {@link Kernels#gemm}'s: with y = x · wᵀ, {@code dx = dy · w} is a product with {@link #packColumns} of w, and
 * {@code dw = dyᵀ · x} one of {@link #transpose} of dy with {@code packColumns} of x.
 *
 * <p>Segments may lie on the heap or outside of it, but those of one call together. No operation's result depends on how
 * rows, panels or elements are split between calls, but for the sums over rows ({@code dGamma}, {@code dBeta},
 * {@code sums}), which are rounded to f32 after each row, in the order of rows; who splits them must fix how.
 */
public interface GradientKernels {

    /**
     * The gradients for the memory of some kernels: plain loops for the scalar ones, else the Vector API, or plain
     * loops where that cannot be had.
     */
    static GradientKernels of(Kernels kernels) {
        // the class that needs the Vector API's module is loaded only where it can be
        return kernels.name().equals("scalar") || !KernelChoice.hasVectors()
                ? ScalarGradients.create()
                : VectorGradients.create();
    }

    /** "scalar" or "vector". */
    String name();

    /**
     * Brings panels of a weight into the order of {@link StoredMatrix}: the bytes that {@link StoredMatrix#of} would
     * make of it.
     *
     * @param type F32 or BF16
     * @param n outputs, at least 0
     * @param k inputs, at least 0
     * @param w (n, k)
     * @param ldw row stride of {@code w}, at least k
     * @param to all {@link StoredMatrix#byteSize} bytes of the result, or more; must not overlap {@code w}. Only those
     *     of the panels are written
     * @param fromPanel first panel of 64 outputs
     * @param toPanel end of the panels, at most ⌈n / 64⌉
     * @throws IllegalArgumentException if {@code type} is INT8, or a size, stride, range, overlap or segment is not as
     *     said
     */
    void packRows(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel);

    /**
     * {@link #packRows} of the transpose: the bytes of the weight (n, k) whose transpose is given.
     *
     * @param w (k, n)
     * @param ldw row stride of {@code w}, at least n
     * @throws IllegalArgumentException if {@code type} is INT8, or a size, stride, range, overlap or segment is not as
     *     said
     */
    void packColumns(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel);

    /**
     * Writes {@code out = xᵀ}: {@code x} is (rows, columns), {@code out} is (columns, rows).
     *
     * @param ldx row stride of {@code x}, at least {@code columns}
     * @param out overwritten; must not overlap {@code x}
     * @param ldo row stride of {@code out}, at least {@code rows}
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     */
    void transpose(int rows, int columns, MemorySegment x, int ldx, MemorySegment out, int ldo);

    /**
     * The backward pass of {@link Kernels#activate}: {@code dy = dy · act'(x)}. RELU's slope at 0 is 0.
     *
     * <p>Shapes: {@code x} and {@code dy} are (rows, n).
     *
     * @param x what went into the activation, any bias added
     * @param ldx row stride of {@code x}, at least n
     * @param dy overwritten; must not overlap {@code x}
     * @param ldy row stride of {@code dy}, at least n
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec For a finite x within {@code |dy| · (1e-6 + 4 · ε · |act'(x)|)} of the exact value; NONE and RELU are
     *     exact. An infinite x may give NaN.
     */
    void activateBackward(int rows, int n, MemorySegment x, int ldx, Activation act, MemorySegment dy, int ldy);

    /**
     * The backward pass of {@link Kernels#gate}: {@code dx[:, j] = dy[:, j] · x[:, n + j] · act'(x[:, j])} and
     * {@code dx[:, n + j] = dy[:, j] · act(x[:, j])} for j below n.
     *
     * <p>Shapes: {@code x} and {@code dx} are (rows, 2n), {@code dy} is (rows, n).
     *
     * @param x as it was before {@code gate} overwrote its left half
     * @param ldx row stride of {@code x}, at least 2n
     * @param ldy row stride of {@code dy}, at least n
     * @param dx overwritten; {@code x} itself, or apart from it; must not overlap {@code dy}
     * @param ldo row stride of {@code dx}, at least 2n; {@code ldx} where it is {@code x}
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec For a finite left half, {@code act'} and {@code act} are within {@code 1e-6 + 4 · ε · |result|}, and
     *     each product is rounded.
     */
    void gateBackward(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            Activation act,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo);

    /**
     * The backward pass of {@link Kernels#residualLayerNorm}. With the normalised {@code x̂ = (x - mean(x)) · r},
     * {@code r = 1 / √(var(x) + eps)}, and {@code g = dy · gamma}, for each row
     * {@code dx = r · (g - mean(g) - x̂ · mean(g · x̂))}; over the rows {@code dGamma += Σ dy · x̂} and
     * {@code dBeta += Σ dy}.
     *
     * <p>Shapes: {@code x}, {@code dy} and {@code dx} are (rows, n), {@code gamma}, {@code dGamma} and {@code dBeta}
     * are (n).
     *
     * @param x the sum that was normalised: bias and residual added
     * @param ldx row stride of {@code x}, at least n
     * @param eps added to the variance, under the root
     * @param ldy row stride of {@code dy}, at least n
     * @param dx overwritten; {@code dy} itself, or apart from everything. It is the gradient of each term of the sum
     * @param ldo row stride of {@code dx}, at least n; {@code ldy} where it is {@code dy}
     * @param dGamma added to, or null if not wanted; must not overlap anything
     * @param dBeta added to, or null if not wanted; must not overlap anything
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec While Σx² is below {@code Float.MAX_VALUE}, x̂ is within
     *     {@code δ = 16 · ε · (|x̂| + 1 + ε · n · max|x| · r)} of the exact value, and dx within
     *     {@code r · (|x̂| · mean(|g| · δ) + δ · mean|g · x̂| + (n / 8 + 16) · ε · (|g| + mean|g| + |x̂| · mean|g · x̂|))}.
     */
    void layerNormBackward(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            MemorySegment dGamma,
            MemorySegment dBeta);

    /**
     * The backward pass of {@link Kernels#residualRmsNorm}. With {@code x̂ = x · r}, {@code r = 1 / √(mean(x²) + eps)},
     * and {@code g = dy · gamma}, for each row {@code dx = r · (g - x̂ · mean(g · x̂))}; over the rows
     * {@code dGamma += Σ dy · x̂}. Operands are those of {@link #layerNormBackward}.
     *
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     * @implSpec While Σx² is below {@code Float.MAX_VALUE} and mean(x²) + eps above 2⁻¹⁰⁰, dx is within
     *     {@code r · (n / 8 + 32) · ε · (|g| + |x̂| · mean|g · x̂|)} of the exact value.
     */
    void rmsNormBackward(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            MemorySegment dGamma);

    /**
     * Adds rows: {@code sums[j] += x[0, j] + x[1, j] + …}, the gradient of a bias. Every sibling gives the same bits.
     *
     * <p>Shapes: {@code x} is (rows, n), {@code sums} is (n).
     *
     * @param ldx row stride of {@code x}, at least n
     * @param sums added to, one row after the other; must not overlap {@code x}
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said
     */
    void addColumnSums(int rows, int n, MemorySegment x, int ldx, MemorySegment sums);

    /**
     * Dropout, in place: an element becomes {@code x · (1 / (1 - p))}, rounded to f32 after each operation, or 0 with
     * probability {@code p}. Which it is depends on the seed, the number of its row, {@code firstRow + r}, and its
     * column, and on nothing else, so that the same call on the gradient is the backward pass. Every sibling gives the
     * same bits.
     *
     * @param ldx row stride of {@code x}, (rows, n), at least n
     * @param p in [0, 1); with 0 nothing changes
     * @param seed another one for each place in the model and each step
     * @param firstRow number of the first row, at least 0
     * @throws IllegalArgumentException if a size, stride or segment is not as said
     * @implSpec {@code p} counts in steps of 2⁻²⁴.
     */
    void dropout(int rows, int n, MemorySegment x, int ldx, float p, long seed, long firstRow);

    /**
     * The sum of the squares of {@code count} floats, summed in double.
     *
     * @throws IllegalArgumentException if a size or segment is not as said
     * @implSpec Within {@code count · 2⁻⁵²} times the sum of the exact value.
     */
    double sumOfSquares(long count, MemorySegment x);

    /**
     * A step of AdamW on {@code count} weights, in the order and the f32 arithmetic of PyTorch's:
     * <pre>{@code
     * g = g · gradientScale                                (not kept)
     * w = w · (1 - learningRate · decay)
     * m = m + (1 - beta1) · (g - m)
     * v = v · beta2 + ((1 - beta2) · g) · g
     * w = w - (learningRate / correction1) · (m / (√v / √correction2 + epsilon))
     * }</pre>
     * Factors that do not depend on an element are computed in double and rounded once; every other operation is rounded
     * to f32, so every sibling gives the same bits.
     *
     * @param w weights, overwritten
     * @param g gradients, left as they are
     * @param m mean of gradients, overwritten; zeroes at first
     * @param v mean of squared gradients, likewise
     * @throws IllegalArgumentException if a size, overlap or segment is not as said
     * @see <a href="https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html">torch.optim.AdamW</a>
     */
    void adamW(long count, MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, AdamWStep step);
}
