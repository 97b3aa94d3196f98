package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Own;
import java.lang.foreign.MemorySegment;

/**
 * An encoder layer with the normalisation behind each residual sum, as in BERT (Devlin et al. 2019) and the
 * original transformer:
 *
 * <pre>
 *   h = LayerNorm(x + output(attention(x)))
 *   x = LayerNorm(h + down(gelu(up(h))))
 * </pre>
 *
 * @param attention makes the context from the hidden states
 * @param output attention's output projection; its bias is null, {@code outputBias} goes into the sum
 * @param outputBias (hidden size)
 * @param attentionNorm normalises the first sum
 * @param up widens to the intermediate size, activation included
 * @param down comes back to the hidden size; its bias is null, {@code downBias} goes into the sum
 * @param downBias (hidden size)
 * @param outputNorm normalises the second sum
 */
public record PostNormLayer(
        SelfAttention attention,
        Dense output,
        MemorySegment outputBias,
        LayerNorm attentionNorm,
        Dense up,
        Dense down,
        MemorySegment downBias,
        LayerNorm outputNorm) {

    /** Attention over the whole batch; needs every row's projections. */
    void attend(Pass pass, TokenBatch batch, MemorySegment qkv, MemorySegment context) {
        attention.attend(pass, batch, qkv, context);
    }

    /** Everything behind attention, for the rows of {@code block}; {@code x} holds those rows and is overwritten. */
    void finish(Pass.Block block, MemorySegment context, MemorySegment x) {
        int hidden = output.outputs();
        MemorySegment h = block.own(Own.BLOCK, hidden);
        output.apply(block, block.rowsOf(context, hidden), h);
        attentionNorm.apply(block, h, outputBias, x);
        MemorySegment wide = block.own(Own.INTERMEDIATE, up.outputs());
        up.apply(block, h, wide);
        down.apply(block, wide, x);
        outputNorm.apply(block, x, downBias, h);
    }
}
