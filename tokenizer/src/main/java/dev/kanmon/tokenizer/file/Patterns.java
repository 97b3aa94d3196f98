package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.regex.Regex;
import dev.kanmon.tokenizer.regex.RegexException;

/** Reads a {@code pattern}: {@code {"String": text}} or {@code {"Regex": expression}}. */
final class Patterns {
    private Patterns() {}

    static Regex regex(JsonObject component) throws ModelFormatException {
        var pattern = component.object("pattern");
        if (pattern.has("String")) {
            return Regex.literal(pattern.string("String"));
        }
        var expression = pattern.string("Regex");
        try {
            return Regex.compile(expression);
        } catch (RegexException malformed) {
            throw pattern.get("Regex").error("cannot be used: " + malformed.getMessage());
        }
    }
}
