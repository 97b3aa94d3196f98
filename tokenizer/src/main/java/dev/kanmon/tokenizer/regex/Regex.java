package dev.kanmon.tokenizer.regex;

import java.util.ArrayList;

/**
 * A regular expression with the meaning that it has for a backtracking engine: the leftmost match, and of those that
 * start there the one that the first alternative leads to. Finding all matches of a text takes time linear in it,
 * whatever the text. Immutable; a {@link RegexMatcher} belongs to one thread.
 *
 * <p>The syntax is Oniguruma's, as the reference uses it. Not supported, and refused: back-references, atomic groups and
 * possessive repetition of more than a character, {@code \G}, {@code \K}, {@code \X}, absent operators, conditions, and
 * letters that equal several where case does not count.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/utils/onig.rs">onig.rs</a>
 */
public final class Regex {
    private final String pattern;
    private final Program program;
    /** For each ASCII character the alternatives that can start with it, and for no character those that can be empty. */
    private final long[] alternativesOf;

    private final long emptyAlternatives;

    private Regex(String pattern, Node node) throws RegexException {
        this.pattern = pattern;
        program = Compiler.compile(node);
        alternativesOf = new long[128];
        long empty = 0;
        for (int i = 0; i < program.entries().length; i++) {
            var first = program.firsts()[i];
            if (first == null) {
                empty |= 1L << i;
            }
            for (int c = 0; c < 128; c++) {
                if (first == null || first.contains(c)) {
                    alternativesOf[c] |= 1L << i;
                }
            }
        }
        emptyAlternatives = empty;
    }

    /**
     * Compiles a pattern.
     *
     * @throws RegexException if it is malformed or uses what is not supported
     */
    public static Regex compile(String pattern) throws RegexException {
        return new Regex(pattern, RegexParser.parse(pattern));
    }

    /** The expression that matches one text only. */
    public static Regex literal(String text) {
        var parts = new ArrayList<Node>();
        text.codePoints().forEach(c -> parts.add(new Node.One(CodePointSet.of(c))));
        try {
            return new Regex(text, new Node.Sequence(parts));
        } catch (RegexException tooLong) {
            throw new IllegalArgumentException("a literal of " + parts.size() + " code points", tooLong);
        }
    }

    /** The pattern, or the text of a literal. */
    public String pattern() {
        return pattern;
    }

    /**
     * A matcher for a text of code points.
     *
     * @param text not to be modified while the matcher is used
     */
    public RegexMatcher matcher(int[] text) {
        return new RegexMatcher(this, text);
    }

    Program program() {
        return program;
    }

    /** Bit i is set if alternative i may match before this code point. */
    long alternatives(int codePoint) {
        if (codePoint < 128) {
            return alternativesOf[codePoint];
        }
        long mask = emptyAlternatives;
        var firsts = program.firsts();
        for (int i = 0; i < firsts.length; i++) {
            if (firsts[i] != null && firsts[i].contains(codePoint)) {
                mask |= 1L << i;
            }
        }
        return mask;
    }

    /** Bit i is set if alternative i may match at the end of the text. */
    long alternativesAtEnd() {
        return emptyAlternatives;
    }
}
