package dev.kanmon.train.model;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor that learns. Its memory is the kernels' and lives as long as the parameter; its owner is the
 * {@link TrainableModel}, whose threads are at rest whenever a caller has control, so a caller may read and write.
 */
public final class Parameter {

    private final String name;
    private final List<Long> shape;
    private final int rows;
    private final int columns;
    private final boolean decays;
    private final MemorySegment value;
    private final MemorySegment gradient;
    private boolean frozen;

    /** A tensor of zeros; {@code shape} has rows first, the other dimensions are columns. */
    Parameter(String name, List<Long> shape, boolean decays, Kernels kernels) {
        this.name = name;
        this.shape = List.copyOf(shape);
        this.rows = shape.size() == 1 ? 1 : Math.toIntExact(shape.getFirst());
        long count = shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
        this.columns = Math.toIntExact(rows == 0 ? 0 : count / rows);
        this.decays = decays;
        this.value = kernels.allocate(count);
        this.gradient = kernels.allocate(count);
    }

    /** Its name in a Hugging Face checkpoint. */
    public String name() {
        return name;
    }

    /** Its shape in a Hugging Face checkpoint. */
    public List<Long> shape() {
        return shape;
    }

    /** Rows of a matrix; 1 for a vector. */
    public int rows() {
        return rows;
    }

    /** Numbers in a row; all of them for a vector. */
    public int columns() {
        return columns;
    }

    /** How many numbers. */
    public long count() {
        return (long) rows * columns;
    }

    /** (rows, columns): what it is now. Who writes to it calls {@link TrainableModel#changed()} before the next pass. */
    public MemorySegment value() {
        return value;
    }

    /** (rows, columns): the sum of what backward passes added; the caller clears it. */
    public MemorySegment gradient() {
        return gradient;
    }

    /** Whether weight decay applies: not to biases and normalisations. */
    public boolean decays() {
        return decays;
    }

    /** Whether backward passes leave it out. */
    public boolean frozen() {
        return frozen;
    }

    /** Has backward passes leave it out, or no longer; between passes. */
    public void freeze(boolean freeze) {
        frozen = freeze;
    }

    @Override
    public String toString() {
        return name + " " + shape + (frozen ? " frozen" : "");
    }
}
