package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import dev.kanmon.Verdict.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * A text of an exchange in runs of the same colour, as an explanation paints it.
 *
 * @param runs in the order of the text, with nothing between them
 * @param before characters of the text, in code points, that stand before the runs and were not explained
 * @param after characters behind them
 */
record PaintedText(List<Run> runs, int before, int after) {

    /** Strengths that a weight is shown in, beside none. */
    static final int LEVELS = 4;

    /** Share of the heaviest word's weight from which on a word gets a colour. */
    private static final double VISIBLE = 0.06;

    /**
     * Characters with one weight.
     *
     * @param text what is painted
     * @param level 0 for no colour to {@link #LEVELS}, below 0 where it speaks against harm
     * @param passage place of the passage in {@link Explanation#spans} that it is in, or -1
     */
    record Run(String text, int level, int passage) {}

    /** Paints a text. */
    static PaintedText of(Exchange exchange, Explanation explanation, Text which) {
        int[] characters = which.of(exchange).codePoints().toArray();
        List<Part> words = words(explanation, which, characters);
        if (words.isEmpty()) {
            return new PaintedText(List.of(), 0, characters.length);
        }
        Text other = which == Text.INSTRUCTION ? Text.RESPONSE : Text.INSTRUCTION;
        List<Part> all = new ArrayList<>(words);
        all.addAll(words(explanation, other, other.of(exchange).codePoints().toArray()));
        double most =
                all.stream().mapToDouble(word -> Math.abs(word.weight())).max().orElseThrow();
        List<Run> runs = new ArrayList<>();
        int begin = words.getFirst().span().start();
        int at = begin;
        for (Part word : words) {
            Span span = word.span();
            add(runs, characters, new Span(at, span.start()), 0, explanation, which);
            add(runs, characters, span, level(word.weight(), most), explanation, which);
            at = span.end();
        }
        return new PaintedText(List.copyOf(runs), begin, characters.length - at);
    }

    /** Tokens without a blank or a stop between them, together: of pieces of a word one has often what the other takes. */
    private static List<Part> words(Explanation explanation, Text which, int[] characters) {
        List<Part> words = new ArrayList<>();
        for (Part token : explanation.tokens()) {
            if (token.text() != which) {
                continue;
            }
            Part last = words.isEmpty() ? null : words.getLast();
            Span span = token.span();
            if (last != null && joins(characters, last.span().end(), span.start())) {
                Span together =
                        new Span(last.span().start(), Math.max(last.span().end(), span.end()));
                words.set(words.size() - 1, new Part(which, together, last.weight() + token.weight()));
            } else {
                words.add(token);
            }
        }
        return words;
    }

    private static boolean joins(int[] characters, int end, int start) {
        return start < end // bytes of one character
                || start == end && start > 0 && inWord(characters[start - 1]) && inWord(characters[start]);
    }

    private static boolean inWord(int c) {
        return Character.isLetterOrDigit(c) && !Character.isIdeographic(c);
    }

    private static void add(
            List<Run> runs, int[] characters, Span span, int level, Explanation explanation, Text which) {
        if (span.isEmpty()) {
            return;
        }
        int passage = -1;
        for (int p = 0; p < explanation.spans().size() && passage < 0; p++) {
            Part part = explanation.spans().get(p);
            boolean within = part.text() == which
                    && part.span().start() <= span.start()
                    && span.end() <= part.span().end();
            passage = within ? p : passage;
        }
        runs.add(new Run(new String(characters, span.start(), span.end() - span.start()), level, passage));
    }

    private static int level(double weight, double most) {
        double share = Math.abs(weight) / most;
        int level = !(share >= VISIBLE) ? 0 : (int) Math.min(LEVELS, Math.ceil(share * LEVELS));
        return weight < 0 ? -level : level;
    }

    /** Whether a character would move a cursor, turn the direction of others, or cannot be encoded. */
    static boolean isUnprintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
