package dev.kanmon.engine.batch;

import dev.kanmon.Verdict.Span;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The tokens of a text: of all of it, or of its beginning and its end where it is longer than one wants to look at.
 *
 * @param runs one, or the beginning and the end
 * @param whole whether that is all of the text
 */
record TokenisedText(List<Run> runs, boolean whole) {

    /** Sentences of fewer tokens go together with what follows: "Yes." alone says nothing. */
    private static final int LEAST_SENTENCE = 8;

    /** Longer sentences are read in pieces of so many tokens, so that leaving out the full stops hides nothing. */
    private static final int LONGEST_SENTENCE = 64;

    /** Tokens that such pieces share. */
    private static final int SENTENCE_OVERLAP = 16;

    /** A stretch of the text; its slices' offsets count from {@code before}, the code points that stand before it. */
    record Run(String text, Slice all) {}

    /** Tokens that follow each other. */
    record Slice(Encoding tokens, int before) {

        int length() {
            return tokens.length();
        }

        /** The characters of the whole text that these tokens come from. */
        Span span() {
            return length() == 0 ? Span.EMPTY : new Span(before + tokens.start(0), before + tokens.end(length() - 1));
        }

        Slice of(int from, int to) {
            return new Slice(tokens.slice(from, to), before);
        }
    }

    /**
     * Tokenises at most {@code characters} UTF-16 code units of a text, half of them from either end.
     *
     * @param text in which {@code [SEP]} is text, not a separator: nobody may end the instruction from inside it
     */
    static TokenisedText of(Tokenizer tokenizer, String text, long characters) {
        if (text.length() <= characters) {
            return new TokenisedText(List.of(run(tokenizer, text, 0)), true);
        }
        int half = (int) (characters / 2);
        String head = head(text, half);
        int from = text.length() - half;
        if (Character.isLowSurrogate(text.charAt(from)) && Character.isHighSurrogate(text.charAt(from - 1))) {
            from++;
        }
        Run end = run(tokenizer, text.substring(from), text.codePointCount(0, from));
        return new TokenisedText(List.of(run(tokenizer, head, 0), end), false);
    }

    /** The first {@code characters} UTF-16 code units of a text, or one less where that would cut a character. */
    static String head(String text, long characters) {
        if (text.length() <= characters) {
            return text;
        }
        int to = (int) characters;
        boolean cuts =
                to > 0 && Character.isHighSurrogate(text.charAt(to - 1)) && Character.isLowSurrogate(text.charAt(to));
        return text.substring(0, cuts ? to - 1 : to);
    }

    private static Run run(Tokenizer tokenizer, String text, int before) {
        return new Run(text, new Slice(tokenizer.tokens(text, true), before));
    }

    /** Number of tokens. */
    int length() {
        int length = 0;
        for (Run run : runs) {
            length += run.all.length();
        }
        return length;
    }

    /** Overlapping slices of at most {@code room} tokens that together hold all of them; at least one. */
    List<Slice> slices(int room, int overlap) {
        List<Slice> slices = new ArrayList<>();
        for (Run run : runs) {
            cut(run.all, room, overlap, slices);
        }
        return slices;
    }

    /** The first and the last {@code room} tokens; one slice where that is all. */
    List<Slice> ends(int room) {
        Slice first = runs.getFirst().all;
        if (whole && first.length() <= room) {
            return List.of(first);
        }
        return List.of(first.of(0, Math.min(room, first.length())), lastOf(room));
    }

    /** The last {@code count} tokens; all where there are fewer. */
    Slice lastOf(int count) {
        Slice last = runs.getLast().all;
        return last.of(Math.max(0, last.length() - count), last.length());
    }

    /** Whether {@link #ends} leaves out tokens, as far as one has looked. */
    boolean leavesOut(int room) {
        return !whole || length() > 2L * room;
    }

    /** Whether {@link #ends} gives what it would give if all of the text had been tokenised, but for cuts in words. */
    boolean knowsEnds(int room) {
        return whole || runs.stream().allMatch(run -> run.all.length() >= room);
    }

    /** The sentences: all tokens in pieces of at most {@code room}, each beginning at a sentence's where it can. */
    List<Slice> sentences(int room) {
        int longest = Math.min(LONGEST_SENTENCE, room);
        List<Slice> sentences = new ArrayList<>();
        for (Run run : runs) {
            int from = 0;
            for (int to : tokensAtEnds(run)) {
                cut(run.all.of(from, to), longest, SENTENCE_OVERLAP, sentences);
                from = to;
            }
        }
        return sentences;
    }

    /** The number of tokens up to the end of each sentence, short ones joined; a token belongs where it starts. */
    private static List<Integer> tokensAtEnds(Run run) {
        List<Integer> cuts = new ArrayList<>();
        int length = run.all.length();
        int from = 0;
        int to = 0;
        for (int end : Sentences.ends(run.text)) {
            while (to < length && run.all.tokens.start(to) < end) {
                to++;
            }
            if (to - from >= LEAST_SENTENCE) {
                cuts.add(to);
                from = to;
            }
        }
        if (from < length) {
            if (!cuts.isEmpty()) {
                cuts.removeLast(); // what is left is short: it goes with the sentence before
            }
            cuts.add(length);
        }
        return cuts;
    }

    private static void cut(Slice tokens, int room, int overlap, List<Slice> slices) {
        if (tokens.length() <= room) {
            slices.add(tokens);
            return;
        }
        int step = room - Math.min(overlap, room / 2);
        for (int from = 0; ; from += step) {
            int to = Math.min(from + room, tokens.length());
            slices.add(tokens.of(from, to));
            if (to == tokens.length()) {
                return;
            }
        }
    }
}
