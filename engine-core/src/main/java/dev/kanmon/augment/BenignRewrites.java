package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonString;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes harmless instructions that look harmful, against a guard that blocks words: composed ones ({@code harmless.txt}:
 * homonyms, figures of speech, safe targets, definitions, history, fiction, advice for safety, what defenders ask, public
 * facts), and harmful instructions of the data turned into harmless ones ({@code turned.txt}: how to prevent, recognise or
 * report it, its history, the law on it). Beside them composed harmful ones of the same shapes ({@code harmful.txt}), or
 * the shapes themselves would come to mean harmless.
 *
 * <p>Of eight rows four are composed harmless ones, two composed harmful ones and two turned ones, which are replaced by
 * composed ones where the data holds nothing to turn.
 */
public final class BenignRewrites implements Method {

    /** The source of composed rows. */
    public static final String COMPOSED = "kanmon-frames";

    /** The source of turned rows. */
    public static final String TURNED = "kanmon-turned";

    /** Of the composed rows: nothing in them is anybody else's. */
    private static final String OWN = "Apache-2.0";

    private static final int OF = 8;
    private static final int HARMFUL = 2;
    private static final int TURN = 2;
    private static final int MOST_WORDS = 24;
    private static final int TRIES = 50;

    private static final Pattern TO_DO = Pattern.compile(
            "(?:please |can you |could you |i want to know |i need to know )*(?:tell me |explain |describe |teach me"
                + " |show me |write (?:a|an) [a-z ]{3,30}? (?:on|about) |give (?:me )?(?:detailed"
                + " )?(?:instructions|advice|tips) (?:on|for) )?(?:how to|how (?:do|can|could|would|should|might|does)"
                + " (?:i|you|we|one|someone|somebody|a person|people)|what(?:'s| is| are) (?:the best|some|a good|an"
                + " effective|the most effective|the easiest) (?:ways?|methods?) to) ([^.?!\\n"
                + "]+)[.?!]*",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern TO_HAVE = Pattern.compile(
            "(?:please |can you |could you"
                + " )*(?:write|create|develop|generate|compose|draft|make|design|provide|give)(?: me)? (an? [^.?!\\n"
                + "]+)[.?!]*",
            Pattern.CASE_INSENSITIVE);

    private static final String[][] PRONOUNS = {
        {"\\bmy\\b", "their"}, {"\\byour\\b", "their"}, {"\\bmine\\b", "theirs"}, {"\\bme\\b", "them"},
        {"\\bI am\\b", "they are"}, {"\\bI'm\\b", "they are"}, {"\\bI\\b", "they"}, {"\\bmyself\\b", "themselves"},
        {"\\byourself\\b", "themselves"}, {"\\byou\\b", "they"}
    };

    private final Grammar harmless = Grammar.of("words.txt", "harmless.txt");
    private final Grammar harmful = Grammar.of("words.txt", "harmful.txt");
    private final Grammar turned = Grammar.of("words.txt", "turned.txt");
    private final Share share;
    private final Predicate<Row> suits;

    private BenignRewrites(Share share, Predicate<Row> suits) {
        this.share = share;
        this.suits = suits;
    }

    /** Every frame, and every labelled instruction to turn. */
    public static BenignRewrites all() {
        return of(Share.ALL, _ -> true);
    }

    /**
     * Some of the frames, and some of those rows.
     *
     * @param suits whether a harmful instruction may be turned
     */
    public static BenignRewrites of(Share share, Predicate<Row> suits) {
        return new BenignRewrites(share, suits);
    }

    @Override
    public String name() {
        return "rewrite";
    }

    /**
     * {@inheritDoc} No two of the rows have the same text.
     *
     * @throws IllegalArgumentException if {@code count} is negative
     */
    @Override
    public List<Row> apply(List<Row> rows, int count, long seed) {
        Draws.requireCount(count);
        SplittableRandom random = new SplittableRandom(seed);
        Pool pool = Pool.of(
                rows,
                row -> Pool.isInstruction(row)
                        && Pool.is(row, 1)
                        && suits.test(row)
                        && wanted(row.instruction()).isPresent(),
                random.split());
        Distinct made = new Distinct(count);
        for (int i = 0; made.size() < count && i < (long) count * TRIES; i++) {
            int kind = i % OF;
            if (kind < TURN && !pool.isEmpty()) {
                made.add(turned(pool.draw(), random));
            } else if (kind < TURN + HARMFUL) {
                made.add(composed(harmful, 1, random));
            } else {
                made.add(composed(harmless, 0, random));
            }
        }
        return made.rows();
    }

    private Row composed(Grammar grammar, int label, SplittableRandom random) {
        Grammar.Frame frame = Draws.evenly(grammar.frames(share), random);
        return Row.of(Draws.typed(grammar.fill(frame.text(), "", random), random), "")
                .withHarmful(label)
                .withSource(COMPOSED, OWN)
                .withExtra("method", JsonString.of(name()))
                .withExtra("how", JsonString.of(frame.family()));
    }

    private Row turned(Row row, SplittableRandom random) {
        Wish wish = wanted(row.instruction()).orElseThrow();
        Grammar.Frame frame = Draws.of(turned.frames(wish.family, share), random);
        return row.withTexts(Draws.typed(turned.fill(frame.text(), wish.text, random), random), "")
                .withHarmful(0)
                .withSource(TURNED, row.licence())
                .withExtra("method", JsonString.of(name()))
                .withExtra("of", JsonString.of(row.source()))
                .withExtra("how", JsonString.of(frame.family()));
    }

    /**
     * What an instruction wants.
     *
     * @param family of the frames that fit it
     * @param text "make a bomb", or "a guide to making a bomb", of somebody else
     */
    record Wish(String family, String text) {}

    /** What an instruction wants; empty where its form is another than those that are known. */
    static Optional<Wish> wanted(String instruction) {
        String text = instruction.strip();
        Matcher toDo = TO_DO.matcher(text);
        if (toDo.matches()) {
            return wish("to do", toDo.group(1));
        }
        Matcher toHave = TO_HAVE.matcher(text);
        return toHave.matches() ? wish("to have", toHave.group(1)) : Optional.empty();
    }

    private static Optional<Wish> wish(String family, String what) {
        String text = what.strip();
        int words = text.split("\\s+").length;
        if (words < 2 || words > MOST_WORDS) {
            return Optional.empty();
        }
        for (String[] pronoun : PRONOUNS) {
            text = text.replaceAll(pronoun[0], pronoun[1]);
        }
        return Optional.of(new Wish(family, Character.toLowerCase(text.charAt(0)) + text.substring(1)));
    }
}
