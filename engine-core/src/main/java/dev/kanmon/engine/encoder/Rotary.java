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

    private record Angles(int places, MemorySegment cos, MemorySegment sin) {}

    private final Rope rope;
    private volatile Angles angles = new Angles(0, null, null);

    /** Of the last sequence that was longer than the frequencies are for, as many places as it has tokens. */
    private volatile Angles longer = angles;

    /** Rotary positions with these frequencies. */
    public Rotary(Rope rope) {
        this.rope = rope;
    }

    /** Turns {@code heads} heads of {@code headDim} columns that stand side by side in each row of {@code block}. */
    void apply(Pass.Block block, TokenBatch batch, int heads, int headDim, MemorySegment x, int stride) {
        int end = block.from() + block.rows();
        for (int row = block.from(); row < end; ) {
            int rows = 1;
            while (row + rows < end && batch.position(row + rows) != 0) {
                rows++;
            }
            int place = batch.position(row);
            Kernels kernels = block.pass().kernels();
            Angles known = upTo(place + rows, batch.lengthAt(row), kernels);
            kernels.rotate(
                    rows,
                    heads,
                    headDim,
                    rope.rotated(),
                    Rows.from(x, row - block.from(), stride),
                    stride,
                    known.cos,
                    known.sin,
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
