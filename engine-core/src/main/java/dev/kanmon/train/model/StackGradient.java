package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An {@link EncoderStack} that learns: forwards layer by layer in the regions that inference has, keeping what each layer
 * reads, and back.
 */
final class StackGradient {

    private final int size;
    private final EmbeddingsGradient embeddings;
    private final List<LayerGradient> layers;
    private final NormGradient finalNorm;
    private final WeightGradients products;
    private final List<Buffer> inputs = new ArrayList<>();
    private final Buffer normed;
    private final Buffer gradient;

    /** @param positions of each layer; nulls where there are none */
    StackGradient(
            EncoderStack stack, List<PositionsGradient> positions, WeightGradients products, TrainableWeights weights) {
        Kernels kernels = weights.kernelsToTrain();
        size = stack.hiddenSize();
        this.products = products;
        embeddings = EmbeddingsGradient.of(stack.embeddings(), weights);
        List<LayerGradient> all = new ArrayList<>();
        for (int l = 0; l < stack.layers().size(); l++) {
            all.add(LayerGradient.of(stack.layers().get(l), l, positions.get(l), weights));
            inputs.add(new Buffer(kernels));
        }
        inputs.add(new Buffer(kernels)); // what leaves the last layer
        layers = List.copyOf(all);
        finalNorm = stack.finalNorm() == null ? null : new NormGradient(stack.finalNorm(), weights);
        normed = new Buffer(kernels);
        gradient = new Buffer(kernels);
    }

    /** The last hidden states, (tokens, hidden size), valid until the next call. */
    MemorySegment forward(TrainingPass pass) {
        embeddings.begin(pass);
        layers.forEach(layer -> layer.begin(pass));
        inputs.forEach(buffer -> buffer.floats((long) pass.tokens() * size));
        LayerGradient first = layers.getFirst();
        pass.overRows(block -> {
            embeddings.forward(pass, block, inputs.getFirst().get());
            first.project(pass, block, inputs.getFirst().get());
        });
        for (int l = 0; l < layers.size(); l++) {
            LayerGradient layer = layers.get(l);
            LayerGradient next = l + 1 < layers.size() ? layers.get(l + 1) : null;
            MemorySegment x = inputs.get(l).get();
            MemorySegment out = inputs.get(l + 1).get();
            layer.attention().attend(pass);
            pass.overRows(block -> {
                layer.finish(pass, block, x, out);
                if (next != null) {
                    next.project(pass, block, out);
                }
            });
        }
        MemorySegment last = inputs.getLast().get();
        if (finalNorm == null) {
            return last;
        }
        MemorySegment out = normed.floats((long) pass.tokens() * size);
        pass.overRows(block ->
                finalNorm.forward(pass.kernels(), block.rows(), block.of(last, size), null, block.of(out, size)));
        return out;
    }

    /** The first of the layers, counted from 1, that has something to learn, or 0 for the embeddings; one behind the last for none. */
    private int lowest() {
        if (embeddings.learns()) {
            return 0;
        }
        int l = 1;
        while (l <= layers.size() && !layers.get(l - 1).learns()) {
            l++;
        }
        return l;
    }

    /** Where the gradient of the last hidden states goes; null when nobody wants it. */
    MemorySegment gradient(TrainingPass pass) {
        boolean wanted = lowest() <= layers.size() || finalNorm != null && finalNorm.learns();
        return wanted ? gradient.floats((long) pass.tokens() * size) : null;
    }

    /** Adds to the gradients of what learns. */
    void backward(TrainingPass pass) {
        MemorySegment d = gradient.get();
        int lowest = lowest();
        if (finalNorm != null) {
            finalNorm.ready(pass.blocks());
            pass.overRows(block -> {
                MemorySegment rows = block.of(d, size);
                finalNorm.backward(pass, block, block.of(inputs.getLast().get(), size), rows, rows);
            });
            finalNorm.fold(pass.kernels());
        }
        for (int l = layers.size(); l >= Math.max(1, lowest); l--) {
            LayerGradient layer = layers.get(l - 1);
            MemorySegment x = inputs.get(l - 1).get();
            boolean further = l > lowest;
            layer.beginBackward(pass);
            pass.overRows(block -> layer.finishBackward(pass, block, x, d));
            layer.attention().attendBackward(pass);
            pass.overRows(block -> layer.projectBackward(pass, block, x, d, further));
            layer.weightGradients(pass, products, x);
            products.run(pass);
            layer.fold(pass);
        }
        if (lowest == 0) {
            embeddings.beginBackward(pass);
            pass.overRows(block -> embeddings.backward(pass, block, d));
            embeddings.finishBackward(pass, products, d);
        }
    }
}
