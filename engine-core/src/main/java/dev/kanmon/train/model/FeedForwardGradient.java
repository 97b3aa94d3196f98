package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.FeedForward;
import dev.kanmon.kernels.Activation;
import dev.kanmon.train.model.TrainingPass.Own;
import dev.kanmon.train.model.TrainingPass.Shared;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A {@link FeedForward} block that learns. It keeps what stood before the activation and computes the activation again on
 * the way back: that takes no longer than to read it.
 */
final class FeedForwardGradient {

    private final boolean gated;
    private final Activation activation;
    private final DenseGradient up;
    private final DenseGradient down;
    private final Buffer before;

    FeedForwardGradient(FeedForward block, TrainableWeights weights) {
        before = new Buffer(weights.kernelsToTrain());
        down = weights.dense(block.down(), block.downBias());
        switch (block) {
            case FeedForward.Plain plain -> {
                gated = false;
                up = weights.dense(plain.up());
                activation = plain.up().activation();
            }
            case FeedForward.Gated gate -> {
                gated = true;
                up = weights.dense(gate.gateAndUp());
                activation = gate.activation();
            }
        }
    }

    List<DenseGradient> matrices() {
        return List.of(up, down);
    }

    /** Room for a pass. */
    void begin(TrainingPass pass) {
        before.floats((long) pass.tokens() * up.outputs());
    }

    /** Room for the way back. */
    void beginBackward(TrainingPass pass) {
        pass.shared(Shared.DOWN, down.outputs());
        pass.shared(Shared.UP, up.outputs());
        pass.shared(Shared.ACTIVATED, up.outputs());
    }

    /** {@code out = down(act(up(in)))}, bias included, for the block's rows; both are (tokens, hidden size). */
    void forward(TrainingPass pass, RowBlock block, MemorySegment in, MemorySegment out) {
        MemorySegment wide = block.of(before.get(), up.outputs());
        up.forward(pass, block, block.of(in, up.inputs()), up.inputs(), wide);
        MemorySegment activated = pass.own(block.worker(), Own.WIDE, block.count(up.outputs()));
        activate(pass, block, wide, activated);
        down.forward(pass, block, activated, up.outputs(), block.of(out, down.outputs()));
    }

    /** The activations, in the first columns of {@code to}. */
    private void activate(TrainingPass pass, RowBlock block, MemorySegment from, MemorySegment to) {
        int wide = up.outputs();
        Matrices.copy(from, to, block.count(wide));
        if (gated) {
            pass.kernels().gate(block.rows(), wide / 2, to, wide, activation);
        } else {
            pass.kernels().activate(block.rows(), wide, to, wide, null, activation);
        }
    }

    /**
     * Adds the gradient of what the block read to {@code dIn}; the gradient of its result lies in {@link Shared#DOWN}.
     *
     * @param dIn (tokens, hidden size)
     */
    void backward(TrainingPass pass, RowBlock block, MemorySegment dIn) {
        int wide = up.outputs();
        MemorySegment dOut = block.of(pass.shared(Shared.DOWN), down.outputs());
        MemorySegment saved = block.of(before.get(), wide);
        if (down.matrix().learns()) {
            activate(pass, block, saved, block.of(pass.shared(Shared.ACTIVATED), wide));
        }
        MemorySegment dWide = block.of(pass.shared(Shared.UP), wide);
        if (gated) {
            MemorySegment dGated = pass.own(block.worker(), Own.WIDE, block.count(wide / 2));
            down.backward(pass, block, dOut, dGated);
            pass.gradients()
                    .gateBackward(block.rows(), wide / 2, saved, wide, activation, dGated, wide / 2, dWide, wide);
        } else {
            down.backward(pass, block, dOut, dWide);
            pass.gradients().activateBackward(block.rows(), wide, saved, wide, activation, dWide, wide);
        }
        up.backwardAdding(pass, block, dWide, block.of(dIn, up.inputs()));
    }

    /** Has the matrices' gradients computed; {@code in} is what the block read. */
    void weightGradients(TrainingPass pass, WeightGradients products, MemorySegment in) {
        int rows = pass.tokens();
        products.add(
                down.matrix(),
                rows,
                pass.shared(Shared.DOWN),
                down.outputs(),
                pass.shared(Shared.ACTIVATED),
                up.outputs());
        products.add(up.matrix(), rows, pass.shared(Shared.UP), up.outputs(), in, up.inputs());
    }
}
