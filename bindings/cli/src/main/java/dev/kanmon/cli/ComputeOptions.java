package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How to compute: the same options for every command that runs a model. */
final class ComputeOptions {

    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description = "Compute with these kernels: scalar, vector, machine (default: the fastest that works here).")
    private String kernels;

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            description = "Keep weights in memory as f32, bf16 or int8 (default: f32).")
    private String weights;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to compute with (default: one for each processor).")
    private Integer threads;

    /** The kernels that were asked for. */
    Optional<String> kernels() {
        return Optional.ofNullable(kernels);
    }

    /** The kernels that were asked for, else the fastest. */
    KernelChoice choice() {
        return kernels == null ? KernelChoice.automatic() : KernelChoice.of(kernels);
    }

    /** The type that was asked for. */
    Optional<WeightType> weights() throws BadInput {
        return weights(weights);
    }

    /** The type of a {@code --weights}; empty for null. */
    static Optional<WeightType> weights(String name) throws BadInput {
        if (name == null) {
            return Optional.empty();
        }
        return Optional.of(
                switch (name.toLowerCase(Locale.ROOT)) {
                    case "f32" -> WeightType.F32;
                    case "bf16" -> WeightType.BF16;
                    case "int8" -> WeightType.INT8;
                    default -> throw new BadInput("--weights: found " + name + ", expected f32, bf16 or int8");
                });
    }

    /**
     * Loads a model.
     *
     * @throws IllegalArgumentException if it is packed with other weights than were asked for
     */
    Model load(Path path, Model.Options options) throws IOException, BadInput {
        ModelFiles files = ModelFiles.open(path);
        try {
            files.requireWeights(weights());
        } catch (IllegalArgumentException | BadInput e) {
            files.close();
            throw e;
        }
        return Model.load(files, options);
    }

    /** The number of threads that was asked for, else {@code byDefault}. */
    int threads(int byDefault) throws BadInput {
        int count = threads == null ? byDefault : threads;
        if (count < 1 || count > 1024) {
            throw new BadInput("--threads: found " + count + ", expected 1 to 1024");
        }
        return count;
    }

    /** One thread for each processor. */
    static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }
}
