package dev.kanmon.train.model;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * What stands in a graph where inference has packed weights: parameters whose rows lie one below the other in memory, so
 * that products see one matrix. No kernels compute on it; {@link DenseGradient} packs it for them.
 */
final class LearnedMatrix implements PackedMatrix {

    /**
     * Rows of the matrix that are a parameter's.
     *
     * @param from first row
     * @param weight (rows, k), the parameter
     * @param bias (rows), or null for none
     */
    record Part(int from, Parameter weight, Parameter bias) {
        int to() {
            return from + weight.rows();
        }
    }

    private final int n;
    private final int k;
    private MemorySegment values;
    private final MemorySegment gradients;
    private final List<Part> parts;

    /**
     * @param values (n, k)
     * @param gradients (n, k); null where nothing learns
     */
    LearnedMatrix(int n, int k, MemorySegment values, MemorySegment gradients, List<Part> parts) {
        this.n = n;
        this.k = k;
        this.values = values;
        this.gradients = gradients;
        this.parts = List.copyOf(parts);
    }

    MemorySegment values() {
        return values;
    }

    /** Lets go of the values, which {@link DenseGradient} has packed for good. */
    void release() {
        values = null;
        parts.forEach(part -> part.weight().release());
    }

    MemorySegment gradients() {
        return gradients;
    }

    List<Part> parts() {
        return parts;
    }

    /** Whether a weight of it learns. */
    boolean learns() {
        return parts.stream().anyMatch(part -> !part.weight().frozen());
    }

    @Override
    public WeightType type() {
        return WeightType.F32;
    }

    @Override
    public int n() {
        return n;
    }

    @Override
    public int k() {
        return k;
    }

    @Override
    public long bytes() {
        return (long) n * k * Float.BYTES;
    }

    @Override
    public int panel() {
        return 1;
    }

    @Override
    public float[] row(int row) {
        float[] weights = new float[k];
        MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, (long) row * k * Float.BYTES, weights, 0, k);
        return weights;
    }
}
