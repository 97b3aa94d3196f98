package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonNumber;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes the files of a training run of labelled rows: leaves out what a {@link Recipe} says, what is too close to a test
 * set ({@link Leakage}), and texts that come twice or with two labels; holds rows back; and makes new rows of the rest.
 *
 * <p>Held back are the same shares of each source's harmless and harmful rows; rows with the same instruction stay
 * together. What is held back gets augmented rows too, of its own rows only and with frames that are not trained with
 * ({@link Share}). All of it is a function of rows, recipe and test sets.
 *
 * @param train rows to learn from
 * @param augmented wrapped, rewritten and replied-to ones made of them
 * @param edited those of the word-level baseline, made of them
 * @param validation rows to choose checkpoints by, and augmented ones
 * @param calibration rows to fit temperature and thresholds with, and augmented ones
 * @param unlabelled rows without a label, for a teacher
 * @param report what happened to each source
 */
public record Preparation(
        List<Row> train,
        List<Row> augmented,
        List<Row> edited,
        List<Row> validation,
        List<Row> calibration,
        List<Row> unlabelled,
        List<SourceReport> report) {

    /**
     * What happened to the rows of a source.
     *
     * @param source its name
     * @param read rows that came
     * @param leftOut rows that the recipe does not want
     * @param leaked rows too close to a test set
     * @param repeated rows whose texts were there before, or came with both labels
     * @param harmless rows with that label that are used, held back or not
     * @param harmful likewise
     * @param unlabelled likewise
     */
    public record SourceReport(
            String source,
            int read,
            int leftOut,
            int leaked,
            int repeated,
            int harmless,
            int harmful,
            int unlabelled) {}

    private enum Side {
        TRAIN,
        VALIDATION,
        CALIBRATION
    }

    /**
     * Prepares rows.
     *
     * @param rows labelled and unlabelled ones
     * @param tests what must not be trained on
     */
    public static Preparation of(List<Row> rows, Recipe recipe, Leakage tests) {
        Map<String, int[]> counts = new TreeMap<>();
        List<Row> used = used(rows, recipe, tests, counts);
        List<Row> labelled =
                used.stream().filter(row -> row.harmful().isPresent()).toList();
        Map<String, Side> sides = sides(labelled, recipe);
        Map<Side, List<Row>> parts = new HashMap<>();
        for (Side side : Side.values()) {
            parts.put(side, new ArrayList<>());
        }
        for (Row row : labelled) {
            parts.get(sides.getOrDefault(group(row), Side.TRAIN)).add(row);
        }
        Set<String> texts = new HashSet<>();
        labelled.forEach(row -> texts.add(Distinct.key(row)));
        List<Row> train = parts.get(Side.TRAIN);
        List<Row> augmented = augmented(train, recipe, 1, Share.TRAINING, recipe.seed());
        List<Row> validation = new ArrayList<>(parts.get(Side.VALIDATION));
        validation.addAll(fresh(
                augmented(parts.get(Side.VALIDATION), recipe, recipe.validation(), Share.VALIDATION, recipe.seed() + 1),
                tests,
                texts,
                counts));
        List<Row> calibration = new ArrayList<>(parts.get(Side.CALIBRATION));
        calibration.addAll(fresh(
                augmented(
                        parts.get(Side.CALIBRATION), recipe, recipe.calibration(), Share.VALIDATION, recipe.seed() + 2),
                tests,
                texts,
                counts));
        return new Preparation(
                train,
                fresh(augmented, tests, texts, counts),
                fresh(
                        WordEdits.all().apply(train, recipe.counts().getOrDefault("eda", 0), recipe.seed() + 3),
                        tests,
                        texts,
                        counts),
                validation,
                calibration,
                used.stream().filter(row -> row.harmful().isEmpty()).toList(),
                counts.entrySet().stream()
                        .map(entry -> report(entry.getKey(), entry.getValue()))
                        .toList());
    }

    private static final int READ = 0;
    private static final int LEFT_OUT = 1;
    private static final int LEAKED = 2;
    private static final int REPEATED = 3;
    private static final int HARMLESS = 4;
    private static final int HARMFUL = 5;
    private static final int UNLABELLED = 6;

    private static SourceReport report(String source, int[] n) {
        return new SourceReport(
                source, n[READ], n[LEFT_OUT], n[LEAKED], n[REPEATED], n[HARMLESS], n[HARMFUL], n[UNLABELLED]);
    }

    private static int[] of(Map<String, int[]> counts, Row row) {
        return counts.computeIfAbsent(row.source(), _ -> new int[UNLABELLED + 1]);
    }

    private static void count(Map<String, int[]> counts, Row row) {
        of(counts, row)[
                row.harmful().isEmpty() ? UNLABELLED : HARMLESS + row.harmful().getAsInt()]++;
    }

    private static List<Row> used(List<Row> rows, Recipe recipe, Leakage tests, Map<String, int[]> counts) {
        Map<String, List<Row>> bySource = new LinkedHashMap<>();
        Map<String, Integer> labels = new HashMap<>();
        for (Row row : rows) {
            bySource.computeIfAbsent(row.source(), _ -> new ArrayList<>()).add(row);
            of(counts, row)[READ]++;
            if (row.harmful().isPresent()) {
                labels.merge(Distinct.key(row), 1 << row.harmful().getAsInt(), (a, b) -> a | b);
            }
        }
        Set<String> seen = new HashSet<>();
        List<Row> used = new ArrayList<>();
        bySource.forEach((name, all) -> {
            Recipe.Source source = recipe.source(name);
            List<Row> chosen = all;
            if (all.size() > source.most()) {
                chosen = all.stream()
                        .sorted(Comparator.comparingLong(row -> Words.hash(recipe.seed() + Distinct.key(row))))
                        .limit(source.most())
                        .toList();
                of(counts, all.getFirst())[LEFT_OUT] += all.size() - chosen.size();
            }
            for (Row row : chosen) {
                String key = Distinct.key(row);
                if (tests.of(row).isPresent()) {
                    of(counts, row)[LEAKED]++;
                } else if (labels.getOrDefault(key, 0) == 3 || !seen.add(key)) {
                    of(counts, row)[REPEATED]++;
                } else {
                    used.add(source.weight() == 1 ? row : row.withExtra("weight", JsonNumber.of(source.weight())));
                    count(counts, row);
                }
            }
        });
        return used;
    }

    /** Rows with the same words in their instruction are on one side. */
    private static String group(Row row) {
        String words = Words.normalised(row.instruction());
        return words.isEmpty() ? row.instruction() : words;
    }

    /** The groups that are held back. */
    private static Map<String, Side> sides(List<Row> rows, Recipe recipe) {
        Map<String, List<Row>> strata = new TreeMap<>();
        for (Row row : rows) {
            strata.computeIfAbsent(row.source() + "\n" + row.harmful().getAsInt(), _ -> new ArrayList<>())
                    .add(row);
        }
        Map<String, Side> sides = new HashMap<>();
        for (List<Row> stratum : strata.values()) {
            List<String> groups = stratum.stream()
                    .map(Preparation::group)
                    .sorted(Comparator.comparingLong((String group) -> Words.hash(recipe.seed() + group)))
                    .toList(); // as many times as it has rows
            hold(groups, Math.round(recipe.validation() * groups.size()), Side.VALIDATION, sides);
            hold(groups, Math.round(recipe.calibration() * groups.size()), Side.CALIBRATION, sides);
        }
        return sides;
    }

    private static void hold(List<String> groups, long wanted, Side side, Map<String, Side> sides) {
        long held = groups.stream().filter(group -> sides.get(group) == side).count();
        for (String group : groups) {
            if (held >= wanted && sides.get(group) != side) {
                return;
            }
            if (sides.putIfAbsent(group, side) == null || sides.get(group) == side) {
                held++;
            }
        }
    }

    private static List<Row> augmented(List<Row> rows, Recipe recipe, double part, Share share, long seed) {
        List<Row> made = new ArrayList<>();
        boolean labelled = rows.stream().anyMatch(row -> row.harmful().isPresent());
        List<Method> methods = List.of(
                Wrappers.of(share, row -> !recipe.source(row.source()).posts()),
                BenignRewrites.of(share, row -> !recipe.source(row.source()).posts()),
                Replies.of(share, row -> recipe.source(row.source()).posts()));
        for (Method method : methods) {
            int count = (int) Math.round(part * recipe.counts().getOrDefault(method.name(), 0));
            if (count > 0 && labelled) {
                made.addAll(method.apply(rows, count, seed));
            }
        }
        return made;
    }

    /** Those that are not close to a test set and not there yet. */
    private static List<Row> fresh(List<Row> made, Leakage tests, Set<String> texts, Map<String, int[]> counts) {
        List<Row> fresh = new ArrayList<>();
        for (Row row : made) {
            of(counts, row)[READ]++;
            if (tests.of(row).isPresent()) {
                of(counts, row)[LEAKED]++;
            } else if (!texts.add(Distinct.key(row))) {
                of(counts, row)[REPEATED]++;
            } else {
                fresh.add(row);
                count(counts, row);
            }
        }
        return fresh;
    }
}
