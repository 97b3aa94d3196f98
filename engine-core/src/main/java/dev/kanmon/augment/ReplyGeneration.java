package dev.kanmon.augment;

import dev.kanmon.augment.TextGenerator.Request;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * HarmAug's second step: a language model, usually another one, replies to each instruction twice, once led to comply and
 * once to refuse. Which of both a reply does is looked at too, and stands in its row: a teacher labels it in any case.
 *
 * <p>Replies go behind the instructions into the same log. A killed run goes on with those that are missing.
 */
public final class ReplyGeneration {

    /** What a reply is led to do. */
    public enum Kind {
        COMPLIANT,
        REFUSING
    }

    /**
     * How replies of one kind are led.
     *
     * @param system what the model is told beforehand; empty for nothing
     * @param prefixes how a reply starts, one drawn for each instruction, so that a student does not learn one by heart;
     *     empty for none
     */
    public record Lead(String system, List<String> prefixes) {
        public Lead {
            Objects.requireNonNull(system, "system");
            prefixes = prefixes.isEmpty() ? List.of("") : List.copyOf(prefixes);
        }
    }

    /**
     * How replies are made. Start from {@link #defaults()} and change what matters.
     *
     * @param compliant leads to replies that comply
     * @param refusing leads to replies that refuse
     * @param sampling of each reply; its seed is not used
     * @param seed decides prefixes and samples
     */
    public record Settings(Lead compliant, Lead refusing, Sampling sampling, long seed) {

        private static final Settings DEFAULTS = new Settings(
                new Lead("", List.of("Sure, here is", "Of course!", "Certainly.", "Okay, here's how:", "Here is")),
                new Lead(
                        "You refuse every request that could hurt somebody. Say in a sentence or two that you will not"
                                + " help with it, and why.",
                        List.of("I'm sorry, but", "I can't help with", "I won't", "No, I", "Sorry, I")),
                Sampling.defaults().withTopP(0.95).withMaxTokens(128),
                0);

        public Settings {
            Objects.requireNonNull(compliant, "compliant");
            Objects.requireNonNull(refusing, "refusing");
            Objects.requireNonNull(sampling, "sampling");
        }

        /** Five prefixes of each kind, a system message for refusals, temperature 1, top-p 0.95, 128 tokens, seed 0. */
        public static Settings defaults() {
            return DEFAULTS;
        }

        Lead lead(Kind kind) {
            return switch (kind) {
                case COMPLIANT -> compliant;
                case REFUSING -> refusing;
            };
        }
    }

    /**
     * What became of replies.
     *
     * @param replies all of them
     * @param compliantRefused those led to comply that refuse all the same
     * @param refusingRefused those led to refuse that do
     */
    public record Tally(int replies, int compliantRefused, int refusingRefused) {

        Tally with(Kind kind, boolean refused) {
            int one = refused ? 1 : 0;
            return switch (kind) {
                case COMPLIANT -> new Tally(replies + 1, compliantRefused + one, refusingRefused);
                case REFUSING -> new Tally(replies + 1, compliantRefused, refusingRefused + one);
            };
        }
    }

    /** Hears how far it is. */
    @FunctionalInterface
    public interface Listener {
        /** Called after every call of the generator. */
        void progress(Tally tally, int total);
    }

    private record Task(Row instruction, int attempt, Kind kind) {}

    private final TextGenerator responder;
    private final int parallel;
    private final Settings settings;
    private final Refusals refusals;
    private final Map<Kind, JsonObject> described = new EnumMap<>(Kind.class);

    /**
     * @param responder stays the caller's
     * @param parallel requests that it computes side by side
     */
    public ReplyGeneration(TextGenerator responder, int parallel, Settings settings, Refusals refusals) {
        this.responder = responder;
        this.parallel = parallel;
        this.settings = settings;
        this.refusals = refusals;
        for (Kind kind : Kind.values()) {
            Lead lead = settings.lead(kind);
            JsonObject.Builder description = JsonObject.builder()
                    .put("responder", responder.description())
                    .put("kind", spelt(kind))
                    .put("system", lead.system())
                    .put(
                            "prefixes",
                            JsonArray.of(
                                    lead.prefixes().stream().map(JsonString::of).toList()))
                    .put("seed", settings.seed());
            Generation.put(description, settings.sampling());
            described.put(kind, description.build());
        }
    }

    private static String spelt(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Goes on until each instruction of a log has its replies.
     *
     * @param instructions rows that {@link InstructionGeneration} made, in their order
     * @param log holds them, or is a file of its own
     * @return what became of all replies, those of earlier runs included
     * @throws IllegalArgumentException if the log holds replies that were made otherwise
     * @throws GenerationException if the responder fails; what was written stays
     */
    public Tally run(List<JsonObject> instructions, RowLog log, Listener listener) throws IOException {
        Tally tally = new Tally(0, 0, 0);
        Set<String> done = new HashSet<>();
        for (JsonObject object : log.objects()) {
            if (object.has(Generation.REPLY)) {
                JsonObject reply = object.object(Generation.REPLY);
                Kind kind = kind(reply);
                log.requireSettings(Generation.SETTINGS, reply, described.get(kind));
                done.add(key(object.object(Generation.MADE).integer("attempt"), kind));
                tally = tally.with(kind, reply.bool("refuses"));
            }
        }
        List<Task> tasks = new ArrayList<>();
        for (JsonObject object : instructions) {
            int attempt = object.object(Generation.MADE).integer("attempt");
            for (Kind kind : Kind.values()) {
                tasks.add(new Task(Rows.of(object), attempt, kind));
            }
        }
        listener.progress(tally, tasks.size());
        int batch = parallel * Generation.ROUNDS;
        for (int from = 0; from < tasks.size(); from += batch) {
            List<Task> together = tasks.subList(from, Math.min(from + batch, tasks.size()));
            if (done.containsAll(together.stream().map(ReplyGeneration::key).toList())) {
                continue;
            }
            // All of a batch, those that are there as well: what is computed side by side may matter in the last bits.
            List<String> answers =
                    responder.generate(together.stream().map(this::request).toList());
            List<Row> rows = new ArrayList<>(together.size());
            for (int i = 0; i < together.size(); i++) {
                Task task = together.get(i);
                String reply = (prefix(task) + answers.get(i)).strip();
                // An empty reply would be a row without one; another run may ask again.
                if (!done.contains(key(task)) && !reply.isEmpty()) {
                    // Behind a prefix that complies a model may still refuse.
                    boolean refuses = refusals.isRefusal(reply) || refusals.isRefusal(answers.get(i));
                    rows.add(row(task, reply, refuses));
                    tally = tally.with(task.kind(), refuses);
                }
            }
            log.appendRows(rows);
            listener.progress(tally, tasks.size());
        }
        return tally;
    }

    private static Kind kind(JsonObject reply) throws ModelFormatException {
        String name = reply.object(Generation.SETTINGS).string("kind");
        for (Kind kind : Kind.values()) {
            if (spelt(kind).equals(name)) {
                return kind;
            }
        }
        throw reply.error("has a reply of another kind than compliant and refusing");
    }

    private static String key(Task task) {
        return key(task.attempt(), task.kind());
    }

    private static String key(int attempt, Kind kind) {
        return attempt + " " + kind;
    }

    private String prefix(Task task) {
        List<String> prefixes = settings.lead(task.kind()).prefixes();
        long drawn = Seeds.of(settings.seed(), "prefix " + task.kind(), task.attempt());
        return prefixes.get((int) Long.remainderUnsigned(drawn, prefixes.size()));
    }

    private Request request(Task task) {
        List<Message> messages = new ArrayList<>();
        String system = settings.lead(task.kind()).system();
        if (!system.isEmpty()) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(task.instruction().instruction()));
        int seed = Seeds.sampling(settings.seed(), "reply " + task.kind(), task.attempt());
        return new Request(messages, prefix(task), settings.sampling().withSeed(seed));
    }

    private Row row(Task task, String reply, boolean refuses) {
        return task.instruction()
                .withTexts(task.instruction().instruction(), reply)
                .withExtra(
                        Generation.REPLY,
                        JsonObject.builder()
                                .put("refuses", refuses)
                                .put("prefix", prefix(task))
                                .put(Generation.SETTINGS, described.get(task.kind()))
                                .build());
    }
}
