package dev.kanmon.cli;

import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.Sampling;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.augment.TextGenerators;
import java.io.IOException;
import picocli.CommandLine.Option;

/** How language models are run and how they draw: the same options for every command that has one write. */
final class GeneratorArguments {

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "4",
            description = "Answers computed side by side (default: ${DEFAULT-VALUE}).")
    private int parallel;

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            defaultValue = "2048",
            description = "Room for a prompt and its answer (default: ${DEFAULT-VALUE}).")
    private int context;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to compute with (default: one for each processor).")
    private Integer threads;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "1",
            description = "Divides the logits; 0 takes the likeliest token (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "0.95",
            description = "Keep the likeliest tokens that have this probability together (default: ${DEFAULT-VALUE}).")
    private double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Keep so many of the likeliest tokens; 0 for all (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Keep tokens at least so many times as likely as the likeliest (default: ${DEFAULT-VALUE}).")
    private double minP;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "96",
            description = "An instruction ends after so many tokens (default: ${DEFAULT-VALUE}).")
    private int maxTokens;

    @Option(
            names = "--reply-tokens",
            paramLabel = "N",
            defaultValue = "128",
            description = "A reply ends after so many tokens (default: ${DEFAULT-VALUE}).")
    private int replyTokens;

    /** Answers computed side by side. */
    int parallel() {
        return parallel;
    }

    /** How instructions are drawn. */
    Sampling ofInstructions() {
        return Sampling.defaults()
                .withTemperature(temperature)
                .withTopP(topP)
                .withTopK(topK)
                .withMinP(minP)
                .withMaxTokens(maxTokens);
    }

    /** How replies are drawn. */
    Sampling ofReplies() {
        return ofInstructions().withMaxTokens(replyTokens);
    }

    /**
     * Opens a model.
     *
     * @param model the name that a server knows it by; null for a file
     */
    TextGenerator open(String location, String model) throws IOException {
        GeneratorOptions options = GeneratorOptions.defaults()
                .withParallel(parallel)
                .withContextTokens(context)
                .withThreads(threads == null ? ComputeOptions.processors() : threads);
        return TextGenerators.open(location, model == null ? options : options.withModel(model));
    }
}
