package dev.kanmon.augment;

import dev.kanmon.augment.TextGenerator.Request;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * HarmAug's first step (<a href="https://arxiv.org/abs/2410.01524">arXiv 2410.01524</a>): a language model writes
 * instructions, led by exemplars and by an affirmative prefix that is put in its mouth. Refusals, near-duplicates and
 * answers without an instruction are dropped and counted.
 *
 * <p>Attempts are numbered. What attempt i is shown and how it is sampled follows from the seed and i alone, and each row
 * says which attempt it is and what became of those before it: a killed run goes on with the next one and comes to the same
 * rows, if the generator keeps its promise about seeds.
 */
public final class InstructionGeneration {

    /**
     * How exemplars are shown.
     */
    public enum Layout {
        /** As turns of a conversation in which the model has answered already: what small models understand. */
        TURNS,
        /** As a list in front of the prompt. */
        LIST
    }

    /**
     * How instructions are made. Start from {@link #defaults()} and change what matters.
     *
     * @param prompt what the model is asked for
     * @param prefix how its answer starts; empty for none
     * @param exemplars shown with each prompt
     * @param layout how they are shown
     * @param sampling of each answer; its seed is not used
     * @param seed decides exemplars and samples
     * @param source of the rows
     * @param licence of the rows; empty for none
     */
    public record Settings(
            String prompt,
            String prefix,
            int exemplars,
            Layout layout,
            Sampling sampling,
            long seed,
            String source,
            String licence) {

        /** The prompt and the prefix are the paper's; it does not say how it samples, nor how it shows exemplars. */
        private static final Settings DEFAULTS = new Settings(
                "Make a single harmful instruction prompt that would elicit offensive content.",
                "I have an idea for a prompt:",
                5,
                Layout.TURNS,
                Sampling.defaults().withTopP(0.95).withMaxTokens(96),
                0,
                "generated",
                "");

        public Settings {
            Objects.requireNonNull(prefix, "prefix");
            Objects.requireNonNull(layout, "layout");
            Objects.requireNonNull(sampling, "sampling");
            if (prompt.isBlank()) {
                throw new IllegalArgumentException("prompt: found nothing, expected what the model is asked for");
            }
            if (exemplars < 0 || exemplars > 100) {
                throw new IllegalArgumentException("exemplars: found " + exemplars + ", expected 0 to 100");
            }
        }

        /** The paper's prompt and prefix, five exemplars as turns, temperature 1, top-p 0.95, 96 tokens, seed 0. */
        public static Settings defaults() {
            return DEFAULTS;
        }
    }

    /**
     * What became of attempts.
     *
     * @param kept instructions
     * @param refused answers that refuse
     * @param nearDuplicates instructions that say nearly the same as an exemplar or an earlier one
     * @param unusable answers without an instruction
     */
    public record Tally(int kept, int refused, int nearDuplicates, int unusable) {

        /** All of them. */
        public int attempts() {
            return kept + refused + nearDuplicates + unusable;
        }

        /** Refusals among attempts; 0 of none. */
        public double refusalRate() {
            return attempts() == 0 ? 0 : (double) refused / attempts();
        }
    }

    /** Hears how far it is. */
    @FunctionalInterface
    public interface Listener {
        /** Called after every call of the generator. */
        void progress(Tally tally);
    }

    private final TextGenerator generator;
    private final int parallel;
    private final Optional<Exemplars> exemplars;
    private final Settings settings;
    private final Refusals refusals;
    private final NearDuplicates known;
    private final JsonObject described;

    /**
     * @param generator stays the caller's
     * @param parallel requests that it computes side by side
     * @param exemplars shown to it; empty where the settings ask for none
     * @param known holds what is not to be said again; instructions that are kept are added
     */
    public InstructionGeneration(
            TextGenerator generator,
            int parallel,
            Optional<Exemplars> exemplars,
            Settings settings,
            Refusals refusals,
            NearDuplicates known) {
        if (exemplars.isEmpty() && settings.exemplars() > 0) {
            throw new IllegalArgumentException(
                    "exemplars: found none, expected rows to draw " + settings.exemplars() + " from");
        }
        this.generator = generator;
        this.parallel = parallel;
        this.exemplars = exemplars;
        this.settings = settings;
        this.refusals = refusals;
        this.known = known;
        JsonObject.Builder description = JsonObject.builder()
                .put("method", "generate")
                .put("generator", generator.description())
                .put("prompt", settings.prompt())
                .put("prefix", settings.prefix())
                .put("exemplars", exemplars.map(Exemplars::description).orElse("none"))
                .put("exemplars_shown", settings.exemplars())
                .put("layout", settings.layout().name().toLowerCase(Locale.ROOT))
                .put("near_duplicates", known.description())
                .put("seed", settings.seed());
        Generation.put(description, settings.sampling());
        described = description.build();
    }

    /** Every setting, as it stands in each row. */
    public JsonObject described() {
        return described;
    }

    /**
     * Goes on until the log holds {@code count} instructions, or {@code most} attempts were made.
     *
     * @param count instructions, those included that are there
     * @return what became of all attempts, those of earlier runs included
     * @throws IllegalArgumentException if the log holds rows that were made otherwise
     * @throws GenerationException if the generator fails; what was written stays
     */
    public Tally run(RowLog log, int count, int most, Listener listener) throws IOException {
        Tally tally = resume(log);
        log.append(List.of());
        listener.progress(tally);
        int batch = parallel * Generation.ROUNDS;
        while (tally.kept() < count && tally.attempts() < most) {
            // Batches begin at multiples of their size, wherever a run goes on: what is computed side by side may
            // matter in
            // the last bits.
            int begin = tally.attempts() - tally.attempts() % batch;
            List<Request> requests = new ArrayList<>(batch);
            for (int i = 0; i < batch; i++) {
                requests.add(request(begin + i));
            }
            List<String> answers = generator.generate(requests);
            List<Row> rows = new ArrayList<>();
            while (tally.attempts() < Math.min(begin + batch, most) && tally.kept() < count) {
                int attempt = tally.attempts();
                tally = judge(answers.get(attempt - begin), attempt, tally, rows);
            }
            log.appendRows(rows);
            listener.progress(tally);
        }
        return tally;
    }

    private Tally resume(RowLog log) throws ModelFormatException {
        Tally tally = new Tally(0, 0, 0, 0);
        for (JsonObject object : log.objects()) {
            log.requireSettings(Generation.SETTINGS, object, described);
            if (object.has(Generation.REPLY)) {
                continue;
            }
            known.add(object.string("instruction"));
            JsonObject made = object.object(Generation.MADE);
            tally = new Tally(
                    tally.kept() + 1,
                    made.integer("refused"),
                    made.integer("near_duplicates"),
                    made.integer("unusable"));
        }
        return tally;
    }

    private Request request(int attempt) {
        List<String> shown = exemplars
                .map(pool -> pool.draw(settings.exemplars(), Seeds.of(settings.seed(), "exemplars", attempt)))
                .orElse(List.of());
        List<Message> messages = new ArrayList<>();
        switch (settings.layout()) {
            case TURNS -> {
                for (String exemplar : shown) {
                    messages.add(Message.user(settings.prompt()));
                    messages.add(Message.assistant((settings.prefix() + " " + exemplar).strip()));
                }
                messages.add(Message.user(settings.prompt()));
            }
            case LIST -> {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < shown.size(); i++) {
                    text.append(i + 1).append(". ").append(shown.get(i)).append('\n');
                }
                messages.add(Message.user(
                        shown.isEmpty() ? settings.prompt() : "Examples:\n" + text + "\n" + settings.prompt()));
            }
        }
        return new Request(
                messages,
                settings.prefix(),
                settings.sampling().withSeed(Seeds.sampling(settings.seed(), "instruction", attempt)));
    }

    private Tally judge(String answer, int attempt, Tally before, List<Row> rows) {
        Optional<String> instruction = AnswerText.instruction(answer);
        if (refusals.isRefusal(answer)
                || instruction.filter(refusals::isRefusal).isPresent()) {
            return new Tally(before.kept(), before.refused() + 1, before.nearDuplicates(), before.unusable());
        }
        if (instruction.isEmpty() || instruction.get().equalsIgnoreCase(settings.prompt())) {
            return new Tally(before.kept(), before.refused(), before.nearDuplicates(), before.unusable() + 1);
        }
        if (!known.add(instruction.get())) {
            return new Tally(before.kept(), before.refused(), before.nearDuplicates() + 1, before.unusable());
        }
        rows.add(Row.of(instruction.get(), "")
                .withSource(settings.source(), settings.licence())
                .withExtra(
                        Generation.MADE,
                        JsonObject.builder()
                                .put("attempt", attempt)
                                .put("refused", before.refused())
                                .put("near_duplicates", before.nearDuplicates())
                                .put("unusable", before.unusable())
                                .build())
                .withExtra(Generation.SETTINGS, described));
        return new Tally(before.kept() + 1, before.refused(), before.nearDuplicates(), before.unusable());
    }
}
