package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From a text to logits, as somebody uses a model: its own tokenizer, then its own weights. */
class FamilyTextTest {

    static Stream<Path> models() throws IOException {
        try (Stream<Path> directories = Files.list(Goldens.shared("golden/models"))) {
            return directories.sorted().toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void textsGiveTheReferencesLogits(Path directory) throws IOException {
        JsonObject expected = Json.read(directory.resolve("expected.json")).asObject();
        boolean types = expected.object("summary").bool("uses_token_type_ids");
        Tokenizer tokenizer = Tokenizer.load(directory);
        int checked = 0;
        try (Model model = Model.load(directory, Model.Options.defaults())) {
            for (JsonValue value : expected.array("sequences")) {
                JsonObject sequence = value.asObject();
                Optional<String> text = sequence.optionalString("text");
                if (text.isEmpty()) {
                    continue; // Made of ids, not of a text.
                }
                Encoding encoding = tokenizer.encode(
                        text.get(),
                        sequence.optionalString("text_pair").orElse(null),
                        EncodeOptions.DEFAULT.withMaxLength(expected.integer("max_len")));
                String what = directory.getFileName() + " sequence " + checked;
                assertArrayEquals(sequence.array("input_ids").ints(), encoding.ids(), what + " ids");
                TokenSequence tokens = new TokenSequence(encoding.ids(), types ? encoding.typeIds() : null, null);
                Goldens.assertClose(
                        what + " logits",
                        sequence.array("logits").doubles(),
                        model.logits(List.of(tokens)).getFirst(),
                        Goldens.LOGITS);
                checked++;
            }
        }
        assertTrue(checked > 3, directory + ": " + checked + " texts");
    }
}
