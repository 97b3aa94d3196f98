package dev.kanmon.train.model;

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
    private MemorySegment value;
    private final MemorySegment gradient;
    private boolean frozen;

    /**
     * A tensor; {@code shape} has rows first, the other dimensions are columns.
     *
     * @param value as many numbers as the shape has; so has {@code gradient}, which is null where nothing ever learns
     */
    Parameter(String name, List<Long> shape, MemorySegment value, MemorySegment gradient) {
        this.name = name;
        this.shape = List.copyOf(shape);
        this.rows = shape.size() == 1 ? 1 : Math.toIntExact(shape.getFirst());
        this.columns = Math.toIntExact(value.byteSize() / Float.BYTES / rows);
        this.value = value;
        this.gradient = gradient;
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

    /** Lets go of the value, which nobody asks for any more. */
    void release() {
        value = null;
    }

    /** Whether weight decay applies: not to biases and normalisations. */
    public boolean decays() {
        return shape.size() > 1;
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
