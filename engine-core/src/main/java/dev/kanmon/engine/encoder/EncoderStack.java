package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Embeddings, then layers.
 *
 * <p>Each layer is two regions of parallel work: attention, which needs all rows, and everything else, which
 * a block of rows goes through alone, up to and including the next layer's projections.
 *
 * @param embeddings makes the first hidden states
 * @param layers in order, at least one
 * @param told after which layers an observer is told, each from 1 to the number of layers, ascending
 * @param convolution behind the first layer; null for none
 * @param finalNorm normalises the last hidden states; null for none
 */
public record EncoderStack(
        Embeddings embeddings, List<Layer> layers, List<Integer> told, Convolution convolution, Norm finalNorm)
        implements Encoder {

    public EncoderStack {
        layers = List.copyOf(layers);
        told = List.copyOf(told);
    }

    /** A stack of layers and nothing else. */
    public static EncoderStack of(Embeddings embeddings, List<? extends Layer> layers) {
        return of(embeddings, layers, null, null);
    }

    /** A stack of layers whose hidden states are told after each. */
    public static EncoderStack of(
            Embeddings embeddings, List<? extends Layer> layers, Convolution convolution, Norm finalNorm) {
        return new EncoderStack(
                embeddings,
                List.copyOf(layers),
                IntStream.rangeClosed(1, layers.size()).boxed().toList(),
                convolution,
                finalNorm);
    }

    @Override
    public int hiddenSize() {
        return embeddings.size();
    }

    /** How a layer attends: the one place where tokens look at each other. */
    private interface Attending {
        void attend(int layer, MemorySegment qkv, MemorySegment context);
    }

    @Override
    public MemorySegment encode(TokenBatch batch, Pass pass, Observer observer) {
        return encode(
                batch,
                pass,
                observer,
                (layer, qkv, context) -> layers.get(layer).attention().attend(pass, batch, qkv, context));
    }

    @Override
    public int steadyTokens() {
        boolean placed = !(embeddings instanceof SummedEmbeddings summed) || summed.positions() != null;
        boolean ahead = layers.stream().anyMatch(layer -> {
            AttentionShape shape = layer.attention().shape();
            return shape.after() > 0 || shape.positions() != null;
        });
        // Positions of embeddings may skip padding, which only the whole sequence tells.
        if (placed || ahead || convolution != null) {
            return 0;
        }
        return layers.stream()
                .map(layer -> layer.attention().rotary())
                .mapToInt(rotary -> rotary == null ? Integer.MAX_VALUE : rotary.steadyTokens())
                .min()
                .orElse(0);
    }

    @Override
    public KeyValues keyValues(Kernels kernels) {
        if (steadyTokens() == 0) {
            throw new IllegalStateException("this encoder looks ahead: what it knows of tokens changes with the next");
        }
        return new KeyValues(
                kernels,
                layers.stream()
                        .mapToInt(layer -> layer.attention().keyValueWidth())
                        .toArray());
    }

    @Override
    public MemorySegment proceed(TokenBatch batch, KeyValues known, Pass pass) {
        if (batch.sequences() != 1 || batch.position(0) != known.length() || batch.lengthAt(0) > steadyTokens()) {
            throw new IllegalArgumentException("found " + batch.sequences() + " sequences of " + batch.lengthAt(0)
                    + " tokens from place " + batch.position(0) + " on, expected one of at most " + steadyTokens()
                    + " from place " + known.length() + " on");
        }
        int tokens = batch.tokens();
        known.reserve(known.length() + tokens);
        MemorySegment hidden = encode(
                batch,
                pass,
                null,
                (layer, qkv, context) -> layers.get(layer)
                        .attention()
                        .attendBehind(pass, known.length(), tokens, qkv, known.layer(layer), context));
        known.grown(tokens);
        return hidden;
    }

    private MemorySegment encode(TokenBatch batch, Pass pass, Observer observer, Attending attending) {
        int size = hiddenSize();
        int tokens = batch.tokens();
        SelfAttention attention = layers.getFirst().attention();
        MemorySegment hidden = pass.workspace().shared(Buffer.HIDDEN, (long) tokens * size);
        MemorySegment qkv = pass.workspace().shared(Buffer.QKV, (long) tokens * attention.width());
        MemorySegment context = pass.workspace().shared(Buffer.CONTEXT, (long) tokens * attention.contextWidth());
        pass.betweenLayers().run();
        pass.overRows(tokens, block -> {
            MemorySegment x = block.rowsOf(hidden, size);
            embeddings.embed(block, batch, x);
            layers.getFirst().project(block, batch, x, qkv);
        });
        tell(observer, 0, hidden);
        MemorySegment first = convolution == null ? null : copy(pass, hidden, (long) tokens * size);
        for (int l = 1; l <= layers.size(); l++) {
            Layer layer = layers.get(l - 1);
            Layer next = l < layers.size() ? layers.get(l) : null;
            boolean convolved = l == 1 && convolution != null;
            pass.betweenLayers().run();
            attending.attend(l - 1, qkv, context);
            pass.overRows(tokens, block -> {
                MemorySegment x = block.rowsOf(hidden, size);
                layer.finish(block, context, x);
                if (convolved) {
                    convolution.apply(block, batch, first, x);
                }
                if (next != null) {
                    next.project(block, batch, x, qkv);
                }
            });
            if (told.contains(l)) {
                tell(observer, told.indexOf(l) + 1, hidden);
            }
            if (next == null && finalNorm != null) {
                pass.overRows(tokens, block -> {
                    MemorySegment x = block.rowsOf(hidden, size);
                    finalNorm.apply(block, x, null, null, x);
                });
            }
        }
        return hidden;
    }

    private static MemorySegment copy(Pass pass, MemorySegment hidden, long floats) {
        MemorySegment copy = pass.workspace().shared(Buffer.EMBEDDINGS, floats);
        MemorySegment.copy(hidden, 0, copy, 0, floats * Float.BYTES);
        return copy;
    }

    private static void tell(Observer observer, int layer, MemorySegment hidden) {
        if (observer != null) {
            observer.layerDone(layer, hidden);
        }
    }
}
