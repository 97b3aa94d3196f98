package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.pretokenizer.BertPreTokenizer;
import dev.kanmon.tokenizer.pretokenizer.Digits;
import dev.kanmon.tokenizer.pretokenizer.PreTokenizer;
import dev.kanmon.tokenizer.pretokenizer.PreTokenizerSequence;
import dev.kanmon.tokenizer.pretokenizer.Punctuation;
import dev.kanmon.tokenizer.pretokenizer.SplitBehavior;
import dev.kanmon.tokenizer.pretokenizer.Whitespace;
import dev.kanmon.tokenizer.pretokenizer.WhitespaceSplit;

/** Reads the {@code pre_tokenizer} of a tokenizer.json. */
final class PreTokenizerReader {
    private static final String KNOWN = "BertPreTokenizer, Digits, Punctuation, Sequence, Whitespace, WhitespaceSplit";

    private PreTokenizerReader() {}

    static PreTokenizer read(JsonObject component) throws ModelFormatException {
        return switch (component.string("type")) {
            case "BertPreTokenizer" -> new BertPreTokenizer();
            case "Digits" -> new Digits(component.bool("individual_digits"));
            case "Punctuation" -> new Punctuation(behavior(component));
            case "Sequence" ->
                new PreTokenizerSequence(
                        Components.sequence(component.array("pretokenizers"), PreTokenizerReader::read));
            case "Whitespace" -> new Whitespace();
            case "WhitespaceSplit" -> new WhitespaceSplit();
            default -> throw Components.unknown(component, "pre-tokenizer", KNOWN);
        };
    }

    private static SplitBehavior behavior(JsonObject component) throws ModelFormatException {
        if (!component.has("behavior")) {
            return SplitBehavior.ISOLATED;
        }
        var name = component.string("behavior");
        for (var behavior : SplitBehavior.values()) {
            if (behavior.fileName().equals(name)) {
                return behavior;
            }
        }
        throw component
                .get("behavior")
                .error("is \"" + name
                        + "\", expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
    }
}
