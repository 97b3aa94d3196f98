package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.LoneSurrogates;

/** Rows of JSONL as the commands read them. */
final class JsonRows {

    private JsonRows() {}

    /** The JSON value on a line. Lone surrogates in strings become U+FFFD, as the reference's bindings have it. */
    static JsonValue parse(InputLines.Line line) throws BadInput, ModelFormatException {
        return Json.parse("line " + line.number(), line.text(), LoneSurrogates.REPLACE);
    }

    /** The exchange of {@code {"instruction", "response"?}}. */
    static Exchange exchange(JsonObject row) throws ModelFormatException, BadInput {
        return exchange(
                row.string("instruction"), row.optionalString("response").orElse(""));
    }

    /** An exchange that has something to judge. */
    static Exchange exchange(String instruction, String response) throws BadInput {
        if (instruction.isBlank() && response.isBlank()) {
            throw new BadInput("the text is empty; there is nothing to judge");
        }
        return Exchange.of(instruction, response);
    }

    /** What is wrong with a line, with its number first. */
    static String message(InputLines.Line line, Exception e) {
        String place = "line " + line.number();
        String message = e.getMessage();
        // Each line is a document of its own, so a position inside it is always on its line 1.
        return message.startsWith(place + ": line 1, ")
                ? place + message.substring((place + ": line 1").length())
                : message.startsWith(place + ": ") ? message : place + ": " + message;
    }
}
