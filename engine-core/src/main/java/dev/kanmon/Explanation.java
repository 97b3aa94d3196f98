package dev.kanmon;

import dev.kanmon.Verdict.Span;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * What in an exchange carries its verdict: how much each token and each passage moves the log-odds of harm, the natural
 * logarithm of P / (1 - P) at the guard's temperature. Of an exchange that was read in several windows, or sentence by
 * sentence, the most harmful window is explained, the first of several, which {@link Joining#max} decides by; other
 * windows' tokens are not in it.
 *
 * <p>A weight says what this model answers to, not what is wrong with a text, and a model can be right for a wrong
 * reason. Weights are exact for the model, and still one way among several to share out what words do together.
 * An explanation holds places of texts, not texts.
 *
 * @param method how weights were found
 * @param logOdds of harm, of the window that is explained; of a guard with weights other than f32 that of the f32 copy
 *     that {@link Method#INTEGRATED_GRADIENTS} looks at
 * @param baseline log-odds of the same window when every token of a text is replaced by padding, or, with
 *     {@link Method#OCCLUSION}, by the mask; where a tokenizer has none by what is nearest
 * @param tokens in the order of the window; special tokens have no weight and are not in it
 * @param spans words and passages that carry weight, those with most of it first; each is within one text, and no two
 *     overlap
 */
public record Explanation(Method method, double logOdds, double baseline, List<Part> tokens, List<Part> spans) {

    public Explanation {
        Objects.requireNonNull(method, "method");
        tokens = List.copyOf(tokens);
        spans = List.copyOf(spans);
    }

    /**
     * What the tokens' weights leave unexplained: {@code logOdds - baseline} without their sum. Integrated gradients
     * leave what numerical integration misses; occlusion leaves what words do only together, which can be a lot.
     */
    public double residual() {
        return logOdds - baseline - tokens.stream().mapToDouble(Part::weight).sum();
    }

    /** How weights are found. */
    public enum Method {
        /**
         * The gradient of the log-odds by the word embeddings, integrated on the way from that of padding to each
         * word's own (Sundararajan et al. 2017, <a href="https://arxiv.org/abs/1703.01365">Axiomatic Attribution for
         * Deep Networks</a>, equation 1): weights add up to what there is to explain.
         */
        INTEGRATED_GRADIENTS,
        /**
         * Each word is replaced by the mask, and what that takes from the log-odds is its weight (Zeiler and Fergus
         * 2014). The tokens of a word share it, and so do the words of a group in a window of more words than are
         * tried one by one.
         */
        OCCLUSION;

        /** The name in JSON. */
        public String spelling() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Which text of an exchange. */
    public enum Text {
        /** The instruction. */
        INSTRUCTION,
        /** The reply to it. */
        RESPONSE;

        /** The name in JSON. */
        public String spelling() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** This text of {@code exchange}. */
        public String of(Exchange exchange) {
            return this == INSTRUCTION ? exchange.instruction() : exchange.response();
        }
    }

    /**
     * A part of a text and what it does.
     *
     * @param text it is of
     * @param span where it is, in code points
     * @param weight log-odds that it adds; below 0 where it speaks against harm
     */
    public record Part(Text text, Span span, double weight) {
        public Part {
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(span, "span");
        }
    }
}
