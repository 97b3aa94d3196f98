package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.normalizer.BertNormalizer;
import dev.kanmon.tokenizer.normalizer.ByteLevelNormalizer;
import dev.kanmon.tokenizer.normalizer.CharsMap;
import dev.kanmon.tokenizer.normalizer.Lowercase;
import dev.kanmon.tokenizer.normalizer.Nmt;
import dev.kanmon.tokenizer.normalizer.Normalizer;
import dev.kanmon.tokenizer.normalizer.NormalizerSequence;
import dev.kanmon.tokenizer.normalizer.Precompiled;
import dev.kanmon.tokenizer.normalizer.Prepend;
import dev.kanmon.tokenizer.normalizer.Replace;
import dev.kanmon.tokenizer.normalizer.ReplaceBlanks;
import dev.kanmon.tokenizer.normalizer.Strip;
import dev.kanmon.tokenizer.normalizer.StripAccents;
import dev.kanmon.tokenizer.normalizer.UnicodeNormalizer;
import dev.kanmon.tokenizer.text.UnicodeForm;
import java.util.Base64;

/** Reads the {@code normalizer} of a tokenizer.json. */
final class NormalizerReader {
    private static final String KNOWN =
            "BertNormalizer, ByteLevel, Lowercase, Nmt, NFC, NFD, NFKC, NFKD, Precompiled, Prepend, Replace, Sequence,"
                    + " Strip, StripAccents";

    private NormalizerReader() {}

    static Normalizer read(JsonObject component) throws ModelFormatException {
        return switch (component.string("type")) {
            case "BertNormalizer" -> {
                boolean lowercase = component.bool("lowercase");
                yield new BertNormalizer(
                        component.bool("clean_text"),
                        component.bool("handle_chinese_chars"),
                        component.optionalBool("strip_accents").orElse(lowercase),
                        lowercase);
            }
            case "ByteLevel" -> new ByteLevelNormalizer();
            case "Lowercase" -> new Lowercase();
            case "NFC" -> new UnicodeNormalizer(UnicodeForm.NFC);
            case "NFD" -> new UnicodeNormalizer(UnicodeForm.NFD);
            case "NFKC" -> new UnicodeNormalizer(UnicodeForm.NFKC);
            case "NFKD" -> new UnicodeNormalizer(UnicodeForm.NFKD);
            case "Nmt" -> new Nmt();
            case "Precompiled" -> precompiled(component);
            case "Prepend" -> new Prepend(component.string("prepend"));
            case "Replace" -> replace(component);
            case "Sequence" ->
                new NormalizerSequence(Components.sequence(component.array("normalizers"), NormalizerReader::read));
            case "Strip" -> new Strip(component.bool("strip_left"), component.bool("strip_right"));
            case "StripAccents" -> new StripAccents();
            default -> throw Components.unknown(component, "normalizer", KNOWN);
        };
    }

    private static Precompiled precompiled(JsonObject component) throws ModelFormatException {
        try {
            // Both the decoder and the rules say what is wrong with their bytes.
            return new Precompiled(CharsMap.of(Base64.getDecoder().decode(component.string("precompiled_charsmap"))));
        } catch (IllegalArgumentException malformed) {
            throw component.get("precompiled_charsmap").error("cannot be used: " + malformed.getMessage());
        }
    }

    private static Normalizer replace(JsonObject component) throws ModelFormatException {
        var pattern = component.object("pattern");
        if (pattern.has("Regex") && pattern.string("Regex").equals(ReplaceBlanks.PATTERN)) {
            return new ReplaceBlanks(component.string("content"));
        }
        return new Replace(Patterns.regex(component), component.string("content"));
    }
}
