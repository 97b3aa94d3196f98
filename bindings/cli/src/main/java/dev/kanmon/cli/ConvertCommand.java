package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.convert.ModelConverter;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.formats.DType;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon convert}: the same model in another file. */
@Command(
        name = "convert",
        description = {
            "Writes a model again: DST.gguf is one GGUF file with configuration, tokenizer and weights;",
            "DST.safetensors the tensors alone; any other DST a Hugging Face directory."
        })
final class ConvertCommand extends KanmonCommand {

    private static final long MEGABYTE = 1_000_000;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = {
                "Store large tensors as f32, f16, bf16, or in GGUF also q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q6_k",
                "(default: as they are)."
            })
    private String type;

    @Option(
            names = "--packed",
            description = {
                "Write a packed model, which starts without work on its weights: DST.gguf has the matrices in the"
                        + " order",
                "that is computed on. --type is for its tables of embeddings then."
            })
    private boolean packed;

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            description = "With --packed, keep weights as f32, bf16 or int8 (default: f32).")
    private String weights;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The model's config.json, where it does not lie beside the weights.")
    private Path config;

    @Option(
            names = "--heads",
            paramLabel = "N",
            description = "Heads of attention, for a TensorFlow checkpoint of BERT without a configuration.")
    private Integer heads;

    @Parameters(
            index = "0",
            paramLabel = "SRC",
            description = {
                "A model directory, a GGUF file, or weights (.safetensors, .bin, .onnx, TensorFlow's .index)",
                "beside their config.json. ONNX models of BERT need none."
            })
    private Path source;

    @Parameters(index = "1", paramLabel = "DST", description = "Where to write.")
    private Path target;

    @Override
    public Integer call() throws IOException, BadInput {
        Optional<DType> stored = type();
        if (weights != null && !packed) {
            throw new BadInput("--weights is for --packed; --type says how weights are stored otherwise");
        }
        WeightType kept = ComputeOptions.weights(weights).orElse(WeightType.F32);
        ModelConverter.Report report;
        try (Progress progress = new Progress(streams, packed ? "packing" : "converting", "bytes", 1)) {
            report = packed
                    ? ModelConverter.pack(source, supplement(), target, WeightPlan.of(kept), stored, progress::update)
                    : ModelConverter.convert(source, supplement(), target, stored, progress::update);
        }
        streams.note(String.format(
                Locale.ROOT, "%s: %d tensors, %.1f MB", target, report.tensors(), (double) report.bytes() / MEGABYTE));
        if (!report.leftOut().isEmpty()) {
            streams.note("left out, since the model has no place for them: " + String.join(", ", report.leftOut()));
        }
        if (!report.tokenizer()) {
            streams.note("without a tokenizer, since none lies beside the weights");
        }
        return ExitStatus.OK;
    }

    private ModelFiles.Supplement supplement() throws BadInput {
        if (heads != null && heads < 1) {
            throw new BadInput("--heads: found " + heads + ", expected at least 1");
        }
        return new ModelFiles.Supplement(
                Optional.ofNullable(config), heads == null ? OptionalInt.empty() : OptionalInt.of(heads));
    }

    private Optional<DType> type() throws BadInput {
        if (type == null) {
            return Optional.empty();
        }
        for (DType known : DType.values()) {
            if (known.isWritable() && known.name().equalsIgnoreCase(type)) {
                return Optional.of(known);
            }
        }
        throw new BadInput("--type: found " + type + ", expected one of "
                + DType.writableNames().toLowerCase(Locale.ROOT));
    }
}
