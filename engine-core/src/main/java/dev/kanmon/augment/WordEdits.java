package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Word-level augmentation as a baseline: EDA (Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting
 * Performance on Text Classification Tasks", 2019). Each new text has one of its four edits, of a tenth of its words, at
 * least one: synonyms in their place, synonyms of some inserted anywhere, words that change places, words left out. The
 * label stays; both texts of a pair are edited.
 *
 * <p>Their synonyms are WordNet's; these are a small list of the project's own ({@code synonyms.txt}), so where a text
 * holds none of its words the synonym edits become changes of place.
 */
public final class WordEdits implements Method {

    /** The source of rows that this makes. */
    public static final String SOURCE = "kanmon-eda";

    /** Share of the words that is edited: α of the paper, as recommended there for this much data. */
    private static final double SHARE = 0.1;

    private static final Map<String, List<String>> SYNONYMS = synonyms();

    private WordEdits() {}

    /** The four edits, each as often as any other. */
    public static WordEdits all() {
        return new WordEdits();
    }

    private static Map<String, List<String>> synonyms() {
        Map<String, List<String>> all = new HashMap<>();
        for (String line : Grammar.lines("synonyms.txt")) {
            if (!line.isBlank() && !line.startsWith("#")) {
                List<String> alike = List.of(line.split(" "));
                for (String word : alike) {
                    List<String> others = all.computeIfAbsent(word, _ -> new ArrayList<>());
                    alike.stream().filter(other -> !other.equals(word)).forEach(others::add);
                }
            }
        }
        return Map.copyOf(all);
    }

    @Override
    public String name() {
        return "eda";
    }

    /**
     * {@inheritDoc} Rows are taken in a random order, each as often as any other.
     *
     * @throws IllegalArgumentException if {@code count} is negative, or no row is labelled
     */
    @Override
    public List<Row> apply(List<Row> rows, int count, long seed) {
        Draws.requireCount(count);
        SplittableRandom random = new SplittableRandom(seed);
        List<Row> labelled = new ArrayList<>(
                rows.stream().filter(row -> row.harmful().isPresent()).toList());
        if (labelled.isEmpty()) {
            throw new IllegalArgumentException("eda: found no labelled row among " + rows.size());
        }
        List<Row> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = i % labelled.size();
            int chosen = from + random.nextInt(labelled.size() - from);
            Row row = labelled.set(chosen, labelled.get(from));
            labelled.set(from, row);
            Edit edit = Edit.values()[random.nextInt(Edit.values().length)];
            made.add(row.withTexts(
                            edited(row.instruction(), edit, random),
                            row.response().isEmpty() ? "" : edited(row.response(), edit, random))
                    .withSource(SOURCE, row.licence())
                    .withExtra("method", JsonString.of(name()))
                    .withExtra("of", JsonString.of(row.source()))
                    .withExtra("how", JsonString.of(edit.name().toLowerCase(Locale.ROOT))));
        }
        return made;
    }

    /** One of the four edits. */
    enum Edit {
        REPLACE,
        INSERT,
        SWAP,
        DELETE
    }

    /** A text with one edit; a text of one word stays. */
    static String edited(String text, Edit edit, SplittableRandom random) {
        List<String> words = new ArrayList<>(Arrays.asList(text.strip().split("\\s+")));
        if (words.size() < 2) {
            return text;
        }
        int times = Math.max(1, (int) (SHARE * words.size()));
        for (int t = 0; t < times; t++) {
            switch (edit) {
                case REPLACE -> replace(words, random);
                case INSERT -> insert(words, random);
                case SWAP -> swap(words, random);
                case DELETE -> {
                    if (words.size() > 1) {
                        words.remove(random.nextInt(words.size()));
                    }
                }
            }
        }
        return String.join(" ", words);
    }

    private static void replace(List<String> words, SplittableRandom random) {
        List<Integer> known = known(words);
        if (known.isEmpty()) {
            swap(words, random);
        } else {
            int at = Draws.of(known, random);
            words.set(at, synonym(words.get(at), random));
        }
    }

    private static void insert(List<String> words, SplittableRandom random) {
        List<Integer> known = known(words);
        if (known.isEmpty()) {
            swap(words, random);
        } else {
            String word = synonym(words.get(Draws.of(known, random)), random);
            words.add(random.nextInt(words.size() + 1), word);
        }
    }

    private static void swap(List<String> words, SplittableRandom random) {
        int a = random.nextInt(words.size());
        words.set(a, words.set(random.nextInt(words.size()), words.get(a)));
    }

    private static List<Integer> known(List<String> words) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            if (SYNONYMS.containsKey(bare(words.get(i)))) {
                places.add(i);
            }
        }
        return places;
    }

    private static String synonym(String word, SplittableRandom random) {
        return Draws.of(SYNONYMS.get(bare(word)), random);
    }

    private static String bare(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    }
}
