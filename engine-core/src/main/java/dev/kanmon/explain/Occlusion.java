package dev.kanmon.explain;

import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Method;
import dev.kanmon.Explanation.Part;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.explain.ReadText.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Explains by leaving out: each word in turn is replaced by a token that says nothing. Safe to share between threads. */
public final class Occlusion {

    private final Model model;
    private final ToDoubleFunction<float[]> logOdds;
    private final int nothing;

    /**
     * @param logOdds what is to be explained, of a row of logits
     * @param nothing id of the token that says nothing
     */
    public Occlusion(Model model, ToDoubleFunction<float[]> logOdds, int nothing) {
        this.model = model;
        this.logOdds = logOdds;
        this.nothing = nothing;
    }

    /**
     * Explains a window in {@code maxTries + 2} forward passes over it at most.
     *
     * @param maxTries replacements that are tried; where there are more words, neighbours are tried together
     * @throws IllegalStateException if the model was closed
     */
    public Explanation explain(ReadText text, int maxTries) {
        List<Word> groups = groups(text.wordsInOrder(), maxTries);
        TokenSequence whole = text.sequence();
        List<TokenSequence> sequences = new ArrayList<>();
        sequences.add(whole);
        sequences.add(without(whole, text, 0, text.length()));
        groups.forEach(group -> sequences.add(without(whole, text, group.from(), group.to())));
        double[] found = model.logits(sequences).stream().mapToDouble(logOdds).toArray();
        double[] weights = new double[text.length()];
        for (int g = 0; g < groups.size(); g++) {
            Word group = groups.get(g);
            int count = 0;
            for (int token = group.from(); token < group.to(); token++) {
                count += text.isSpecial(token) ? 0 : 1;
            }
            for (int token = group.from(); token < group.to(); token++) {
                weights[token] = text.isSpecial(token) ? 0 : (found[0] - found[g + 2]) / count;
            }
        }
        return explanation(Method.OCCLUSION, found[0], found[1], text, weights);
    }

    /** An explanation with weights for each token. */
    static Explanation explanation(Method method, double logOdds, double baseline, ReadText text, double[] weights) {
        List<Part> tokens = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            if (!text.isSpecial(i)) {
                tokens.add(text.token(i, weights[i]));
            }
        }
        return new Explanation(method, logOdds, baseline, tokens, Passages.of(text, weights));
    }

    private TokenSequence without(TokenSequence whole, ReadText text, int from, int to) {
        int[] ids = whole.ids().clone();
        for (int token = from; token < to; token++) {
            ids[token] = text.isSpecial(token) ? ids[token] : nothing;
        }
        return new TokenSequence(ids, whole.typeIds(), whole.mask());
    }

    private static List<Word> groups(List<Word> words, int most) {
        if (words.size() <= most) {
            return words;
        }
        List<Word> groups = new ArrayList<>();
        for (int g = 0; g < most; g++) {
            int first = (int) ((long) words.size() * g / most);
            int last = (int) ((long) words.size() * (g + 1) / most) - 1;
            groups.add(new Word(words.get(first).from(), words.get(last).to()));
        }
        return groups;
    }
}
