package dev.kanmon.augment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds texts that are in a test set, or nearly: nothing that it finds may be trained on.
 *
 * <p>A text is too close to one of the test set if their words, compared as {@code NFKC} in lower case without
 * punctuation, are the same, or have, as sets, a Jaccard index of at least 0.75, or share eight words in a row. Replies
 * of language models share stock phrases with most other replies ("I'm sorry, but as an AI language model I cannot"), so
 * between two replies the last rule is another: a reply is too close if a quarter of its runs of eight words are in
 * replies of the test set. Otherwise instructions and replies are compared with instructions and replies alike.
 *
 * <p>Immutable and safe to share between threads once made.
 */
public final class Leakage {

    /** How a text is too close. */
    public enum Kind {
        /** All words are the same. */
        SAME_WORDS,
        /** Eight words in a row are the same; between replies, a quarter of all such runs. */
        EIGHT_WORDS,
        /** Of all the words of both, three quarters are in both. */
        WORD_SET
    }

    private static final int GRAM = 8;

    /** One of so many runs of a reply may not be in replies of the test set. */
    private static final int REPLY_PART = 4;

    /** The Jaccard index is at least {@code SHARED / ALL}; in whole numbers, so that the edge is exact. */
    private static final int SHARED = 3;

    private static final int ALL = 4;

    private final Set<String> texts = new HashSet<>();
    private final Set<Long> inInstructions = new HashSet<>();
    private final Set<Long> inReplies = new HashSet<>();
    private final List<Set<String>> sets = new ArrayList<>();
    private final Map<String, List<Integer>> setsWith = new HashMap<>();

    private Leakage(Iterable<Row> tests) {
        for (Row row : tests) {
            add(row.instruction(), inInstructions);
            add(row.response(), inReplies);
        }
    }

    /** Guards these rows of test sets. */
    public static Leakage against(Iterable<Row> tests) {
        return new Leakage(tests);
    }

    private void add(String text, Set<Long> grams) {
        List<String> words = Words.of(text);
        grams.addAll(grams(words));
        if (words.isEmpty() || !texts.add(String.join(" ", words))) {
            return;
        }
        Set<String> set = Set.copyOf(words);
        for (String word : set) {
            setsWith.computeIfAbsent(word, _ -> new ArrayList<>()).add(sets.size());
        }
        sets.add(set);
    }

    /** Runs of eight words by their hash: that of two which differ is the same far less often than once in 10⁶ texts. */
    private static Set<Long> grams(List<String> words) {
        Set<Long> grams = new HashSet<>();
        for (int from = 0; from + GRAM <= words.size(); from++) {
            grams.add(Words.hash(String.join(" ", words.subList(from, from + GRAM))));
        }
        return grams;
    }

    /** How the instruction or the reply of a row is too close to a test set; empty if neither is. */
    public Optional<Kind> of(Row row) {
        return of(row.instruction(), false).or(() -> of(row.response(), true));
    }

    /** How a text is too close to a test set; empty if it is not. A text without words is close to nothing. */
    private Optional<Kind> of(String text, boolean reply) {
        List<String> words = Words.of(text);
        if (words.isEmpty()) {
            return Optional.empty();
        }
        if (texts.contains(String.join(" ", words))) {
            return Optional.of(Kind.SAME_WORDS);
        }
        Set<Long> grams = grams(words);
        long shared = grams.stream().filter(inReplies::contains).count();
        if (grams.stream().anyMatch(inInstructions::contains)
                || shared > 0 && (!reply || REPLY_PART * shared >= grams.size())) {
            return Optional.of(Kind.EIGHT_WORDS);
        }
        return sharesSet(Set.copyOf(words)) ? Optional.of(Kind.WORD_SET) : Optional.empty();
    }

    /**
     * A set that shares three quarters of all words with this one shares three quarters of this one's: it holds one of any
     * {@code n - ⌈¾n⌉ + 1} of its words, so only sets that hold one of the rarest so many are looked at.
     */
    private boolean sharesSet(Set<String> words) {
        int needed = Math.ceilDiv(SHARED * words.size(), ALL);
        List<String> rarest = words.stream()
                .sorted(Comparator.comparingInt((String word) ->
                                setsWith.getOrDefault(word, List.of()).size())
                        .thenComparing(Comparator.naturalOrder()))
                .limit(words.size() - needed + 1L)
                .toList();
        Set<Integer> seen = new HashSet<>();
        for (String word : rarest) {
            for (int s : setsWith.getOrDefault(word, List.of())) {
                if (seen.add(s) && isClose(words, sets.get(s))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isClose(Set<String> a, Set<String> b) {
        if (ALL * Math.min(a.size(), b.size()) < SHARED * Math.max(a.size(), b.size())) {
            return false;
        }
        int shared = 0;
        for (String word : a) {
            if (b.contains(word)) {
                shared++;
            }
        }
        return ALL * shared >= SHARED * (a.size() + b.size() - shared);
    }
}
