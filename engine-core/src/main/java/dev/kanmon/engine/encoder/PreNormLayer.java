package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Own;
import java.lang.foreign.MemorySegment;

/**
 * A layer with the normalisation before each block (Xiong et al. 2020):
 *
 * <pre>
 *   x = x + output(attention(norm(x)))
 *   x = x + feedForward(norm(x))
 * </pre>
 *
 * @param attentionNorm null where attention reads the hidden states as they are
 * @param attention makes the context
 * @param output attention's output projection, with its bias
 * @param feedForwardNorm before the second block
 * @param feedForward looks at each token by itself
 */
public record PreNormLayer(
        Norm attentionNorm, SelfAttention attention, Dense output, Norm feedForwardNorm, FeedForward feedForward)
        implements Layer {

    @Override
    public void project(Pass.Block block, TokenBatch batch, MemorySegment x, MemorySegment qkv) {
        MemorySegment in = x;
        if (attentionNorm != null) {
            in = block.own(Own.BLOCK, attentionNorm.size());
            attentionNorm.apply(block, x, null, null, in);
        }
        attention.project(block, batch, in, qkv);
    }

    @Override
    public void finish(Pass.Block block, MemorySegment context, MemorySegment x) {
        int size = feedForwardNorm.size();
        MemorySegment branch = block.own(Own.BRANCH, size);
        output.apply(block, block.rowsOf(context, output.inputs()), branch);
        MemorySegment normed = block.own(Own.BLOCK, size);
        feedForwardNorm.apply(block, x, null, branch, normed);
        feedForward.apply(block, normed, branch);
        block.pass().kernels().add(block.rows(), size, x, size, feedForward.downBias(), branch, size);
    }
}
