package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.convert.ModelConverter;
import dev.kanmon.formats.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
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
            description = "Store large tensors as f32, f16, bf16 or q8_0 (default: as they are).")
    private String type;

    @Parameters(index = "0", paramLabel = "SRC", description = "A model directory or a GGUF file.")
    private Path source;

    @Parameters(index = "1", paramLabel = "DST", description = "Where to write.")
    private Path target;

    @Override
    public Integer call() throws IOException, BadInput {
        Optional<DType> stored = type();
        ModelConverter.Report report;
        try (Progress progress = new Progress(streams, "converting", "bytes", 1)) {
            report = ModelConverter.convert(source, target, stored, progress::update);
        }
        streams.note(String.format(
                Locale.ROOT, "%s: %d tensors, %.1f MB", target, report.tensors(), (double) report.bytes() / MEGABYTE));
        if (!report.leftOut().isEmpty()) {
            streams.note("left out, since the model has no place for them: " + String.join(", ", report.leftOut()));
        }
        return ExitStatus.OK;
    }

    private Optional<DType> type() throws BadInput {
        if (type == null) {
            return Optional.empty();
        }
        return Optional.of(
                switch (type.toLowerCase(Locale.ROOT)) {
                    case "f32" -> DType.F32;
                    case "f16" -> DType.F16;
                    case "bf16" -> DType.BF16;
                    case "q8_0" -> DType.Q8_0;
                    default -> throw new BadInput("--type: found " + type + ", expected f32, f16, bf16 or q8_0");
                });
    }
}
