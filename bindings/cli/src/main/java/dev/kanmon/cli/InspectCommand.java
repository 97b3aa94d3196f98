package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon inspect}: what a model or a tensor file holds, and whether it is whole. */
@Command(
        name = "inspect",
        description = "Shows and checks the configuration and tensors of a model directory or a tensor file.")
final class InspectCommand extends KanmonCommand {

    private static final int SHOWN_VALUE_CHARACTERS = 80;

    @Option(names = "--json", description = "Write one JSON object.")
    private boolean json;

    @Parameters(paramLabel = "PATH", description = "A model directory, a GGUF file or a safetensors file.")
    private Path path;

    @Override
    public Integer call() throws IOException, BadInput {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (Files.isDirectory(path)) {
            try (ModelFiles files = ModelFiles.open(path)) {
                show(files.tensors(), Optional.of(files));
            }
            return ExitStatus.OK;
        }
        try (TensorFile file = TensorFile.open(path)) {
            // A GGUF file may hold a model or just tensors; a model is checked as one.
            if (file instanceof GgufFile gguf && GgufConfig.isSupported(gguf)) {
                try (ModelFiles files = ModelFiles.open(path)) {
                    show(files.tensors(), Optional.of(files));
                }
            } else {
                show(file, Optional.empty());
            }
        }
        return ExitStatus.OK;
    }

    private void show(TensorFile file, Optional<ModelFiles> model) throws IOException {
        List<String> unused = List.of();
        Tokenizer tokenizer = null;
        if (model.isPresent()) {
            unused = model.get().check().unused();
            tokenizer = model.get().tokenizer();
        }
        if (json) {
            streams.line(asJson(file, model, tokenizer, unused));
        } else {
            print(file, model, tokenizer, unused);
        }
    }

    private void print(TensorFile file, Optional<ModelFiles> model, Tokenizer tokenizer, List<String> unused) {
        streams.line(path.toString());
        if (model.isPresent()) {
            EncoderConfig encoder = model.get().config().encoder();
            streams.line("  encoder     " + encoder);
            streams.line("  classifier  "
                    + model.get()
                            .config()
                            .classifier()
                            .map(ClassifierConfig::toString)
                            .orElse("none"));
            streams.line("  tokenizer   " + tokenizer.vocabularySize() + " tokens");
        }
        if (file instanceof GgufFile gguf) {
            gguf.metadata().forEach((key, value) -> streams.line("  " + key + " = " + shortened(value.describe())));
        }
        Table table = new Table("  tensor", "type", "shape", "bytes");
        for (TensorInfo info : file.tensors().values()) {
            table.row(List.of(
                    "  " + info.name() + (unused.contains(info.name()) ? " (unused)" : ""),
                    info.dtype().name(),
                    info.shape().toString(),
                    String.format(Locale.ROOT, "%,d", info.byteSize())));
        }
        table.lines().forEach(streams::line);
        streams.line("  " + file.tensors().size() + " tensors: " + totals(file));
    }

    private static String totals(TensorFile file) {
        Map<String, Long> bytes = new TreeMap<>();
        file.tensors().values().forEach(info -> bytes.merge(info.dtype().name(), info.byteSize(), Long::sum));
        StringBuilder text = new StringBuilder();
        bytes.forEach((type, sum) ->
                text.append(text.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, "%s %,d bytes", type, sum)));
        return text.toString();
    }

    private static String shortened(String value) {
        String line = value.replace('\n', ' ');
        int end = line.offsetByCodePoints(0, Math.min(SHOWN_VALUE_CHARACTERS, line.codePointCount(0, line.length())));
        return end == line.length() ? line : line.substring(0, end) + "…";
    }

    private String asJson(TensorFile file, Optional<ModelFiles> model, Tokenizer tokenizer, List<String> unused) {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("path").value(path.toString());
        if (model.isPresent()) {
            EncoderConfig encoder = model.get().config().encoder();
            row.name("config").beginObject();
            row.name("model_type").value(encoder.family());
            row.name("vocab_size").value(encoder.vocabularySize());
            row.name("hidden_size").value(encoder.hiddenSize());
            row.name("num_hidden_layers").value(encoder.layers());
            row.name("max_tokens").value(encoder.maxTokens());
            row.name("labels").beginArray();
            if (model.get().config().classifier().isPresent()) {
                model.get().config().classifier().get().labels().forEach(row::value);
            }
            row.endArray().endObject();
            row.name("tokenizer")
                    .beginObject()
                    .name("vocab_size")
                    .value(tokenizer.vocabularySize())
                    .endObject();
            row.name("unused").beginArray();
            unused.forEach(row::value);
            row.endArray();
        }
        row.name("tensors").beginArray();
        for (TensorInfo info : file.tensors().values()) {
            row.beginObject()
                    .name("name")
                    .value(info.name())
                    .name("dtype")
                    .value(info.dtype().name())
                    .name("shape")
                    .beginArray();
            for (long size : info.shape()) {
                row.value(size);
            }
            row.endArray().name("bytes").value(info.byteSize()).endObject();
        }
        return row.endArray().endObject().toString();
    }
}
