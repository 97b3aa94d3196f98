package dev.kanmon.engine.encoder;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values that the layers of an encoder made of the first tokens of a sequence. In an encoder that looks back
 * only, they are all that the tokens behind need to know of them.
 *
 * <p>One thread at a time. Takes 4 bytes · 2 · columns of the key heads for each layer and token, with room for up to
 * twice the tokens; the garbage collector frees it.
 */
public final class KeyValues {

    private static final int FIRST_TOKENS = 64;

    private final Kernels kernels;
    /** Columns of keys and values of each layer. */
    private final int[] widths;

    private final MemorySegment[] layers;
    private int room;
    private int length;

    KeyValues(Kernels kernels, int[] widths) {
        this.kernels = kernels;
        this.widths = widths;
        layers = new MemorySegment[widths.length];
    }

    /** Tokens that are known. */
    public int length() {
        return length;
    }

    /**
     * Forgets all but the first {@code tokens} tokens.
     *
     * @param tokens at most {@link #length}
     */
    public void cut(int tokens) {
        if (tokens < 0 || tokens > length) {
            throw new IllegalArgumentException("tokens: found " + tokens + ", expected 0 to " + length);
        }
        length = tokens;
    }

    /** Makes room for {@code tokens} tokens; what is known stays. */
    void reserve(int tokens) {
        if (tokens <= room) {
            return;
        }
        int more = Math.max(Math.max(FIRST_TOKENS, tokens), (int) Math.min(2L * room, Integer.MAX_VALUE));
        MemorySegment[] larger = new MemorySegment[layers.length];
        for (int l = 0; l < layers.length; l++) {
            larger[l] = kernels.allocate((long) more * widths[l]);
            if (length > 0) {
                MemorySegment.copy(layers[l], 0, larger[l], 0, (long) length * widths[l] * Float.BYTES);
            }
        }
        System.arraycopy(larger, 0, layers, 0, layers.length);
        room = more;
    }

    /** (room, columns) of layer {@code l}: keys, and values beside them. */
    MemorySegment layer(int l) {
        return layers[l];
    }

    /** Counts {@code tokens} tokens as known, whose rows every layer has written. */
    void grown(int tokens) {
        length += tokens;
    }
}
