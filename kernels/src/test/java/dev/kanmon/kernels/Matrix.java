package dev.kanmon.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.LongFunction;

/** A matrix of a test: a slice of a larger segment, with a row stride, and guard values all around and in between. */
record Matrix(MemorySegment whole, int shift, int rows, int columns, int stride) {
    static final float GUARD = -7.75e11f;
    private static final int MARGIN = 40;

    static Matrix of(Kernels kernels, int rows, int columns, int stride, int shift) {
        return of(kernels::allocate, rows, columns, stride, shift);
    }

    static Matrix of(LongFunction<MemorySegment> memory, int rows, int columns, int stride, int shift) {
        var whole = memory.apply(shift + (long) Math.max(rows, 1) * stride + MARGIN);
        for (long i = 0; i < whole.byteSize() / 4; i++) {
            whole.setAtIndex(JAVA_FLOAT, i, GUARD);
        }
        return new Matrix(whole, shift, rows, columns, stride);
    }

    static Matrix of(Kernels kernels, int rows, int columns) {
        return of(kernels, rows, columns, columns, 0);
    }

    /** Scratch as an earlier call may leave it: NaN throughout, which must not reach a result. */
    static MemorySegment dirty(Kernels kernels, long floats) {
        var scratch = kernels.allocate(floats);
        for (long i = 0; i < floats; i++) {
            scratch.setAtIndex(JAVA_FLOAT, i, Float.NaN);
        }
        return scratch;
    }

    /** Normally distributed values. */
    static Matrix random(
            Kernels kernels, int rows, int columns, int stride, int shift, double deviation, Random random) {
        return random(kernels::allocate, rows, columns, stride, shift, deviation, random);
    }

    static Matrix random(
            LongFunction<MemorySegment> memory,
            int rows,
            int columns,
            int stride,
            int shift,
            double deviation,
            Random random) {
        var matrix = of(memory, rows, columns, stride, shift);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                matrix.set(i, j, (float) (random.nextGaussian() * deviation));
            }
        }
        return matrix;
    }

    static Matrix row(Kernels kernels, float... values) {
        var matrix = of(kernels, 1, values.length);
        for (int j = 0; j < values.length; j++) {
            matrix.set(0, j, values[j]);
        }
        return matrix;
    }

    /** The segment to hand to a kernel: no longer than the shape needs. */
    MemorySegment segment() {
        long floats = rows == 0 || columns == 0 ? 0 : (long) (rows - 1) * stride + columns;
        return whole.asSlice(shift * 4L, floats * 4L);
    }

    /** Writes rows one after the other: a {@link RowSource}. */
    void read(int firstRow, int rowCount, float[] dst, int dstPos) {
        for (int i = 0; i < rowCount; i++) {
            for (int j = 0; j < columns; j++) {
                dst[dstPos + i * columns + j] = get(firstRow + i, j);
            }
        }
    }

    float get(int i, int j) {
        return whole.getAtIndex(JAVA_FLOAT, shift + (long) i * stride + j);
    }

    void set(int i, int j, float value) {
        whole.setAtIndex(JAVA_FLOAT, shift + (long) i * stride + j, value);
    }

    Matrix copy(Kernels kernels) {
        return copy(kernels::allocate);
    }

    Matrix copy(LongFunction<MemorySegment> memory) {
        var copy = of(memory, rows, columns, stride, shift);
        copy.whole.copyFrom(whole);
        return copy;
    }

    /** Where a float outside of rows x [from, to) is no longer the guard value, or -1. */
    long damaged(int from, int to) {
        for (long i = 0; i < whole.byteSize() / 4; i++) {
            long in = i - shift;
            boolean written = in >= 0 && stride > 0 && in / stride < rows && in % stride >= from && in % stride < to;
            if (!written && whole.getAtIndex(JAVA_FLOAT, i) != GUARD) {
                return i;
            }
        }
        return -1;
    }
}
