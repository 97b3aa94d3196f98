package dev.kanmon.cli;

import dev.kanmon.augment.EmbeddingDuplicates;
import dev.kanmon.augment.Exemplars;
import dev.kanmon.augment.InstructionGeneration;
import dev.kanmon.augment.NearDuplicates;
import dev.kanmon.augment.Refusals;
import dev.kanmon.augment.ReplyGeneration;
import dev.kanmon.augment.ShingleDuplicates;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What {@code augment --method generate} asks its models for, and what it keeps. */
final class GenerateArguments {

    private static final InstructionGeneration.Settings INSTRUCTIONS = InstructionGeneration.Settings.defaults();
    private static final ReplyGeneration.Settings REPLIES = ReplyGeneration.Settings.defaults();

    @Option(
            names = "--generator",
            paramLabel = "FILE.gguf",
            description = "generate: the model that writes instructions, run by llama.cpp.")
    private String generator;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "generate: a server that speaks OpenAI's protocol, instead of --generator.")
    private String endpoint;

    @Option(names = "--endpoint-model", paramLabel = "NAME", description = "generate: what the server calls its model.")
    private String endpointModel;

    @Option(
            names = "--responder",
            paramLabel = "FILE.gguf|URL|same",
            description = "generate: the model that replies to each instruction twice, led to comply and led to refuse;"
                    + " 'same' for the one that wrote it (default: no replies).")
    private String responder;

    @Option(
            names = "--responder-model",
            paramLabel = "NAME",
            description = "generate: what the responder's server calls its model.")
    private String responderModel;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "generate: what the model is asked for (default: HarmAug's prompt).")
    private String prompt = INSTRUCTIONS.prompt();

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            description = "generate: how its answer starts, '' for none (default: HarmAug's affirmative prefix).")
    private String prefix = INSTRUCTIONS.prefix();

    @Option(
            names = "--exemplars",
            paramLabel = "K",
            description = "generate: rows of FILE.jsonl shown each time (default: 5; 0 needs no file).")
    private int exemplars = INSTRUCTIONS.exemplars();

    @Option(
            names = "--exemplar-label",
            paramLabel = "0|1",
            description = "generate: the label of the rows that are shown (default: 1).")
    private int exemplarLabel = 1;

    @Option(
            names = "--layout",
            paramLabel = "turns|list",
            description = "generate: show them as turns of a conversation or as a list (default: turns).")
    private String layout = "turns";

    @Option(
            names = "--compliant-prefix",
            paramLabel = "TEXT",
            description = "generate: how a reply that complies starts; several may be given.")
    private List<String> compliantPrefixes = REPLIES.compliant().prefixes();

    @Option(
            names = "--compliant-system",
            paramLabel = "TEXT",
            description = "generate: what the responder is told first (default: nothing).")
    private String compliantSystem = REPLIES.compliant().system();

    @Option(
            names = "--refusing-prefix",
            paramLabel = "TEXT",
            description = "generate: how a reply that refuses starts; several may be given.")
    private List<String> refusingPrefixes = REPLIES.refusing().prefixes();

    @Option(
            names = "--refusing-system",
            paramLabel = "TEXT",
            description = "generate: what the responder is told first (default: to refuse).")
    private String refusingSystem = REPLIES.refusing().system();

    @Option(
            names = "--near-duplicates",
            paramLabel = "minhash|cosine|none",
            description =
                    "generate: drop instructions that share words with another or an exemplar, or also those whose"
                            + " embedding is near (default: minhash).")
    private String nearDuplicates = "minhash";

    @Option(
            names = "--similarity",
            paramLabel = "S",
            description = "generate: from which on they are near (default: Jaccard index 0.6, cosine 0.9).")
    private Double similarity;

    @Option(
            names = "--encoder",
            paramLabel = "DIR|FILE.gguf",
            description = "generate: whose embeddings --near-duplicates cosine compares.")
    private Path encoder;

    @Option(
            names = "--refusals",
            paramLabel = "FILE",
            description = "generate: lines 'start PHRASE' and 'early PHRASE' (default: Kanmon's, for English).")
    private Path refusals;

    @Option(
            names = "--source",
            paramLabel = "NAME",
            description = "generate: the source of the rows (default: generated).")
    private String source = INSTRUCTIONS.source();

    @Option(names = "--licence", paramLabel = "NAME", description = "generate: the licence of the rows.")
    private String licence = INSTRUCTIONS.licence();

    @Option(
            names = "--max-attempts",
            paramLabel = "N",
            description = "generate: give up after so many answers (default: 20 for each instruction).")
    private Integer maxAttempts;

    /** A model to open. */
    record Place(String location, String model) {}

    /** Who writes instructions. */
    Place generator() throws BadInput {
        if ((generator == null) == (endpoint == null)) {
            throw new BadInput("augment: name one of --generator FILE.gguf and --endpoint URL");
        }
        if (endpoint != null && endpointModel == null) {
            throw new BadInput("--endpoint-model: name the model of " + endpoint);
        }
        return generator != null ? new Place(generator, null) : new Place(endpoint, endpointModel);
    }

    /** Who replies, if somebody does. */
    Optional<Place> responder() throws BadInput {
        if (responder == null) {
            return Optional.empty();
        }
        return Optional.of(responder.equals("same") ? generator() : new Place(responder, responderModel));
    }

    /** How many rows are shown each time. */
    int exemplars() {
        return exemplars;
    }

    /** The label of those. */
    int exemplarLabel() {
        return exemplarLabel;
    }

    /** After how many answers to give up. */
    int maxAttempts(int count) {
        return maxAttempts != null ? maxAttempts : Math.clamp(20L * count, count, Integer.MAX_VALUE);
    }

    Refusals refusals() throws IOException {
        return refusals == null ? Refusals.standard() : Refusals.of(refusals);
    }

    InstructionGeneration.Settings instructions(GeneratorArguments generating, long seed) throws BadInput {
        InstructionGeneration.Layout chosen =
                switch (layout.toLowerCase(Locale.ROOT)) {
                    case "turns" -> InstructionGeneration.Layout.TURNS;
                    case "list" -> InstructionGeneration.Layout.LIST;
                    default -> throw new BadInput("--layout: found " + layout + ", expected turns or list");
                };
        return new InstructionGeneration.Settings(
                prompt, prefix, exemplars, chosen, generating.ofInstructions(), seed, source, licence);
    }

    ReplyGeneration.Settings replies(GeneratorArguments generating, long seed) {
        return new ReplyGeneration.Settings(
                new ReplyGeneration.Lead(compliantSystem, compliantPrefixes),
                new ReplyGeneration.Lead(refusingSystem, refusingPrefixes),
                generating.ofReplies(),
                seed);
    }

    /** What tells near-duplicates, closed by the caller. */
    Known known(Optional<Exemplars> exemplarRows) throws IOException, BadInput {
        return switch (nearDuplicates.toLowerCase(Locale.ROOT)) {
            case "none" -> new Known(NearDuplicates.none(), () -> {});
            case "minhash" ->
                new Known(
                        shingles(exemplarRows, similarity == null ? ShingleDuplicates.DEFAULT_BOUND : similarity),
                        () -> {});
            case "cosine" -> {
                if (encoder == null) {
                    throw new BadInput("--encoder: name the model whose embeddings are compared");
                }
                EmbeddingDuplicates embeddings = EmbeddingDuplicates.load(
                        encoder,
                        similarity == null ? EmbeddingDuplicates.DEFAULT_BOUND : similarity,
                        Model.Options.defaults().withThreads(ComputeOptions.processors()));
                yield new Known(
                        NearDuplicates.either(shingles(exemplarRows, ShingleDuplicates.DEFAULT_BOUND), embeddings),
                        embeddings::close);
            }
            default ->
                throw new BadInput("--near-duplicates: found " + nearDuplicates + ", expected minhash, cosine or none");
        };
    }

    private static ShingleDuplicates shingles(Optional<Exemplars> exemplarRows, double bound) {
        ShingleDuplicates shingles = new ShingleDuplicates(bound);
        exemplarRows.ifPresent(rows -> rows.texts().forEach(shingles::add));
        return shingles;
    }

    /** Near-duplicates, and what frees what they hold. */
    record Known(NearDuplicates texts, Runnable release) implements AutoCloseable {
        @Override
        public void close() {
            release.run();
        }
    }
}
