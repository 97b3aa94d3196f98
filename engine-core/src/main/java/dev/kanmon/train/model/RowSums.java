package dev.kanmon.train.model;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Gradients that are sums over rows, of biases and normalisations: each block of rows sums apart, and the sums are added
 * in the order of blocks, whichever thread had which.
 */
final class RowSums {

    private record Slot(Parameter parameter, int from) {}

    private final List<Slot> slots;
    private final int size;
    private final Buffer sums;
    private int blocks;

    private RowSums(List<Slot> slots, int size, Kernels kernels) {
        this.slots = slots;
        this.size = size;
        this.sums = new Buffer(kernels);
    }

    /** For the gradient of {@code parameter}; null for none. */
    static RowSums of(Parameter parameter, Kernels kernels) {
        return parameter == null
                ? null
                : new RowSums(List.of(new Slot(parameter, 0)), Math.toIntExact(parameter.count()), kernels);
    }

    /** For the biases of {@code matrix}; null where it has none. */
    static RowSums ofBiases(LearnedMatrix matrix, Kernels kernels) {
        List<Slot> slots = new ArrayList<>();
        for (LearnedMatrix.Part part : matrix.parts()) {
            if (part.bias() != null) {
                slots.add(new Slot(part.bias(), part.from()));
            }
        }
        return slots.isEmpty() ? null : new RowSums(slots, matrix.n(), kernels);
    }

    /** Whether anything of it learns. */
    boolean learns() {
        return slots.stream().anyMatch(slot -> !slot.parameter.frozen());
    }

    /** Room for {@code count} blocks. */
    void ready(int count) {
        blocks = count;
        sums.floats((long) count * size);
    }

    /** The sums of one block, to be added to. */
    MemorySegment of(RowBlock block) {
        return Matrices.part(sums.get(), (long) block.index() * size, size);
    }

    /** Adds the blocks' sums to the gradients of what learns, and leaves zeros for the next time. */
    void fold(Kernels kernels) {
        for (Slot slot : slots) {
            if (!slot.parameter.frozen()) {
                int count = Math.toIntExact(slot.parameter.count());
                for (int block = 0; block < blocks; block++) {
                    MemorySegment sum = Matrices.part(sums.get(), (long) block * size + slot.from, count);
                    kernels.add(1, count, slot.parameter.gradient(), count, null, sum, count);
                }
            }
        }
        Matrices.clear(sums.get(), (long) blocks * size);
    }
}
