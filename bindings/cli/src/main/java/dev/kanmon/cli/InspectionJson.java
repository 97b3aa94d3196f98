package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.SidecarWeights;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code inspect --json}: keys are only ever added. */
final class InspectionJson {

    private InspectionJson() {}

    static String of(String path, Inspection found) throws IOException {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("path").value(path);
        row.name("format").value(found.format());
        row.name("parameters").value(found.parameters());
        row.name("bytes").value(found.bytes());
        if (found.model().isPresent()) {
            config(row, found.model().get());
        }
        if (found.tokenizer().isPresent()) {
            Tokenizer tokenizer = found.tokenizer().get();
            row.name("tokenizer").beginObject();
            row.name("kind").value(tokenizer.kind());
            row.name("vocab_size").value(tokenizer.vocabularySize());
            row.endObject();
        }
        if (found.model().isPresent()) {
            strings(row.name("unused"), found.unused());
            Optional<JsonObject> sidecar = found.model().get().sidecar();
            for (String key : List.of(SidecarWeights.KEY, "policies", "cascade")) {
                if (sidecar.isPresent() && sidecar.get().has(key)) {
                    row.name(key).value(sidecar.get().get(key));
                }
            }
        }
        row.name("tensors").beginArray();
        for (TensorInfo info : found.file().tensors().values()) {
            row.beginObject();
            row.name("name").value(info.name());
            row.name("dtype").value(info.dtype().name());
            row.name("shape").beginArray();
            for (long size : info.shape()) {
                row.value(size);
            }
            row.endArray();
            row.name("bytes").value(info.byteSize());
            row.endObject();
        }
        return row.endArray().endObject().toString();
    }

    private static void config(JsonWriter row, ModelFiles model) throws IOException {
        EncoderConfig encoder = model.config().encoder();
        row.name("config").beginObject();
        row.name("model_type").value(encoder.family());
        row.name("vocab_size").value(encoder.vocabularySize());
        row.name("hidden_size").value(encoder.hiddenSize());
        row.name("num_hidden_layers").value(encoder.layers());
        row.name("max_tokens").value(encoder.maxTokens());
        if (model.config().classifier().isPresent()) {
            ClassifierConfig classifier = model.config().classifier().get();
            strings(row.name("labels"), classifier.labels());
            strings(row.name("harmful"), Guard.harmfulLabels(model));
            row.name("task")
                    .value(
                            switch (classifier.task()) {
                                case SEQUENCES -> "sequence_classification";
                                case TOKENS -> "token_classification";
                            });
            row.name("problem_type")
                    .value(
                            switch (classifier.outputs()) {
                                case ONE_OF -> "single_label_classification";
                                case ANY_OF -> "multi_label_classification";
                                case VALUES -> "regression";
                            });
        } else {
            strings(row.name("labels"), List.of());
        }
        row.endObject();
    }

    private static void strings(JsonWriter row, List<String> values) {
        row.beginArray();
        values.forEach(row::value);
        row.endArray();
    }
}
