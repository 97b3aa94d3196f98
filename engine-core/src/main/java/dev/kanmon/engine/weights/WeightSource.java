package dev.kanmon.engine.weights;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.engine.encoder.RmsNorm;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Pieces;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Where a graph gets its weights from, by the names that Hugging Face gives to tensors, without the family's
 * prefix. Matrices are (outputs, inputs).
 *
 * <p>A source that only checks names and shapes gives null wherever there would be memory.
 */
public interface WeightSource {

    /** One of several dense layers that read the same input. */
    record Part(String prefix, int outputs, boolean biased) {}

    /** What computes on the weights; empty for a source that only checks. */
    Optional<Kernels> kernels();

    /** The threads to compute on while a graph is built. */
    Pieces pieces();

    /** A vector of {@code size} numbers. */
    MemorySegment vector(String tensor, int size) throws ModelFormatException;

    /** A matrix as it stands, row by row: for tables that are computed on once, when the model is loaded. */
    MemorySegment table(String tensor, int rows, int columns) throws ModelFormatException;

    /** A table whose rows are looked up. */
    EmbeddingTable embedding(String tensor, int rows, int columns) throws ModelFormatException;

    /** Several dense layers of the same input as one: their outputs stand side by side, in the order given. */
    Dense sideBySide(List<Part> parts, int inputs) throws ModelFormatException;

    /** {@code prefix.weight} and, if it has one, {@code prefix.bias}. */
    default Dense dense(String prefix, int outputs, int inputs, boolean biased) throws ModelFormatException {
        return sideBySide(List.of(new Part(prefix, outputs, biased)), inputs);
    }

    /** {@code prefix.weight} and {@code prefix.bias}, with an activation behind them. */
    default Dense dense(String prefix, int outputs, int inputs, Activation activation) throws ModelFormatException {
        return dense(prefix, outputs, inputs, true).withActivation(activation);
    }

    /** {@code prefix.weight} alone: there is no bias, or it is for another to add. */
    default Dense denseWithoutBias(String prefix, int outputs, int inputs) throws ModelFormatException {
        return dense(prefix, outputs, inputs, false);
    }

    /**
     * A convolution over neighbouring rows as a dense layer on them laid side by side, the earliest first.
     * {@code prefix.weight} is (size, size / groups, width).
     *
     * @param size channels, of inputs and outputs
     * @param groups of channels that are convolved apart
     */
    Dense convolution(String prefix, int size, int width, int groups) throws ModelFormatException;

    /** {@code prefix.weight} and {@code prefix.bias}, each with {@code size} numbers. */
    default LayerNorm layerNorm(String prefix, int size, float epsilon) throws ModelFormatException {
        return layerNorm(prefix, size, epsilon, true);
    }

    /** {@code prefix.weight} and, if it has one, {@code prefix.bias}. */
    default LayerNorm layerNorm(String prefix, int size, float epsilon, boolean biased) throws ModelFormatException {
        return new LayerNorm(
                vector(prefix + ".weight", size), biased ? vector(prefix + ".bias", size) : null, epsilon, size);
    }

    /** {@code prefix.weight} with {@code size} numbers. */
    default RmsNorm rmsNorm(String prefix, int size, float epsilon) throws ModelFormatException {
        return new RmsNorm(vector(prefix + ".weight", size), epsilon, size);
    }

    /** A dense layer's bias, if it has one, as a vector of its own. */
    default MemorySegment bias(String prefix, int size, boolean biased) throws ModelFormatException {
        return biased ? vector(prefix + ".bias", size) : null;
    }
}
