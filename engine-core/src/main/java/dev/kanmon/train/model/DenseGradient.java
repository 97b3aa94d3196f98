package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.train.model.TrainingPass.Own;
import java.lang.foreign.MemorySegment;

/**
 * A {@link Dense} that learns: {@code y = x · Wᵀ + b}, and back {@code dx = dy · W}, {@code db = Σ dy}; {@code dW = dyᵀ · x}
 * is {@link WeightGradients}' work. Its activation is applied by whoever keeps what is before it.
 */
final class DenseGradient {

    private final LearnedMatrix matrix;
    private final Activation activation;
    private final MemorySegment bias;
    private final RowSums biasSums;
    private final PackedForm forward;
    private final PackedForm backward;

    /**
     * @param bias (outputs), added in the product; null for none
     * @param ownBias the bias where it is a parameter of its own and not the matrix's
     */
    private DenseGradient(
            LearnedMatrix matrix,
            Activation activation,
            MemorySegment bias,
            RowSums biasSums,
            Kernels kernels,
            WeightType type) {
        this.matrix = matrix;
        this.activation = activation;
        this.bias = bias;
        this.biasSums = biasSums;
        forward = new PackedForm(kernels, type);
        backward = new PackedForm(kernels, type);
    }

    /** The layer {@code dense}, whose products take weights as {@code type}. */
    static DenseGradient of(Dense dense, Kernels kernels, WeightType type) {
        LearnedMatrix matrix = (LearnedMatrix) dense.weight();
        RowSums sums = RowSums.ofBiases(matrix, kernels);
        return new DenseGradient(matrix, dense.activation(), dense.bias(), sums, kernels, type);
    }

    /** The layer {@code dense}, which has no bias of its own, and {@code bias}, which inference adds later. */
    static DenseGradient of(Dense dense, Parameter bias, Kernels kernels, WeightType type) {
        if (bias == null) {
            return of(dense, kernels, type);
        }
        LearnedMatrix matrix = (LearnedMatrix) dense.weight();
        return new DenseGradient(matrix, dense.activation(), bias.value(), RowSums.of(bias, kernels), kernels, type);
    }

    LearnedMatrix matrix() {
        return matrix;
    }

    Activation activation() {
        return activation;
    }

    int outputs() {
        return matrix.n();
    }

    int inputs() {
        return matrix.k();
    }

    boolean learns() {
        return matrix.learns() || biasSums != null && biasSums.learns();
    }

    /** Panels of both packed forms, and writing of one: pieces of one region over all matrices. */
    int packPieces() {
        forward.resize(matrix.n(), matrix.k());
        backward.resize(matrix.k(), matrix.n());
        return forward.panels() + backward.panels();
    }

    /** Writes panel {@code piece} of the forward form, or behind these of the backward form. */
    void pack(int piece, GradientKernels gradients) {
        int n = matrix.n();
        int k = matrix.k();
        int own = piece - forward.panels();
        if (own < 0) {
            gradients.packRows(forward.type(), n, k, matrix.values(), k, forward.bytes(), piece, piece + 1);
        } else {
            gradients.packColumns(backward.type(), k, n, matrix.values(), k, backward.bytes(), own, own + 1);
        }
    }

    /** To be called when all pieces are written. */
    void packed(TrainingPass pass) {
        forward.written(pass.parallel()::runPieces);
        backward.written(pass.parallel()::runPieces);
    }

    /** {@code out = in · Wᵀ + b} without the activation; {@code in} has rows of stride {@code ldi}, {@code out} is dense. */
    void forward(TrainingPass pass, RowBlock block, MemorySegment in, int ldi, MemorySegment out) {
        multiply(pass, block, in, ldi, forward.matrix(), bias, out);
    }

    /** The same, without the bias. */
    void forwardWithoutBias(TrainingPass pass, RowBlock block, MemorySegment in, int ldi, MemorySegment out) {
        multiply(pass, block, in, ldi, forward.matrix(), null, out);
    }

    /** {@code dIn = dOut · W}, both dense, and adds to the bias' gradient. */
    void backward(TrainingPass pass, RowBlock block, MemorySegment dOut, MemorySegment dIn) {
        sumBias(pass, block, dOut);
        multiply(pass, block, dOut, outputs(), backward.matrix(), null, dIn);
    }

    /** {@code dIn += dOut · W}, and adds to the bias' gradient. */
    void backwardAdding(TrainingPass pass, RowBlock block, MemorySegment dOut, MemorySegment dIn) {
        MemorySegment branch = pass.own(block.worker(), Own.BRANCH, block.count(inputs()));
        backward(pass, block, dOut, branch);
        pass.kernels().add(block.rows(), inputs(), dIn, inputs(), null, branch, inputs());
    }

    /** Adds to the bias' gradient alone. */
    void sumBias(TrainingPass pass, RowBlock block, MemorySegment dOut) {
        if (biasSums != null && biasSums.learns()) {
            pass.gradients().addColumnSums(block.rows(), outputs(), dOut, outputs(), biasSums.of(block));
        }
    }

    private static void multiply(
            TrainingPass pass,
            RowBlock block,
            MemorySegment a,
            int lda,
            PackedMatrix b,
            MemorySegment bias,
            MemorySegment out) {
        Kernels kernels = pass.kernels();
        MemorySegment scratch = pass.own(block.worker(), Own.KERNEL, kernels.gemmScratch(block.rows(), b));
        kernels.gemm(block.rows(), a, lda, b, 0, b.n(), bias, Activation.NONE, out, b.n(), scratch);
    }

    /** Before a region that sums over {@code blocks} blocks. */
    void ready(int blocks) {
        if (biasSums != null) {
            biasSums.ready(blocks);
        }
    }

    /** Behind it. */
    void fold(Kernels kernels) {
        if (biasSums != null) {
            biasSums.fold(kernels);
        }
    }
}
