package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Own;
import java.lang.foreign.MemorySegment;

/**
 * An encoder layer with the normalisation behind each residual sum, as in BERT (Devlin et al. 2019) and the
 * original transformer:
 *
 * <pre>
 *   h = norm(x + output(attention(x)))
 *   x = norm(h + feedForward(h))
 * </pre>
 *
 * @param attention makes the context from the hidden states
 * @param output attention's output projection; its bias is null, {@code outputBias} goes into the sum
 * @param outputBias (hidden size), or null for none
 * @param attentionNorm normalises the first sum
 * @param feedForward looks at each token by itself
 * @param outputNorm normalises the second sum
 */
public record PostNormLayer(
        SelfAttention attention,
        Dense output,
        MemorySegment outputBias,
        LayerNorm attentionNorm,
        FeedForward feedForward,
        LayerNorm outputNorm)
        implements Layer {

    @Override
    public void project(Pass.Block block, TokenBatch batch, MemorySegment x, MemorySegment qkv) {
        attention.project(block, batch, x, qkv);
    }

    @Override
    public void finish(Pass.Block block, MemorySegment context, MemorySegment x) {
        MemorySegment h = block.own(Own.BLOCK, output.outputs());
        output.apply(block, block.rowsOf(context, output.inputs()), h);
        attentionNorm.apply(block, h, outputBias, x, h);
        feedForward.apply(block, h, x);
        outputNorm.apply(block, x, feedForward.downBias(), h, x);
    }
}
