package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.train.model.TrainingPass.Shared;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * An {@link EncoderStack} that learns: forwards layer by layer in the regions that inference has, keeping what each layer
 * reads, and back.
 */
final class StackGradient {

    private final int size;
    private final EmbeddingsGradient embeddings;
    private final List<LayerGradient> layers;
    private final ConvolutionGradient convolution;
    private final NormGradient finalNorm;
    private final WeightGradients products;
    private final List<Buffer> inputs = new ArrayList<>();
    private final ChosenRows chosen;
    private final Buffer whole;
    private final Buffer normed;
    private final Buffer gradient;
    private boolean chooses;

    /** What leaves the last layer: {@link #whole}, or the chosen rows of it. */
    private MemorySegment last;

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
        layers = List.copyOf(all);
        if (stack.convolution() != null && layers.size() == 1) {
            throw new IllegalArgumentException(
                    "a convolution behind the only layer cannot learn here, expected more layers");
        }
        convolution = stack.convolution() == null ? null : new ConvolutionGradient(stack.convolution(), weights);
        finalNorm = stack.finalNorm() == null ? null : new NormGradient(stack.finalNorm(), weights);
        chosen = new ChosenRows(kernels);
        whole = new Buffer(kernels);
        normed = new Buffer(kernels);
        gradient = new Buffer(kernels);
    }

    /**
     * The last hidden states, valid until the next call.
     *
     * @param rows those that are wanted, one of each sequence; null for all
     * @return (sequences, hidden size), or (tokens, hidden size) where all are wanted
     */
    MemorySegment forward(TrainingPass pass, int[] rows) {
        chooses = rows != null;
        if (chooses) {
            chosen.choose(rows);
        }
        embeddings.begin(pass);
        layers.forEach(layer -> layer.begin(pass));
        if (convolution != null) {
            convolution.begin(pass);
        }
        inputs.forEach(buffer -> buffer.floats((long) pass.tokens() * size));
        LayerGradient first = layers.getFirst();
        pass.overRows(block -> {
            embeddings.forward(pass, block, inputs.getFirst().get());
            first.project(pass, block, inputs.getFirst().get());
        });
        for (int l = 0; l < layers.size() - 1; l++) {
            LayerGradient layer = layers.get(l);
            LayerGradient next = layers.get(l + 1);
            MemorySegment x = inputs.get(l).get();
            MemorySegment out = inputs.get(l + 1).get();
            boolean convolved = l == 0 && convolution != null;
            layer.attention().attend(pass);
            pass.overRows(block -> {
                layer.finish(pass, block, layer.attention().context(), x, convolved ? convolution.input() : out);
                if (convolved) {
                    convolution.forward(pass, block, x, out);
                }
                next.project(pass, block, out);
            });
        }
        return finish(pass);
    }

    /** The last layer from its attention on, and what is behind it. */
    private MemorySegment finish(TrainingPass pass) {
        LayerGradient layer = layers.getLast();
        layer.attention().attend(pass);
        MemorySegment context = layer.attention().context();
        MemorySegment x = inputs.getLast().get();
        MemorySegment some = chooses ? chosen.context(context, layer.attention().contextWidth()) : context;
        MemorySegment in = chooses ? chosen.hidden(x, size) : x;
        last = chooses ? chosen.out(size) : whole.floats((long) pass.tokens() * size);
        MemorySegment out = finalNorm == null ? last : normed.floats((long) pass.tokens() * size);
        overLast(pass, block -> {
            layer.finish(pass, block, some, in, last);
            if (finalNorm != null) {
                finalNorm.forward(pass.kernels(), block.rows(), block.of(last, size), null, block.of(out, size));
            }
        });
        return out;
    }

    /** Runs {@code work} on the rows of the last hidden states. */
    private void overLast(TrainingPass pass, Consumer<RowBlock> work) {
        if (chooses) {
            pass.overSequences(work);
        } else {
            pass.overRows(work);
        }
    }

    /** The first of the layers, counted from 1, that has something to learn, or 0 for the embeddings; one behind the last for none. */
    private int lowest() {
        if (embeddings.learns()) {
            return 0;
        }
        int l = 1;
        while (l <= layers.size() && !learns(l)) {
            l++;
        }
        return l;
    }

    /** Whether layer {@code l}, counted from 1, learns, or the convolution behind it. */
    private boolean learns(int l) {
        return layers.get(l - 1).learns() || l == 1 && convolution != null && convolution.learns();
    }

    /** To be called after parameters were written to, before matrices are packed. */
    void refresh() {
        if (convolution != null) {
            convolution.refresh();
        }
    }

    /** Where the gradient of the last hidden states goes; null when nobody wants it. */
    MemorySegment gradient(TrainingPass pass) {
        if (lowest() > layers.size() && (finalNorm == null || !finalNorm.learns())) {
            return null;
        }
        MemorySegment all = gradient.floats((long) pass.tokens() * size);
        return chooses ? chosen.gradient(size) : all;
    }

    /** Adds to the gradients of what learns. */
    void backward(TrainingPass pass) {
        MemorySegment d = gradient.get();
        MemorySegment dLast = chooses ? chosen.gradient(size) : d;
        int lowest = lowest();
        if (finalNorm != null) {
            finalNorm.ready(pass.sums());
            overLast(pass, block -> {
                MemorySegment rows = block.of(dLast, size);
                finalNorm.backward(pass, block, block.of(last, size), rows, rows);
            });
            finalNorm.fold(pass.kernels());
        }
        for (int l = layers.size(); l >= Math.max(1, lowest); l--) {
            LayerGradient layer = layers.get(l - 1);
            MemorySegment x = inputs.get(l - 1).get();
            boolean further = l > lowest;
            boolean convolved = l == 1 && convolution != null;
            layer.beginBackward(pass);
            if (convolved) {
                convolution.beginBackward(pass);
                pass.overRows(block -> convolution.backward(pass, block, d));
                convolution.weightGradients(pass, products);
            }
            if (l == layers.size()) {
                finishBackward(pass, dLast, d);
            } else {
                pass.overRows(block -> layer.finishBackward(pass, block, d));
                layer.finishWeights(
                        pass, products, pass.tokens(), layer.attention().context());
            }
            layer.attention().attendBackward(pass);
            pass.overRows(block -> layer.projectBackward(pass, block, x, d, further));
            layer.projectWeights(pass, products, x);
            products.run(pass);
            layer.fold(pass);
            if (convolved) {
                pass.overRows(block -> convolution.addToEmbeddings(pass, block, d));
                convolution.fold(pass);
            }
        }
        if (lowest == 0) {
            embeddings.beginBackward(pass);
            pass.overRows(block -> embeddings.backward(pass, block, d));
            embeddings.finishBackward(pass, products, d);
        }
    }

    /**
     * The last layer back to its attention.
     *
     * @param dLast gradient of the last hidden states
     * @param d becomes the part of the gradient of the layer's input that goes around attention
     */
    private void finishBackward(TrainingPass pass, MemorySegment dLast, MemorySegment d) {
        LayerGradient layer = layers.getLast();
        overLast(pass, block -> layer.finishBackward(pass, block, dLast));
        if (!chooses) {
            layer.finishWeights(pass, products, pass.tokens(), layer.attention().context());
            return;
        }
        layer.finishWeights(pass, products, pass.batch().sequences(), chosen.context());
        chosen.scatter(dLast, d, pass.tokens(), size);
        int width = layer.attention().contextWidth();
        MemorySegment dContext = pass.shared(Shared.CONTEXT, width);
        chosen.scatter(chosen.aside(dContext, width), dContext, pass.tokens(), width);
    }
}
