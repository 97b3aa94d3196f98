package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A classifier of sequences whose parameters can be changed by what its answers should have been. */
public final class TrainableModel implements AutoCloseable {

    /**
     * How a model computes while it learns.
     *
     * @param kernels that compute
     * @param compute how matrices are rounded for products: F32, or BF16 for mixed precision, where parameters,
     *     gradients, normalisations, softmax and everything else stay f32
     * @param threads of a pass, the calling one among them
     * @param labels outputs of the head
     * @param seed of what is made new
     */
    public record Setup(KernelChoice kernels, WeightType compute, int threads, int labels, long seed) {

        public Setup {
            Objects.requireNonNull(kernels, "kernels");
            if (compute != WeightType.F32 && compute != WeightType.BF16) {
                throw new IllegalArgumentException("training computes in f32 or bf16, found " + compute.spelling());
            }
            if (threads < 1) {
                throw new IllegalArgumentException("threads: found " + threads + ", expected at least 1");
            }
            if (labels < 1) {
                throw new IllegalArgumentException("labels: found " + labels + ", expected at least 1");
            }
        }
    }

    /**
     * Loads whatever {@link dev.kanmon.engine.Model#load(Path, dev.kanmon.engine.Model.Options)} loads but a packed model.
     * A head that is missing or has another number of labels is made new: weights of N(0, 0.02), biases of 0; a missing
     * pooler likewise. {@link #notes()} says so.
     *
     * @throws IOException if a file cannot be read or is malformed
     * @throws IllegalArgumentException if the model is of a kind that cannot learn here
     */
    public static TrainableModel load(Path student, Setup setup) throws IOException {
        throw new UnsupportedOperationException("under construction");
    }

    /** The configuration, with the head that it has now. */
    public ModelConfig config() {
        throw new UnsupportedOperationException("under construction");
    }

    /** A new tokenizer each time. */
    public Tokenizer tokenizer() throws IOException {
        throw new UnsupportedOperationException("under construction");
    }

    /** What the parameters' memory belongs to. */
    public Kernels kernels() {
        throw new UnsupportedOperationException("under construction");
    }

    /** The threads, for an optimiser's work between passes. */
    public Parallel threads() {
        throw new UnsupportedOperationException("under construction");
    }

    /** What was not as the files had it, a sentence each. */
    public List<String> notes() {
        throw new UnsupportedOperationException("under construction");
    }

    /** All parameters, in the order of the computation. */
    public List<Parameter> parameters() {
        throw new UnsupportedOperationException("under construction");
    }

    /**
     * Computes the logits of a batch and keeps what {@link #backward} needs until the next call.
     *
     * @param dropout null to drop nothing: then the logits are the ones of inference
     * @return for each sequence one logit for each label
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     */
    public float[][] forward(List<TokenSequence> batch, Dropout dropout) {
        throw new UnsupportedOperationException("under construction");
    }

    /**
     * Adds to the gradients of all parameters that are not frozen.
     *
     * @param dLogits derivatives of the loss by the logits of the last {@link #forward}
     * @throws IllegalStateException if there is no forward pass that has not gone back yet
     */
    public void backward(float[][] dLogits) {
        throw new UnsupportedOperationException("under construction");
    }

    /** Sets all gradients to zero, on all threads. */
    public void clearGradients() {
        throw new UnsupportedOperationException("under construction");
    }

    /** To be called after parameters were written to, before the next pass. */
    public void changed() {
        throw new UnsupportedOperationException("under construction");
    }

    /**
     * Writes a Hugging Face directory: {@code config.json}, {@code model.safetensors} in f32, the tokenizer's files.
     *
     * @param directory created if it is not there; files of these names are replaced
     */
    public void save(Path directory) throws IOException {
        throw new UnsupportedOperationException("under construction");
    }

    /** Releases files and threads; the parameters' memory goes with the last reference to it. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("under construction");
    }
}
