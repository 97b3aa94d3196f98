package dev.kanmon.engine.weights;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Where a graph gets its weights from, by the names that Hugging Face gives to tensors, without the family's
 * prefix. Matrices are (outputs, inputs).
 */
public interface WeightSource {

    /** A vector of {@code size} numbers. */
    MemorySegment vector(String tensor, int size) throws ModelFormatException;

    /** A table whose rows are looked up. */
    EmbeddingTable embedding(String tensor, int rows, int columns) throws ModelFormatException;

    /** {@code prefix.weight} and {@code prefix.bias}. */
    Dense dense(String prefix, int outputs, int inputs, Activation activation) throws ModelFormatException;

    /** {@code prefix.weight} alone: the bias is for another to add. */
    Dense denseWithoutBias(String prefix, int outputs, int inputs) throws ModelFormatException;

    /** Several dense layers of the same input as one: their outputs stand side by side, in the order given. */
    Dense denseSideBySide(List<String> prefixes, int outputsOfEach, int inputs) throws ModelFormatException;

    /** {@code prefix.weight} and {@code prefix.bias}, each with {@code size} numbers. */
    default LayerNorm layerNorm(String prefix, int size, float epsilon) throws ModelFormatException {
        return new LayerNorm(vector(prefix + ".weight", size), vector(prefix + ".bias", size), epsilon, size);
    }
}
