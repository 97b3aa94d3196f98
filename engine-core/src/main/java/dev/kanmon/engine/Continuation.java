package dev.kanmon.engine;

import dev.kanmon.engine.batch.TokenSequence;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Logits of a text that grows: what the last call asked for is not computed again. One thread at a time; made by
 * {@link Model#continuation()}.
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

    Continuation(Model model) {
        this.model = model;
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
            List<TokenSequence> toCompute = missing.stream().map(Key::sequence).toList();
            List<float[]> computed = model.logits(toCompute);
            for (int i = 0; i < computed.size(); i++) {
                now.put(missing.get(i), computed.get(i));
                tokensComputed += toCompute.get(i).length();
            }
        }
        known = now;
        return sequences.stream().map(sequence -> now.get(new Key(sequence))).toList();
    }

    /** Tokens that went through the model in all calls. */
    public long tokensComputed() {
        return tokensComputed;
    }
}
