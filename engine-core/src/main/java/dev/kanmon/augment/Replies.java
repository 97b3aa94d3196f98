package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Makes pairs whose label only the reply decides, so that a guard has to read it: harmful instructions with a refusal
 * (harmless), with the reply to another, harmless instruction (harmless); harmless instructions with the reply that
 * somebody else got (its label), or with a refusal (harmless); pairs of the data with an agreeing or a hedging frame
 * around the reply (their label); and posts as replies to somebody who asks for a post (the post's label).
 *
 * <p>The frames ({@code replies.txt}) are the project's own words.
 */
public final class Replies implements Method {

    /** The source of rows that this makes. */
    public static final String SOURCE = "kanmon-replies";

    private static final String OWN = "Apache-2.0";
    private static final int TRIES = 20;

    private final Grammar grammar = Grammar.of("words.txt", "replies.txt");
    private final Share share;
    private final Predicate<Row> posts;

    private enum Kind {
        REFUSED,
        REFUSED_TOO,
        HARMLESS_AFTER_HARMFUL,
        HARMFUL_AFTER_HARMLESS,
        AGREEING,
        HEDGING,
        HARMFUL_POST,
        HARMLESS_POST
    }

    private Replies(Share share, Predicate<Row> posts) {
        this.share = share;
        this.posts = posts;
    }

    /** Every frame, and no posts. */
    public static Replies all() {
        return of(Share.ALL, _ -> false);
    }

    /**
     * Some of the frames.
     *
     * @param posts whether the instruction of a row is a post: a text that somebody wrote for others, and asks for nothing
     */
    public static Replies of(Share share, Predicate<Row> posts) {
        return new Replies(share, posts);
    }

    @Override
    public String name() {
        return "reply";
    }

    /**
     * {@inheritDoc} No two of the rows have the same texts.
     *
     * @throws IllegalArgumentException if {@code count} is negative
     */
    @Override
    public List<Row> apply(List<Row> rows, int count, long seed) {
        Draws.requireCount(count);
        SplittableRandom random = new SplittableRandom(seed);
        List<Pool> asked = byLabel(rows, row -> Pool.isInstruction(row) && !posts.test(row), random);
        List<Pool> pairs = byLabel(rows, row -> !row.response().isEmpty(), random);
        List<Pool> posted = byLabel(rows, row -> Pool.isInstruction(row) && posts.test(row), random);
        Distinct made = new Distinct(count);
        for (int i = 0; made.size() < count && i < (long) count * TRIES; i++) {
            Kind kind = Kind.values()[i % Kind.values().length];
            Row row =
                    switch (kind) {
                        case REFUSED -> refused(asked.get(1), random);
                        case REFUSED_TOO -> refused(asked.get(i / Kind.values().length % 4 == 0 ? 0 : 1), random);
                        case HARMLESS_AFTER_HARMFUL -> crossed(asked.get(1), pairs.get(0));
                        case HARMFUL_AFTER_HARMLESS -> crossed(asked.get(0), pairs.get(1));
                        case AGREEING -> framed("agreeing", pairs.get(i / Kind.values().length % 2), random);
                        case HEDGING -> framed("hedging", pairs.get(1), random);
                        case HARMFUL_POST -> posted(posted.get(1), random);
                        case HARMLESS_POST -> posted(posted.get(0), random);
                    };
            if (row != null) {
                made.add(row.withExtra("method", JsonString.of(name()))
                        .withExtra(
                                "how",
                                JsonString.of(
                                        kind.name().toLowerCase(Locale.ROOT).replace('_', ' '))));
            }
        }
        return made.rows();
    }

    /** Harmless rows first, then harmful ones. */
    private static List<Pool> byLabel(List<Row> rows, Predicate<Row> suits, SplittableRandom random) {
        List<Pool> pools = new ArrayList<>();
        for (int label = 0; label < 2; label++) {
            int wanted = label;
            pools.add(Pool.of(rows, row -> Pool.is(row, wanted) && suits.test(row), random.split()));
        }
        return pools;
    }

    private Row refused(Pool asked, SplittableRandom random) {
        if (asked.isEmpty()) {
            return null;
        }
        Row row = asked.draw();
        return row.withTexts(row.instruction(), frame("refusal", "", random))
                .withHarmful(0)
                .withSource(SOURCE, row.licence());
    }

    private static Row crossed(Pool asked, Pool pairs) {
        if (asked.isEmpty() || pairs.isEmpty()) {
            return null;
        }
        Row instruction = asked.draw();
        Row reply = pairs.draw();
        String licence = instruction.licence().equals(reply.licence())
                ? reply.licence()
                : instruction.licence() + " + " + reply.licence();
        return reply.withTexts(instruction.instruction(), reply.response()).withSource(SOURCE, licence);
    }

    private Row framed(String family, Pool pairs, SplittableRandom random) {
        if (pairs.isEmpty()) {
            return null;
        }
        Row row = pairs.draw();
        return row.withTexts(row.instruction(), frame(family, row.response(), random))
                .withSource(SOURCE, row.licence());
    }

    private Row posted(Pool posts, SplittableRandom random) {
        if (posts.isEmpty()) {
            return null;
        }
        Row row = posts.draw();
        return row.withTexts(frame("request for a post", "", random), row.instruction())
                .withSource(SOURCE, row.licence());
    }

    private String frame(String family, String reply, SplittableRandom random) {
        return grammar.fill(Draws.of(grammar.frames(family, share), random).text(), reply, random);
    }
}
