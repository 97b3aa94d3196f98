package dev.kanmon.train.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A convolution's weight, (size, size / groups, width), as the matrix on neighbouring rows laid side by side that products
 * see, (size, width · size), with zeros between groups. The matrix is made anew of the parameter, and its gradient brought
 * back.
 *
 * @param matrix values and gradients of its own
 */
record SpreadConvolution(LearnedMatrix matrix, Parameter weight, int width, int groups) {

    private interface Place {
        void at(long ofWeight, long ofMatrix);
    }

    /** Writes the matrix. */
    void refresh() {
        MemorySegment to = matrix.values();
        each((ofWeight, ofMatrix) -> to.setAtIndex(
                ValueLayout.JAVA_FLOAT, ofMatrix, weight.value().getAtIndex(ValueLayout.JAVA_FLOAT, ofWeight)));
    }

    /** Adds the matrix' gradient to the parameter's, unless that is frozen, and leaves zeros. */
    void collect() {
        if (!weight.frozen()) {
            MemorySegment to = weight.gradient();
            each((ofWeight, ofMatrix) -> {
                float sum = to.getAtIndex(ValueLayout.JAVA_FLOAT, ofWeight)
                        + matrix.gradients().getAtIndex(ValueLayout.JAVA_FLOAT, ofMatrix);
                to.setAtIndex(ValueLayout.JAVA_FLOAT, ofWeight, sum);
            });
            matrix.gradients().fill((byte) 0);
        }
    }

    private void each(Place place) {
        int size = matrix.n();
        int perGroup = size / groups;
        for (int output = 0; output < size; output++) {
            int firstInput = output / perGroup * perGroup;
            for (int c = 0; c < perGroup; c++) {
                for (int t = 0; t < width; t++) {
                    place.at(
                            ((long) output * perGroup + c) * width + t,
                            (long) output * matrix.k() + (long) t * size + firstInput + c);
                }
            }
        }
    }
}
