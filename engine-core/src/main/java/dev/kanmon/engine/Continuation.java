package dev.kanmon.engine;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.encoder.KeyValues;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Logits of a text that grows. A sequence that the last call asked for, too, is not computed again; and where a model's
 * tokens look back only, the one that shares the most first tokens with what was read before is computed from its first
 * new token on.
 *
 * <p>One thread at a time; made by {@link Model#continuation()}. Keeps the tokens of the last call and, of such a model,
 * the keys and values of one sequence.
 */
public final class Continuation {

    /** A sequence, equal to others by what is in it. */
    private record Key(TokenSequence sequence) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key(TokenSequence that)
                    && Arrays.equals(sequence.ids(), that.ids())
                    && Arrays.equals(sequence.typeIds(), that.typeIds())
                    && Arrays.equals(sequence.mask(), that.mask());
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(sequence.ids());
        }
    }

    private final Model model;
    private Map<Key, float[]> known = Map.of();
    private long tokensComputed;
    /** The longest sequence that may go on behind known tokens; 0 where none may. */
    private final int steadyTokens;

    private KeyValues keyValues;
    /** The ids of the last sequence that went on, the first of which {@link #keyValues} knows. */
    private int[] read = {};

    Continuation(Model model) {
        this.model = model;
        steadyTokens = model.steadyTokens();
    }

    /**
     * Classifies sequences, as {@link Model#logits} does and to the same bits.
     *
     * @return for each sequence one logit for each label, which must not be changed
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     * @throws IllegalStateException if the model has no classification head, or was closed
     */
    public List<float[]> logits(List<TokenSequence> sequences) {
        Map<Key, float[]> now = new LinkedHashMap<>();
        for (TokenSequence sequence : sequences) {
            Key key = new Key(sequence);
            now.putIfAbsent(key, known.get(key));
        }
        List<Key> missing = now.entrySet().stream()
                .filter(entry -> entry.getValue() == null)
                .map(Map.Entry::getKey)
                .toList();
        if (!missing.isEmpty()) {
            compute(new ArrayList<>(missing), now);
        }
        known = now;
        return sequences.stream().map(sequence -> now.get(new Key(sequence))).toList();
    }

    private void compute(List<Key> missing, Map<Key, float[]> into) {
        Key proceeds = longestShared(missing);
        if (proceeds != null) {
            into.put(proceeds, proceed(proceeds.sequence()));
            missing.remove(proceeds);
        }
        List<TokenSequence> others = missing.stream().map(Key::sequence).toList();
        List<float[]> computed = others.isEmpty() ? List.of() : model.logits(others);
        for (int i = 0; i < computed.size(); i++) {
            into.put(missing.get(i), computed.get(i));
            tokensComputed += others.get(i).length();
        }
    }

    /** The sequence that shares the most first tokens with the known ones, of several the longest; null if none may. */
    private Key longestShared(List<Key> of) {
        return of.stream()
                .filter(key -> key.sequence().mask() == null && key.sequence().length() <= steadyTokens)
                .max(Comparator.comparingInt((Key key) -> shared(key.sequence()))
                        .thenComparingInt(key -> key.sequence().length()))
                .orElse(null);
    }

    private int shared(TokenSequence sequence) {
        int mismatch = Arrays.mismatch(read, sequence.ids());
        return Math.min(mismatch < 0 ? read.length : mismatch, keyValues == null ? 0 : keyValues.length());
    }

    private float[] proceed(TokenSequence sequence) {
        keyValues = keyValues == null ? model.keyValues() : keyValues;
        keyValues.cut(shared(sequence));
        read = sequence.ids(); // of which as many are known as keyValues says
        Model.Behind behind = model.logitsBehind(sequence, keyValues);
        tokensComputed += behind.tokens();
        return behind.logits();
    }

    /** Tokens that went through the model in all calls. */
    public long tokensComputed() {
        return tokensComputed;
    }
}
