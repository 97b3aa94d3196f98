package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.Rotary;
import dev.kanmon.engine.encoder.SelfAttention;
import java.lang.foreign.MemorySegment;

/**
 * What is done to each head of queries and keys before attention: normalised by itself, then turned by its place. Either
 * may be missing. Where there is a normalisation it keeps what that read.
 */
final class HeadsGradient {

    private final NormGradient queryNorm;
    private final NormGradient keyNorm;
    private final Rotary rotary;
    private final int heads;
    private final int turned;
    private final int headDim;
    private final int stride;
    private final Buffer before;

    /** @param stride columns of queries, keys and values */
    HeadsGradient(SelfAttention attention, int stride, TrainableWeights weights) {
        heads = attention.heads();
        turned = heads + heads / attention.shape().group();
        headDim = attention.shape().headDim();
        this.stride = stride;
        rotary = attention.rotary();
        SelfAttention.HeadNorms norms = attention.headNorms();
        queryNorm = norms == null ? null : new NormGradient(norms.queries(), weights);
        keyNorm = norms == null ? null : new NormGradient(norms.keys(), weights);
        before = new Buffer(weights.kernelsToTrain());
    }

    boolean learns() {
        return queryNorm != null && (queryNorm.learns() || keyNorm.learns());
    }

    private NormGradient normOf(int head) {
        return head < heads ? queryNorm : keyNorm;
    }

    void begin(TrainingPass pass) {
        if (queryNorm != null) {
            before.floats((long) pass.tokens() * stride);
        }
    }

    /** In place on the rows {@code qkv} of a block. */
    void forward(TrainingPass pass, RowBlock block, MemorySegment qkv) {
        if (queryNorm != null) {
            Matrices.copy(qkv, block.of(before.get(), stride), block.count(stride));
            for (int head = 0; head < turned; head++) {
                MemorySegment columns = Matrices.skip(qkv, (long) head * headDim);
                normOf(head).forward(pass.kernels(), block.rows(), columns, stride);
            }
        }
        if (rotary != null) {
            rotary.turn(pass.kernels(), pass.batch(), block.from(), block.rows(), turned, headDim, qkv, stride, true);
        }
    }

    /** The gradient back, in place. */
    void backward(TrainingPass pass, RowBlock block, MemorySegment dQkv) {
        if (rotary != null) {
            rotary.turn(pass.kernels(), pass.batch(), block.from(), block.rows(), turned, headDim, dQkv, stride, false);
        }
        if (queryNorm != null) {
            MemorySegment saved = block.of(before.get(), stride);
            for (int head = 0; head < turned; head++) {
                MemorySegment d = Matrices.skip(dQkv, (long) head * headDim);
                MemorySegment x = Matrices.skip(saved, (long) head * headDim);
                normOf(head).backward(pass, block, x, stride, d, stride, d, stride);
            }
        }
    }

    void ready(int blocks) {
        if (queryNorm != null) {
            queryNorm.ready(blocks);
            keyNorm.ready(blocks);
        }
    }

    void fold(TrainingPass pass) {
        if (queryNorm != null) {
            queryNorm.fold(pass.kernels());
            keyNorm.fold(pass.kernels());
        }
    }
}
