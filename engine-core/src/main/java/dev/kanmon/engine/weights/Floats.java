package dev.kanmon.engine.weights;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/** Reads floats where the tensor's type was checked before, so that nothing is left to be thrown. */
final class Floats {

    private Floats() {}

    static void read(TensorView view, long from, int count, MemorySegment dst) {
        try {
            view.read(from, count, dst, 0);
        } catch (ModelFormatException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads what is packed and not needed again.
     *
     * @throws UncheckedIOException if the file cannot be read
     */
    static void readOnce(TensorView view, long from, int count, float[] dst, int dstPos) {
        try {
            view.readOnce(from, count, dst, dstPos);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
