package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * BERT (Devlin et al. 2019): embeddings, then post-norm layers.
 *
 * <p>Each layer is two regions of parallel work: attention, which needs all rows, and everything else, which
 * a block of rows goes through alone, up to and including the next layer's projections.
 *
 * @param embeddings makes the first hidden states
 * @param layers in order, at least one
 */
public record BertEncoder(BertEmbeddings embeddings, List<PostNormLayer> layers) implements Encoder {

    public BertEncoder {
        layers = List.copyOf(layers);
    }

    @Override
    public int hiddenSize() {
        return embeddings.norm().size();
    }

    @Override
    public MemorySegment encode(TokenBatch batch, Pass pass, Observer observer) {
        int size = hiddenSize();
        int tokens = batch.tokens();
        MemorySegment hidden = pass.workspace().shared(Buffer.HIDDEN, (long) tokens * size);
        MemorySegment qkv = pass.workspace().shared(Buffer.QKV, 3L * tokens * size);
        MemorySegment context = pass.workspace().shared(Buffer.CONTEXT, (long) tokens * size);
        pass.betweenLayers().run();
        pass.overRows(tokens, block -> {
            MemorySegment x = block.rowsOf(hidden, size);
            embeddings.embed(block, batch, x);
            layers.getFirst().attention().project(block, x, qkv);
        });
        tell(observer, 0, hidden);
        for (int l = 0; l < layers.size(); l++) {
            PostNormLayer layer = layers.get(l);
            PostNormLayer next = l + 1 < layers.size() ? layers.get(l + 1) : null;
            pass.betweenLayers().run();
            layer.attend(pass, batch, qkv, context);
            pass.overRows(tokens, block -> {
                MemorySegment x = block.rowsOf(hidden, size);
                layer.finish(block, context, x);
                if (next != null) {
                    next.attention().project(block, x, qkv);
                }
            });
            tell(observer, l + 1, hidden);
        }
        return hidden;
    }

    private static void tell(Observer observer, int layer, MemorySegment hidden) {
        if (observer != null) {
            observer.layerDone(layer, hidden);
        }
    }
}
