package dev.kanmon.augment;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Labelled instructions of which some are shown to a model, so that it writes more of their kind. Sources are drawn first,
 * then a row of it: a large source does not drown the others.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class Exemplars {

    /** Longer ones would fill the context of a small model. */
    private static final int MOST_CHARACTERS = 400;

    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Cntrl}\\u00A0]+");

    private final List<List<String>> sources;
    private final List<String> all;
    private final String description;

    private Exemplars(List<List<String>> sources, String description) {
        this.sources = sources;
        this.all = sources.stream().flatMap(List::stream).toList();
        this.description = description;
    }

    /**
     * The rows that can serve: without a reply, labelled as asked for, of at most 400 characters.
     *
     * @param harmful the label that they have: 1 or 0
     * @throws IllegalArgumentException if there is none
     */
    public static Exemplars of(List<Row> rows, int harmful) {
        Map<String, List<String>> bySource = new LinkedHashMap<>();
        CRC32 sum = new CRC32();
        int count = 0;
        for (Row row : rows) {
            if (row.response().isEmpty()
                    && row.harmful().equals(OptionalInt.of(harmful))
                    && row.instruction().length() <= MOST_CHARACTERS
                    && !row.instruction().isBlank()) {
                String text = BLANKS.matcher(row.instruction()).replaceAll(" ").strip();
                bySource.computeIfAbsent(row.source(), _ -> new ArrayList<>()).add(text);
                sum.update(text.getBytes(StandardCharsets.UTF_8));
                count++;
            }
        }
        if (count == 0) {
            throw new IllegalArgumentException("exemplars: found no row without a reply that is labelled " + harmful
                    + " and has at most " + MOST_CHARACTERS + " characters");
        }
        return new Exemplars(
                List.copyOf(bySource.values()),
                "%d rows labelled %d of %d sources, CRC-32 %08x"
                        .formatted(count, harmful, bySource.size(), sum.getValue()));
    }

    /** How many there are, of how many sources, and a sum over their texts, in one line that goes into rows. */
    public String description() {
        return description;
    }

    /** Their texts. */
    public List<String> texts() {
        return all;
    }

    /** Draws {@code count} texts, none twice unless there are fewer; the same seed draws the same. */
    List<String> draw(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> drawn = new ArrayList<>(count);
        for (int tries = 0; drawn.size() < Math.min(count, all.size()); tries++) {
            // A source of few rows may be exhausted; the flat draw ends in the end.
            List<String> source = tries < 20 * count ? sources.get(random.nextInt(sources.size())) : all;
            String text = source.get(random.nextInt(source.size()));
            if (!drawn.contains(text) || tries > 100 * count) {
                drawn.add(text);
            }
        }
        return drawn;
    }
}
