package dev.kanmon.augment;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/** What methods that draw texts share. */
final class Draws {

    private static final Set<String> ASKING = Set.of(
            "how", "what", "what's", "why", "who", "when", "where", "which", "whom", "is", "are", "can", "could", "do",
            "does", "did", "should", "would", "will", "was", "were", "in", "since", "any");

    private static final int PLAIN_OF = 8;
    private static final int SMALL_OF = 8;

    private Draws() {}

    static void requireCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count: found " + count + ", expected at least 0");
        }
    }

    /** An entry. */
    static <T> T of(List<T> entries, SplittableRandom random) {
        return entries.get(random.nextInt(entries.size()));
    }

    /** A frame, each family as often as any other, however many frames it has. */
    static Grammar.Frame evenly(List<Grammar.Frame> frames, SplittableRandom random) {
        List<String> families =
                frames.stream().map(Grammar.Frame::family).distinct().toList();
        String family = of(families, random);
        return of(frames.stream().filter(frame -> frame.family().equals(family)).toList(), random);
    }

    /**
     * As a person might type it: with the mark at its end where the frame has none, and now and then without any, or
     * without capitals.
     */
    static String typed(String text, SplittableRandom random) {
        String first = text.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
        String out = text;
        if (Character.isLetterOrDigit(out.charAt(out.length() - 1))) {
            out += ASKING.contains(first) ? "?" : ".";
        }
        if (random.nextInt(PLAIN_OF) == 0 && (out.endsWith("?") || out.endsWith("."))) {
            out = out.substring(0, out.length() - 1);
        }
        return random.nextInt(SMALL_OF) == 0 ? out.toLowerCase(Locale.ROOT) : out;
    }
}
