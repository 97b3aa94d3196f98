package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kanmon tokenize}: the tokens of texts, as the model's tokenizer makes them. */
@Command(
        name = "tokenize",
        description = {
            "Reads a JSON string, or {\"text\", \"pair\"?, \"max_length\"?, \"specials_as_text\"?}, a line;",
            "writes {\"ids\", \"type_ids\", \"offsets\", \"tokens\"} a line. Offsets count Unicode code points."
        })
final class TokenizeCommand extends JsonLinesCommand {

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR|FILE.gguf",
            description = "A directory with tokenizer files, one such file, or a GGUF file.")
    private Path model;

    @Override
    public Integer call() throws IOException {
        Tokenizer tokenizer = Tokenizer.load(model);
        return answerLines(value -> row(encode(tokenizer, value)));
    }

    private static Encoding encode(Tokenizer tokenizer, JsonValue value) throws ModelFormatException, BadInput {
        if (value instanceof JsonString text) {
            return tokenizer.encode(text.value());
        }
        if (!(value instanceof JsonObject row)) {
            throw value.error("is " + value.describe() + ", expected a string or an object with \"text\"");
        }
        EncodeOptions options = EncodeOptions.DEFAULT.withSpecialsAsText(
                row.optionalBool("specials_as_text").orElse(false));
        OptionalInt maxLength = row.optionalInteger("max_length");
        if (maxLength.isPresent()) {
            options = options.withMaxLength(maxLength.getAsInt());
        }
        return tokenizer.encode(row.string("text"), row.optionalString("pair").orElse(null), options);
    }

    private static String row(Encoding encoding) {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("ids").beginArray();
        for (int id : encoding.ids()) {
            row.value(id);
        }
        row.endArray().name("type_ids").beginArray();
        for (int type : encoding.typeIds()) {
            row.value(type);
        }
        row.endArray().name("offsets").beginArray();
        for (int i = 0; i < encoding.length(); i++) {
            row.beginArray().value(encoding.start(i)).value(encoding.end(i)).endArray();
        }
        row.endArray().name("tokens").beginArray();
        for (String token : encoding.tokens()) {
            row.value(token);
        }
        return row.endArray().endObject().toString();
    }
}
