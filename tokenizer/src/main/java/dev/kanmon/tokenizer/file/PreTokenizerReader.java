package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.pretokenizer.BertPreTokenizer;
import dev.kanmon.tokenizer.pretokenizer.ByteLevel;
import dev.kanmon.tokenizer.pretokenizer.CharDelimiterSplit;
import dev.kanmon.tokenizer.pretokenizer.Digits;
import dev.kanmon.tokenizer.pretokenizer.FixedLength;
import dev.kanmon.tokenizer.pretokenizer.Metaspace;
import dev.kanmon.tokenizer.pretokenizer.Metaspace.PrependScheme;
import dev.kanmon.tokenizer.pretokenizer.PreTokenizer;
import dev.kanmon.tokenizer.pretokenizer.PreTokenizerSequence;
import dev.kanmon.tokenizer.pretokenizer.Punctuation;
import dev.kanmon.tokenizer.pretokenizer.Split;
import dev.kanmon.tokenizer.pretokenizer.SplitBehavior;
import dev.kanmon.tokenizer.pretokenizer.Whitespace;
import dev.kanmon.tokenizer.pretokenizer.WhitespaceSplit;
import java.util.Arrays;
import java.util.Optional;

/** Reads the {@code pre_tokenizer} of a tokenizer.json. */
final class PreTokenizerReader {
    private static final String KNOWN =
            "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence,"
                    + " Split, Whitespace, WhitespaceSplit";

    private PreTokenizerReader() {}

    static PreTokenizer read(JsonObject component) throws ModelFormatException {
        return switch (component.string("type")) {
            case "BertPreTokenizer" -> new BertPreTokenizer();
            case "ByteLevel" -> byteLevel(component);
            case "CharDelimiterSplit" -> new CharDelimiterSplit(character(component, "delimiter"));
            case "Digits" -> new Digits(component.bool("individual_digits"));
            case "FixedLength" -> fixedLength(component);
            case "Metaspace" -> metaspace(component);
            case "Punctuation" -> new Punctuation(behavior(component));
            case "Sequence" ->
                new PreTokenizerSequence(
                        Components.sequence(component.array("pretokenizers"), PreTokenizerReader::read));
            case "Split" -> new Split(Patterns.regex(component), behavior(component), component.bool("invert"));
            case "Whitespace" -> new Whitespace();
            case "WhitespaceSplit" -> new WhitespaceSplit();
            default -> throw Components.unknown(component, "pre-tokenizer", KNOWN);
        };
    }

    private static ByteLevel byteLevel(JsonObject component) throws ModelFormatException {
        component.bool("trim_offsets"); // must be there, and matters to the post-processor of this name only
        return new ByteLevel(
                component.bool("add_prefix_space"),
                component.optionalBool("use_regex").orElse(true));
    }

    private static FixedLength fixedLength(JsonObject component) throws ModelFormatException {
        int length = component.optionalInteger("length").orElse(5);
        if (length < 1) {
            throw component.get("length").error("is " + length + ", expected 1 or more");
        }
        return new FixedLength(length);
    }

    static int character(JsonObject component, String key) throws ModelFormatException {
        var text = component.string(key);
        if (text.codePointCount(0, text.length()) != 1) {
            throw component.get(key).error("is \"" + text + "\", expected one character");
        }
        return text.codePointAt(0);
    }

    static Metaspace metaspace(JsonObject component) throws ModelFormatException {
        int replacement = character(component, "replacement");
        var name = component.optionalString("prepend_scheme").orElse(PrependScheme.ALWAYS.fileName());
        var scheme = Arrays.stream(PrependScheme.values())
                .filter(value -> value.fileName().equals(name))
                .findFirst();
        if (scheme.isEmpty()) {
            throw component.get("prepend_scheme").error("is \"" + name + "\", expected always, first or never");
        }
        // Older files say so; they have no scheme, or one that says the same.
        if (!component.optionalBool("add_prefix_space").orElse(true)) {
            if (component.has("prepend_scheme") && scheme.get() != PrependScheme.NEVER) {
                throw component.get("prepend_scheme").error("is \"" + name + "\", which add_prefix_space denies");
            }
            scheme = Optional.of(PrependScheme.NEVER);
        }
        return new Metaspace(
                replacement, scheme.get(), component.optionalBool("split").orElse(true));
    }

    private static SplitBehavior behavior(JsonObject component) throws ModelFormatException {
        if (!component.has("behavior") && !component.string("type").equals("Split")) {
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
