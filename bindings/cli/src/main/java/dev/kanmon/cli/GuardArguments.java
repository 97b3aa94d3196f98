package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.WindowPolicy;
import dev.kanmon.cli.Complaint.BadInput;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which guard, and how it judges: the same options for every command that gives verdicts. */
final class GuardArguments {

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

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Cut longer texts to one window of N tokens instead of reading them in several.")
    private Integer maxTokens;

    @Mixin
    private ComputeOptions compute;

    /** Opens the guard; without a wish of the user's it computes with {@code kernelsByDefault}, or the fastest. */
    Guard open(String kernelsByDefault) throws IOException, BadInput {
        return open(kernelsByDefault, model);
    }

    /** The same for another model; null for the bundled one. */
    Guard open(String kernelsByDefault, Path path) throws IOException, BadInput {
        GuardOptions options = GuardOptions.defaults().withThreads(compute.threads(ComputeOptions.processors()));
        String kernels = compute.kernels().orElse(kernelsByDefault);
        if (kernels != null) {
            options = options.withKernels(kernels);
        }
        if (compute.weights().isPresent()) {
            options = options.withWeights(compute.weights().get());
        }
        if (threshold != null) {
            if (!(threshold >= 0 && threshold <= 1)) {
                throw new BadInput("--threshold: found " + threshold + ", expected a probability from 0 to 1");
            }
            options = options.withThreshold(threshold);
        }
        if (maxTokens != null) {
            if (maxTokens < 1) {
                throw new BadInput("--max-tokens: found " + maxTokens + ", expected at least 1");
            }
            options = options.withWindows(WindowPolicy.truncate(maxTokens));
        }
        return path == null ? Guard.bundled(options) : Guard.load(path, options);
    }

    /** What the guard is called in a heading. */
    String name() {
        return model == null ? "the bundled guard" : model.toString();
    }
}
