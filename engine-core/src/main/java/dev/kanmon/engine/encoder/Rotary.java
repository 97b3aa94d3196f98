package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.config.Rope;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Turns queries and keys by their places (Su et al. 2021). Sines and cosines are computed when a place is first asked
 * for and kept; safe to share.
 */
public final class Rotary {

    private static final int FIRST_PLACES = 512;

    private static final class Angles {
        final int places;
        final MemorySegment cos;
        final MemorySegment sin;

        /** The sines of the angles back; null until somebody asks for them. */
        private volatile MemorySegment back;

        Angles(int places, MemorySegment cos, MemorySegment sin) {
            this.places = places;
            this.cos = cos;
            this.sin = sin;
        }

        MemorySegment back(Kernels kernels) {
            if (back == null) {
                int count = (int) (sin.byteSize() / Float.BYTES);
                float[] sines = new float[count];
                MemorySegment.copy(sin, ValueLayout.JAVA_FLOAT, 0, sines, 0, count);
                for (int i = 0; i < count; i++) {
                    sines[i] = -sines[i];
                }
                MemorySegment negative = kernels.allocate(count);
                MemorySegment.copy(sines, 0, negative, ValueLayout.JAVA_FLOAT, 0, count);
                back = negative;
            }
            return back;
        }
    }

    private final Rope rope;
    private volatile Angles angles = new Angles(0, null, null);

    /** Of the last sequence that was longer than the frequencies are for, as many places as it has tokens. */
    private volatile Angles longer = angles;

    /** Rotary positions with these frequencies. */
    public Rotary(Rope rope) {
        this.rope = rope;
    }

    /** The longest sequence whose places turn by what they are alone, not by its length. */
    int steadyTokens() {
        return rope.longer() == null ? Integer.MAX_VALUE : rope.longer().maxTokens();
    }

    /** Turns {@code heads} heads of {@code headDim} columns that stand side by side in each row of {@code block}. */
    void apply(Pass.Block block, TokenBatch batch, int heads, int headDim, MemorySegment x, int stride) {
        turn(block.pass().kernels(), batch, block.from(), block.rows(), heads, headDim, x, stride, true);
    }

    /**
     * Turns {@code heads} heads of {@code headDim} columns that stand side by side in each row of {@code x}.
     *
     * @param first row of the batch that is the first of {@code x}
     * @param forth by their places; otherwise back again, which takes gradients to what they are the gradients of
     */
    public void turn(
            Kernels kernels,
            TokenBatch batch,
            int first,
            int count,
            int heads,
            int headDim,
            MemorySegment x,
            int stride,
            boolean forth) {
        int end = first + count;
        for (int row = first; row < end; ) {
            int rows = 1;
            while (row + rows < end && batch.position(row + rows) != 0) {
                rows++;
            }
            int place = batch.position(row);
            Angles known = upTo(place + rows, batch.lengthAt(row), kernels);
            kernels.rotate(
                    rows,
                    heads,
                    headDim,
                    rope.rotated(),
                    Rows.from(x, row - first, stride),
                    stride,
                    known.cos,
                    forth ? known.sin : known.back(kernels),
                    place);
            row += rows;
        }
    }

    private Angles upTo(int places, int tokens, Kernels kernels) {
        if (rope.longer() != null && tokens > rope.longer().maxTokens()) {
            return ofLonger(tokens, kernels);
        }
        Angles known = angles;
        return known.places >= places ? known : grow(places, kernels);
    }

    /** The angles of a sequence whose frequencies are its length's own; every block of every layer asks for the same. */
    private Angles ofLonger(int tokens, Kernels kernels) {
        Angles last = longer;
        if (last.places != tokens) {
            longer = last = angles(rope.at(tokens), tokens, kernels);
        }
        return last;
    }

    private synchronized Angles grow(int places, Kernels kernels) {
        if (angles.places < places) {
            int more = Math.max(FIRST_PLACES, Math.max(places, Math.multiplyExact(2, angles.places)));
            angles = angles(rope, more, kernels);
        }
        return angles;
    }

    private static Angles angles(Rope rope, int more, Kernels kernels) {
        int pairs = rope.frequencies().length;
        MemorySegment cos = kernels.allocate((long) more * pairs);
        MemorySegment sin = kernels.allocate((long) more * pairs);
        float[] cosines = new float[pairs];
        float[] sines = new float[pairs];
        for (int place = 0; place < more; place++) {
            for (int i = 0; i < pairs; i++) {
                float angle = place * rope.frequencies()[i]; // The reference rounds the angle to f32.
                cosines[i] = (float) Math.cos(angle) * rope.factor();
                sines[i] = (float) Math.sin(angle) * rope.factor();
            }
            MemorySegment.copy(cosines, 0, Rows.from(cos, place, pairs), ValueLayout.JAVA_FLOAT, 0, pairs);
            MemorySegment.copy(sines, 0, Rows.from(sin, place, pairs), ValueLayout.JAVA_FLOAT, 0, pairs);
        }
        return new Angles(more, cos, sin);
    }
}
