package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Wraps instructions as jailbreaks do: role play, fiction, claims of authority, a forced beginning of the answer, other
 * spellings, much harmless talk before or after. Harmful and harmless instructions are wrapped equally often, and keep
 * their label, so that a wrapper says nothing and what is asked for everything.
 *
 * <p>The wrappers ({@code wrappers.txt}) are the project's own words. A quarter of the texts is wrapped twice, and an
 * eighth is spelled in another way first. The instruction of a pair is wrapped too, and its reply stays.
 */
public final class Wrappers implements Method {

    /** The source of rows that this makes. */
    public static final String SOURCE = "kanmon-wrappers";

    private static final int MOST_CHARACTERS = 700;
    private static final int SPELLED_OF = 8;
    private static final int TWICE_OF = 4;

    private final Grammar grammar = Grammar.of("words.txt", "wrappers.txt");
    private final List<Grammar.Frame> frames;
    private final Predicate<Row> suits;

    private Wrappers(Share share, Predicate<Row> suits) {
        frames = grammar.frames(share);
        this.suits = suits;
    }

    /** Every wrapper, around every labelled instruction of at most {@value #MOST_CHARACTERS} characters. */
    public static Wrappers all() {
        return of(Share.ALL, _ -> true);
    }

    /**
     * Some of the wrappers, around some of those rows.
     *
     * @param suits whether a row may be wrapped; a text that asks for nothing, a post for instance, should not be
     */
    public static Wrappers of(Share share, Predicate<Row> suits) {
        return new Wrappers(share, suits);
    }

    @Override
    public String name() {
        return "wrap";
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if {@code count} is negative, or there is no labelled instruction to wrap
     */
    @Override
    public List<Row> apply(List<Row> rows, int count, long seed) {
        Draws.requireCount(count);
        SplittableRandom random = new SplittableRandom(seed);
        Predicate<Row> wrappable = row -> row.harmful().isPresent()
                && !row.instruction().isBlank()
                && row.instruction().length() <= MOST_CHARACTERS
                && suits.test(row);
        List<Pool> classes = new ArrayList<>();
        for (int label = 0; label < 2; label++) {
            int wanted = label;
            Pool pool = Pool.of(rows, row -> Pool.is(row, wanted) && wrappable.test(row), random.split());
            if (!pool.isEmpty()) {
                classes.add(pool);
            }
        }
        if (classes.isEmpty()) {
            throw new IllegalArgumentException("wrap: found no labelled instruction of at most " + MOST_CHARACTERS
                    + " characters among " + rows.size() + " rows");
        }
        List<Row> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(wrapped(classes.get(i % classes.size()).draw(), random));
        }
        return made;
    }

    private Row wrapped(Row row, SplittableRandom random) {
        StringBuilder how = new StringBuilder();
        String text = row.instruction().strip();
        if (random.nextInt(SPELLED_OF) == 0) {
            Obfuscation[] all = Obfuscation.values();
            Obfuscation spelling = all[random.nextInt(all.length)];
            text = spelling.of(text, random);
            how.append(spelling.name().toLowerCase(Locale.ROOT)).append(", ");
        }
        int layers = random.nextInt(TWICE_OF) == 0 ? 2 : 1;
        for (int layer = 0; layer < layers; layer++) {
            Grammar.Frame frame = Draws.evenly(frames, random);
            text = grammar.fill(frame.text(), text, random);
            how.append(layer == 0 ? "" : ", ").append(frame.family());
        }
        return row.withTexts(text, row.response())
                .withSource(SOURCE, row.licence())
                .withExtra("method", JsonString.of(name()))
                .withExtra("of", JsonString.of(row.source()))
                .withExtra("how", JsonString.of(how.toString()));
    }
}
