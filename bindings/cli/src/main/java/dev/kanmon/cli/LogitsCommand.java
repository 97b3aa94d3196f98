package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kanmon logits}: a classifier's raw outputs for token ids. */
@Command(
        name = "logits",
        description = {
            "Reads {\"input_ids\", \"attention_mask\"?, \"token_type_ids\"?} a line; writes {\"logits\"} a line:",
            "a number for each label, or a list of them for each token where the model classifies tokens.",
            "Computes in f32 unless --weights says otherwise, whatever type the file stores."
        })
final class LogitsCommand extends JsonLinesCommand {

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR|FILE.gguf",
            description = "A directory or a GGUF file.")
    private Path model;

    @Mixin
    private ComputeOptions compute;

    @Override
    public Integer call() throws IOException, BadInput {
        Model.Options options = new Model.Options(
                compute.choice(),
                WeightPlan.of(compute.weights().orElse(WeightType.F32)),
                compute.threads(ComputeOptions.processors()),
                Optional.empty());
        try (Model loaded = compute.load(model, options)) {
            ClassifierConfig classifier = loaded.config()
                    .classifier()
                    .orElseThrow(() ->
                            new BadInput(model + ": this is a bare encoder, expected one with a classification head"));
            return answerLines(value -> {
                List<TokenSequence> sequence = List.of(sequence(value.asObject()));
                return switch (classifier.task()) {
                    case SEQUENCES -> row(loaded.logits(sequence).getFirst());
                    case TOKENS -> rows(loaded.tokenLogits(sequence).getFirst());
                };
            });
        }
    }

    private static TokenSequence sequence(JsonObject row) throws ModelFormatException {
        return new TokenSequence(
                row.array("input_ids").ints(), ints(row, "token_type_ids"), ints(row, "attention_mask"));
    }

    private static int[] ints(JsonObject row, String key) throws ModelFormatException {
        Optional<JsonArray> array = row.optionalArray(key);
        return array.isPresent() ? array.get().ints() : null;
    }

    private static String row(float[] logits) {
        JsonWriter row = JsonWriter.compact().beginObject().name("logits");
        values(row, logits);
        return row.endObject().toString();
    }

    private static String rows(float[][] logits) {
        JsonWriter row = JsonWriter.compact().beginObject().name("logits").beginArray();
        for (float[] token : logits) {
            values(row, token);
        }
        return row.endArray().endObject().toString();
    }

    private static void values(JsonWriter row, float[] logits) {
        row.beginArray();
        for (float logit : logits) {
            row.value(logit);
        }
        row.endArray();
    }
}
