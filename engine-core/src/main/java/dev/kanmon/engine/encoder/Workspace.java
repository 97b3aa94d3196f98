package dev.kanmon.engine.encoder;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Scratch memory of one forward pass, borrowed for the call and used again by the next. All buffers are f32;
 * they grow to what a pass needs and hold nothing between passes. One pass at a time.
 */
public final class Workspace {

    private final Kernels kernels;
    private final MemorySegment[] buffers = new MemorySegment[Buffer.values().length];
    private final MemorySegment[][] ofWorkers;

    /** Buffers that a whole pass shares. */
    public enum Buffer {
        /** (tokens, hidden size): the hidden states. */
        HIDDEN,
        /** (tokens, columns of all heads): queries, keys and values side by side. */
        QKV,
        /** (tokens, columns of the query heads): what attention mixed together. */
        CONTEXT,
        /** (tokens, hidden size): what entered the first layer, where it is needed again. */
        EMBEDDINGS,
        /** (rows of the head, hidden size): the hidden states that a head looks at. */
        POOLED,
        /** (rows of the head, hidden size): behind the head's dense layer. */
        DENSE,
        /** (rows of the head, labels). */
        LOGITS,
        /** Additive key masks, one value for each token. */
        MASK
    }

    /** Buffers of one worker. */
    enum Own {
        /** What a kernel asks for: panels, tiles of scores. */
        KERNEL,
        /** (rows of a block, hidden size). */
        BLOCK,
        /** (rows of a block, hidden size): what is to be added to the hidden states. */
        BRANCH,
        /** (rows of a block, columns of the widest layer of the feed-forward block). */
        INTERMEDIATE,
        /** (rows of a block, columns that a convolution looks at). */
        WINDOWS,
        /** (embedding size): the embedding of a token type, where it is not in memory. */
        TYPE
    }

    /** Memory for passes of at most {@code workers} threads. */
    public Workspace(Kernels kernels, int workers) {
        this.kernels = kernels;
        this.ofWorkers = new MemorySegment[workers][Own.values().length];
    }

    Kernels kernels() {
        return kernels;
    }

    /** The shared buffer {@code buffer}, at least {@code floats} long; its contents are left from the last use. */
    public MemorySegment shared(Buffer buffer, long floats) {
        return grown(buffers, buffer.ordinal(), floats);
    }

    /** Worker {@code worker}'s own buffer, at least {@code floats} long. */
    MemorySegment own(int worker, Own buffer, long floats) {
        return grown(ofWorkers[worker], buffer.ordinal(), floats);
    }

    private MemorySegment grown(MemorySegment[] slots, int slot, long floats) {
        MemorySegment segment = slots[slot];
        if (segment == null || segment.byteSize() < floats * Float.BYTES) {
            slots[slot] = segment = kernels.allocate(floats);
        }
        return segment;
    }
}
