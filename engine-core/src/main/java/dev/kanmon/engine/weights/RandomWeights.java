package dev.kanmon.engine.weights;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/** Weights made up from a seed, for measuring how fast a shape is without having a model of it. */
public final class RandomWeights implements WeightSource {

    /** Small enough that the hidden states of a deep stack stay of the size that normalisation gives them. */
    private static final float SCALE = 0.05f;

    private final Kernels kernels;
    private final WeightType type;
    private final Pieces pieces;
    private final SplittableRandom random;

    /**
     * @param kernels that will compute
     * @param type how matrices are kept
     * @param pieces threads for what is computed from the weights; they themselves come one after the other
     * @param seed the same seed gives the same weights
     */
    public RandomWeights(Kernels kernels, WeightType type, Pieces pieces, long seed) {
        this.kernels = kernels;
        this.type = type;
        this.pieces = pieces;
        this.random = new SplittableRandom(seed);
    }

    @Override
    public MemorySegment vector(String tensor, int size) {
        float[] values = numbers(size);
        if (tensor.toLowerCase(Locale.ROOT).contains("norm") && tensor.endsWith(".weight")) {
            for (int i = 0; i < size; i++) {
                values[i] += 1;
            }
        }
        return segment(values);
    }

    @Override
    public EmbeddingTable embedding(String tensor, int rows, int columns) {
        return new EmbeddingTable.InMemory(tensor, segment(numbers(Math.multiplyExact(rows, columns))), rows, columns);
    }

    @Override
    public Dense sideBySide(List<Part> parts, int inputs) {
        int outputs = parts.stream().mapToInt(Part::outputs).sum();
        boolean biased = parts.stream().anyMatch(Part::biased);
        return new Dense(matrix(outputs, inputs), biased ? vector("bias", outputs) : null, Activation.NONE);
    }

    @Override
    public Dense convolution(String prefix, int size, int width, int groups) {
        return sideBySide(List.of(new Part(prefix, size, true)), size * width);
    }

    @Override
    public Optional<Kernels> kernels() {
        return Optional.of(kernels);
    }

    @Override
    public Pieces pieces() {
        return pieces;
    }

    @Override
    public MemorySegment table(String tensor, int rows, int columns) {
        return vector(tensor, Math.multiplyExact(rows, columns));
    }

    private PackedMatrix matrix(int outputs, int inputs) {
        return kernels.pack(
                type,
                outputs,
                inputs,
                (firstRow, rows, dst, dstPos) ->
                        System.arraycopy(numbers(rows * inputs), 0, dst, dstPos, rows * inputs));
    }

    private MemorySegment segment(float[] values) {
        MemorySegment segment = kernels.allocate(values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return segment;
    }

    private float[] numbers(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextFloat() - 0.5f) * 2 * SCALE;
        }
        return values;
    }
}
