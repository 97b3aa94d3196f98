package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which guard, and how it judges: the same options for every command that has one. */
class GuardArguments {

    @Option(
            names = "--model",
            paramLabel = "DIR|FILE.gguf",
            description = "A Hugging Face directory or a GGUF file (default: the guard that comes with kanmon).")
    private Path model;

    @Option(
            names = "--threshold",
            paramLabel = "T",
            description = "Probability from which on a text is harmful (default: the model's, or 0.5).")
    private Double threshold;

    @Mixin
    private WindowArguments windows;

    @Mixin
    private ComputeOptions compute;

    /**
     * Up to so many characters the bundled guard judges a text with the scalar kernels: they are quick from the first
     * call, while the Vector API pays for its compilation first (README, "What a start is made of").
     */
    private static final int SHORT_TEXT = 1500;

    /** The same for other models: what the bundled guard computes for that text, some 375 tokens. */
    private static final double SMALL_WORK = 8e9;

    /** Characters of English to a token. */
    private static final int TOKEN_LENGTH = 4;

    /** Opens the guard; without a wish of the user's it computes with the fastest kernels. */
    final Guard open() throws IOException, BadInput {
        return open(options(null), model);
    }

    /** Opens the guard for a single text of this length; without a wish of the user's it starts the fastest way. */
    final Guard openForOne(int characters) throws IOException, BadInput {
        return open(options(isSmallWork(characters) ? "scalar" : null), model);
    }

    private boolean isSmallWork(int characters) throws IOException {
        if (model == null) {
            return characters <= SHORT_TEXT;
        }
        try (ModelFiles files = ModelFiles.open(model)) {
            EncoderConfig encoder = files.config().encoder();
            return encoder.loadingFlops() + encoder.flops(3 + characters / TOKEN_LENGTH) <= SMALL_WORK;
        }
    }

    /** Opens the guard with its own threshold, whatever the user's wish. */
    final Guard openWithoutPolicy() throws IOException, BadInput {
        return open(computing(null), model);
    }

    /**
     * Opens another model, judged alike.
     *
     * @param other null for the guard that comes along
     */
    final Guard open(Path other) throws IOException, BadInput {
        return open(options(null), other);
    }

    /** Opens the guard with these options in place of the user's. */
    final Guard open(GuardOptions options) throws IOException {
        return open(options, model);
    }

    private static Guard open(GuardOptions options, Path path) throws IOException {
        return path == null ? Guard.bundled(options) : Guard.load(path, options);
    }

    /** The model that was named. */
    final Optional<Path> model() {
        return Optional.ofNullable(model);
    }

    /** The type of weights that was named. */
    final Optional<WeightType> weights() throws BadInput {
        return compute.weights();
    }

    /** What the user asked for. */
    final GuardOptions options() throws BadInput {
        return options(null);
    }

    /** The threshold that was named. */
    final Optional<Double> threshold() {
        return Optional.ofNullable(threshold);
    }

    /** The same options with a policy, where the command knows of any. */
    GuardOptions withPolicy(GuardOptions options) throws BadInput {
        return options;
    }

    private GuardOptions options(String kernelsByDefault) throws BadInput {
        GuardOptions options = computing(kernelsByDefault);
        if (threshold != null) {
            if (!(threshold >= 0 && threshold <= 1)) {
                throw new BadInput("--threshold: found " + threshold + ", expected a probability from 0 to 1");
            }
            options = options.withThreshold(threshold);
        }
        return withPolicy(options);
    }

    /** The options without those that say what the result means. */
    private GuardOptions computing(String kernelsByDefault) throws BadInput {
        GuardOptions options = GuardOptions.defaults().withThreads(compute.threads(ComputeOptions.processors()));
        String kernels = compute.kernels().orElse(kernelsByDefault);
        if (kernels != null) {
            options = options.withKernels(kernels);
        }
        if (compute.weights().isPresent()) {
            options = options.withWeights(compute.weights().get());
        }
        return windows.applyTo(options);
    }

    /** What the guard is called in a heading. */
    final String name() {
        return model == null ? "the bundled guard" : model.toString();
    }
}
