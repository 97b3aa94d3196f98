package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Parts of a file's rows that are measured on their own. */
enum Slices {
    /** By what the rows name as their source. */
    SOURCE,
    /** By the number of tokens, special ones included. */
    LENGTH;

    /** Longest texts of a slice, in tokens: the lengths for which encoders are compared, then what needs windows. */
    private static final int[] LENGTHS = {32, 64, 128, 256, 512};

    /**
     * A slice.
     *
     * @param name for people
     * @param rows their numbers, in order
     */
    record Slice(String name, int[] rows) {}

    static Slices of(String name) throws BadInput {
        for (Slices slices : values()) {
            if (slices.key().equalsIgnoreCase(name.strip())) {
                return slices;
            }
        }
        throw new BadInput("--by: found " + name + ", expected source or length");
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The slices that have a row: sources by name, lengths from the shortest on. */
    Collection<Slice> of(LabelledRows rows, Judged judged) {
        Map<Integer, List<Integer>> byLength = new TreeMap<>();
        Map<String, List<Integer>> bySource = new TreeMap<>(Comparator.naturalOrder());
        for (int row = 0; row < rows.size(); row++) {
            switch (this) {
                case SOURCE ->
                    bySource.computeIfAbsent(rows.source(row), _ -> new ArrayList<>())
                            .add(row);
                case LENGTH ->
                    byLength.computeIfAbsent(bucket(judged.verdicts().get(row).tokens()), _ -> new ArrayList<>())
                            .add(row);
            }
        }
        List<Slice> slices = new ArrayList<>();
        bySource.forEach((source, members) -> slices.add(new Slice(source, array(members))));
        byLength.forEach((bucket, members) -> slices.add(new Slice(lengths(bucket), array(members))));
        return slices;
    }

    private static int bucket(int tokens) {
        int bucket = 0;
        while (bucket < LENGTHS.length && tokens > LENGTHS[bucket]) {
            bucket++;
        }
        return bucket;
    }

    private static String lengths(int bucket) {
        int from = bucket == 0 ? 1 : LENGTHS[bucket - 1] + 1;
        return bucket == LENGTHS.length ? from + "+" : from + "–" + LENGTHS[bucket];
    }

    private static int[] array(List<Integer> rows) {
        return rows.stream().mapToInt(row -> row).toArray();
    }
}
