package dev.kanmon.engine.weights;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/** Weights made up from a seed, for measuring how fast a shape is without having a model of it. */
public final class RandomWeights implements WeightSource {

    /** Small enough that the hidden states of a deep stack stay of the size that normalisation gives them. */
    private static final float SCALE = 0.05f;

    private final Kernels kernels;
    private final WeightType type;
    private final SplittableRandom random;

    /**
     * @param kernels that will compute
     * @param type how matrices are kept
     * @param seed the same seed gives the same weights
     */
    public RandomWeights(Kernels kernels, WeightType type, long seed) {
        this.kernels = kernels;
        this.type = type;
        this.random = new SplittableRandom(seed);
    }

    @Override
    public MemorySegment vector(String tensor, int size) {
        float[] values = numbers(size);
        if (tensor.endsWith("LayerNorm.weight")) {
            for (int i = 0; i < size; i++) {
                values[i] += 1;
            }
        }
        MemorySegment segment = kernels.allocate(size);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, size);
        return segment;
    }

    @Override
    public EmbeddingTable embedding(String tensor, int rows, int columns) {
        return new EmbeddingTable.InMemory(tensor, numbers(Math.multiplyExact(rows, columns)), columns);
    }

    @Override
    public Dense dense(String prefix, int outputs, int inputs, Activation activation) {
        return new Dense(matrix(outputs, inputs), vector(prefix + ".bias", outputs), activation);
    }

    @Override
    public Dense denseWithoutBias(String prefix, int outputs, int inputs) {
        return new Dense(matrix(outputs, inputs), null, Activation.NONE);
    }

    @Override
    public Dense denseSideBySide(List<String> prefixes, int outputsOfEach, int inputs) {
        return dense(prefixes.getFirst(), prefixes.size() * outputsOfEach, inputs, Activation.NONE);
    }

    private PackedMatrix matrix(int outputs, int inputs) {
        return kernels.pack(
                type,
                outputs,
                inputs,
                (firstRow, rows, dst, dstPos) ->
                        System.arraycopy(numbers(rows * inputs), 0, dst, dstPos, rows * inputs));
    }

    private float[] numbers(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextFloat() - 0.5f) * 2 * SCALE;
        }
        return values;
    }
}
