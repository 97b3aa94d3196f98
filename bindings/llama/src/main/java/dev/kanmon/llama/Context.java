package dev.kanmon.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kanmon.augment.GenerationException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A context of llama.cpp, and the batch that goes into it: tokens of several sequences are collected, then passed through the
 * model together. Not safe for use by several threads.
 */
final class Context implements AutoCloseable {
    /** Tokens of one pass; llama.cpp's own default. */
    static final int BATCH_TOKENS = 512;
    /** What llama_decode gives in b4916 where the cache has no room that is in one piece; other failures may have it too. */
    private static final int NO_ROOM = -3;

    private final Llama llama;
    private final MemorySegment context;
    private final int vocabulary;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment batch = arena.allocate(Layouts.BATCH);
    private final MemorySegment tokens = arena.allocate(JAVA_INT, BATCH_TOKENS);
    private final MemorySegment positions = arena.allocate(JAVA_INT, BATCH_TOKENS);
    private final MemorySegment sequenceCounts = arena.allocate(JAVA_INT, BATCH_TOKENS);
    private final MemorySegment sequences = arena.allocate(JAVA_INT, BATCH_TOKENS);
    private final MemorySegment sequencePointers = arena.allocate(ADDRESS, BATCH_TOKENS);
    private final MemorySegment wanted = arena.allocate(BATCH_TOKENS);
    private int count;

    private Context(Llama llama, MemorySegment context, int vocabulary) {
        this.llama = llama;
        this.context = context;
        this.vocabulary = vocabulary;
        for (int i = 0; i < BATCH_TOKENS; i++) {
            sequenceCounts.setAtIndex(JAVA_INT, i, 1);
            sequencePointers.setAtIndex(ADDRESS, i, sequences.asSlice((long) i * Integer.BYTES));
        }
    }

    /**
     * A new context of a model.
     *
     * @param tokens room for one sequence
     * @throws GenerationException if llama.cpp makes none, for want of memory most often
     */
    static Context open(Llama llama, MemorySegment model, int vocabulary, int tokens, int sequences, int threads) {
        try (var arena = Arena.ofConfined()) {
            var params = llama.contextDefaultParams(arena);
            var layout = Layouts.CONTEXT_PARAMS;
            Layouts.setInt(params, layout, "n_ctx", Math.multiplyExact(tokens, sequences));
            Layouts.setInt(params, layout, "n_batch", BATCH_TOKENS);
            Layouts.setInt(params, layout, "n_ubatch", BATCH_TOKENS);
            Layouts.setInt(params, layout, "n_seq_max", sequences);
            Layouts.setInt(params, layout, "n_threads", threads);
            Layouts.setInt(params, layout, "n_threads_batch", threads);
            llama.log().clear();
            var context = llama.newContext(model, params);
            if (context.equals(MemorySegment.NULL)) {
                throw new GenerationException("llama.cpp: no context of " + sequences + " x " + tokens + " tokens: "
                        + llama.log().errors());
            }
            return new Context(llama, context, vocabulary);
        }
    }

    /** How many more tokens this pass takes. */
    int room() {
        return BATCH_TOKENS - count;
    }

    /**
     * Adds a token to the pass.
     *
     * @param wantsLogits whether {@link #logits} will be asked for this token
     * @return its index in the pass
     */
    int add(int token, int position, int sequence, boolean wantsLogits) {
        int at = count++;
        tokens.setAtIndex(JAVA_INT, at, token);
        positions.setAtIndex(JAVA_INT, at, position);
        sequences.setAtIndex(JAVA_INT, at, sequence);
        wanted.set(JAVA_BYTE, at, (byte) (wantsLogits ? 1 : 0));
        return at;
    }

    /** What takes the logits of tokens that wanted them. */
    interface LogitsConsumer {
        /**
         * Takes the logits that follow a token.
         *
         * @param index of the token in the pass
         * @param logits for each token of the vocabulary; overwritten for the next
         */
        void accept(int index, float[] logits);
    }

    /**
     * Passes what was added through the model and hands out the logits that are wanted, in the order of the tokens.
     *
     * @throws GenerationException if llama.cpp fails
     */
    void run(LogitsConsumer consumer) {
        try {
            run(0, count, new float[vocabulary], consumer);
        } finally {
            count = 0;
        }
    }

    /** A sequence leaves holes in the cache, and a pass needs room in one piece: half a pass needs half as much. */
    private void run(int from, int to, float[] logits, LogitsConsumer consumer) {
        llama.log().clear();
        int status = llama.decode(context, slice(from, to));
        if (status == NO_ROOM && to - from > 1) {
            int middle = from + (to - from) / 2;
            run(from, middle, logits, consumer);
            run(middle, to, logits, consumer);
            return;
        }
        if (status != 0) {
            throw new GenerationException("llama.cpp: a pass of " + (to - from) + " tokens failed (" + status + "): "
                    + llama.log().errors());
        }
        for (int i = from; i < to; i++) {
            if (wanted.get(JAVA_BYTE, i) != 0) {
                copyLogits(i - from, logits);
                consumer.accept(i, logits);
            }
        }
    }

    private MemorySegment slice(int from, int to) {
        long at = (long) from * Integer.BYTES;
        Layouts.setInt(batch, Layouts.BATCH, "n_tokens", to - from);
        Layouts.setAddress(batch, Layouts.BATCH, "token", tokens.asSlice(at));
        Layouts.setAddress(batch, Layouts.BATCH, "pos", positions.asSlice(at));
        Layouts.setAddress(batch, Layouts.BATCH, "n_seq_id", sequenceCounts.asSlice(at));
        Layouts.setAddress(batch, Layouts.BATCH, "seq_id", sequencePointers.asSlice((long) from * ADDRESS.byteSize()));
        Layouts.setAddress(batch, Layouts.BATCH, "logits", wanted.asSlice(from));
        return batch;
    }

    @SuppressWarnings("restricted")
    private void copyLogits(int index, float[] logits) {
        var from = llama.logits(context, index);
        if (from.equals(MemorySegment.NULL)) {
            throw new GenerationException("llama.cpp: no logits for token " + index + " of a pass");
        }
        MemorySegment.ofArray(logits).copyFrom(from.reinterpret((long) logits.length * JAVA_FLOAT.byteSize()));
    }

    /** Frees what is kept of a sequence. */
    void remove(int sequence) {
        llama.removeSequence(context, sequence);
    }

    /** Frees what is kept of all sequences, and what was added to the pass. */
    void clear() {
        count = 0;
        llama.clearCache(context);
    }

    @Override
    public void close() {
        llama.freeContext(context);
        arena.close();
    }
}
