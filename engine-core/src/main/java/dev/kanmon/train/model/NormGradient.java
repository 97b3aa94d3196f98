package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.engine.encoder.Norm;
import dev.kanmon.engine.encoder.RmsNorm;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/** A normalisation that learns its scale and shift. What it read is kept by its caller. */
final class NormGradient {

    private final Norm norm;
    private final RowSums gamma;
    private final RowSums beta;

    NormGradient(Norm norm, TrainableWeights weights) {
        Kernels kernels = weights.kernelsToTrain();
        this.norm = norm;
        switch (norm) {
            case LayerNorm layer -> {
                gamma = RowSums.of(weights.parameter(layer.gamma()), kernels);
                beta = RowSums.of(weights.parameter(layer.beta()), kernels);
            }
            case RmsNorm rms -> {
                gamma = RowSums.of(weights.parameter(rms.gamma()), kernels);
                beta = null;
            }
        }
    }

    int size() {
        return norm.size();
    }

    boolean learns() {
        return gamma.learns() || beta != null && beta.learns();
    }

    /** {@code x += residual}, {@code out = norm(x)} for dense rows; {@code residual} is null for none. */
    void forward(Kernels kernels, int rows, MemorySegment x, MemorySegment residual, MemorySegment out) {
        int n = size();
        switch (norm) {
            case LayerNorm layer -> layer.apply(kernels, rows, x, null, residual, out);
            case RmsNorm rms -> kernels.residualRmsNorm(rows, n, x, n, residual, n, rms.gamma(), rms.epsilon(), out, n);
        }
    }

    /** {@code x = norm(x)} for rows that lie {@code stride} numbers apart. */
    void forward(Kernels kernels, int rows, MemorySegment x, int stride) {
        int n = size();
        switch (norm) {
            case LayerNorm layer ->
                kernels.residualLayerNorm(
                        rows, n, x, stride, null, null, 0, layer.gamma(), layer.beta(), layer.epsilon(), x, stride);
            case RmsNorm rms ->
                kernels.residualRmsNorm(rows, n, x, stride, null, 0, rms.gamma(), rms.epsilon(), x, stride);
        }
    }

    /**
     * The gradient of the sum that was normalised.
     *
     * @param x the sum
     * @param dx overwritten; may be {@code dy}
     */
    void backward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment dy, MemorySegment dx) {
        backward(pass, block, x, size(), dy, size(), dx, size());
    }

    /** The same for rows that lie further apart. */
    void backward(
            TrainingPass pass,
            RowBlock block,
            MemorySegment x,
            int ldx,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo) {
        MemorySegment dGamma = gamma.learns() ? gamma.of(block) : null;
        switch (norm) {
            case LayerNorm layer ->
                pass.gradients()
                        .layerNormBackward(
                                block.rows(),
                                size(),
                                x,
                                ldx,
                                layer.gamma(),
                                layer.epsilon(),
                                dy,
                                ldy,
                                dx,
                                ldo,
                                dGamma,
                                beta != null && beta.learns() ? beta.of(block) : null);
            case RmsNorm rms ->
                pass.gradients()
                        .rmsNormBackward(
                                block.rows(), size(), x, ldx, rms.gamma(), rms.epsilon(), dy, ldy, dx, ldo, dGamma);
        }
    }

    /** Before a region that sums over {@code blocks} blocks. */
    void ready(int blocks) {
        gamma.ready(blocks);
        if (beta != null) {
            beta.ready(blocks);
        }
    }

    /** Behind it. */
    void fold(Kernels kernels) {
        gamma.fold(kernels);
        if (beta != null) {
            beta.fold(kernels);
        }
    }
}
