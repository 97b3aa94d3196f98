package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.model.Bpe;
import dev.kanmon.tokenizer.model.BpeSettings;
import dev.kanmon.tokenizer.model.Merges;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.pretokenizer.ByteLevel;
import java.util.ArrayList;
import java.util.List;

/**
 * The tokenizer.json that the transformers library would write for a byte-level vocabulary that comes without one.
 *
 * @param normalizer null for none
 * @param patterns at whose matches text is cut, one after the other
 * @param addPrefixSpace whether text that starts with no blank gets one
 * @param postProcessor what stands around texts
 * @see <a href="https://github.com/huggingface/transformers/blob/v4.57.6/src/transformers/convert_slow_tokenizer.py">GPT2Converter, RobertaConverter, Qwen2Converter</a>
 */
record BpeDefaults(
        String normalizer,
        List<String> patterns,
        boolean addPrefixSpace,
        JsonValue postProcessor,
        boolean ignoreMerges,
        List<AddedToken> addedTokens) {

    /** How Qwen2 cuts text. */
    static final String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** The tokenizer of these settings. */
    LoadedTokenizer tokenizer(Vocabulary vocabulary, Merges merges) throws ModelFormatException {
        var model = new Bpe(vocabulary, merges, new BpeSettings(null, "", "", false, false, ignoreMerges));
        var root = BertDefaults.header(addedTokens)
                .put(
                        "normalizer",
                        normalizer == null
                                ? JsonNull.of()
                                : JsonObject.builder().put("type", normalizer).build())
                .put("pre_tokenizer", preTokenizer())
                .put("post_processor", postProcessor)
                .put("decoder", byteLevel(true, true, true))
                .put(
                        "model",
                        JsonObject.builder()
                                .put("type", "BPE")
                                .put("dropout", JsonNull.of())
                                .put("unk_token", JsonNull.of())
                                .put("continuing_subword_prefix", "")
                                .put("end_of_word_suffix", "")
                                .put("fuse_unk", false)
                                .put("byte_fallback", false)
                                .put("ignore_merges", ignoreMerges)
                                .put("vocab", JsonObject.builder().build())
                                .put("merges", JsonArray.of())
                                .build())
                .build();
        return TokenizerJson.read(root, model);
    }

    private JsonObject preTokenizer() {
        if (patterns.equals(List.of(ByteLevel.PATTERN))) {
            return byteLevel(addPrefixSpace, true, true);
        }
        var steps = new ArrayList<JsonValue>();
        for (var pattern : patterns) {
            steps.add(JsonObject.builder()
                    .put("type", "Split")
                    .put("pattern", JsonObject.builder().put("Regex", pattern).build())
                    .put("behavior", "Isolated")
                    .put("invert", false)
                    .build());
        }
        steps.add(byteLevel(addPrefixSpace, true, false));
        return JsonObject.builder()
                .put("type", "Sequence")
                .put("pretokenizers", JsonArray.of(steps))
                .build();
    }

    static JsonObject byteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex) {
        return JsonObject.builder()
                .put("type", "ByteLevel")
                .put("add_prefix_space", addPrefixSpace)
                .put("trim_offsets", trimOffsets)
                .put("use_regex", useRegex)
                .build();
    }

    static JsonObject roberta(
            String sep, String cls, Vocabulary vocabulary, boolean trimOffsets, boolean addPrefixSpace) {
        return JsonObject.builder()
                .put("type", "RobertaProcessing")
                .put("sep", JsonArray.of(JsonString.of(sep), JsonNumber.of(vocabulary.id(sep))))
                .put("cls", JsonArray.of(JsonString.of(cls), JsonNumber.of(vocabulary.id(cls))))
                .put("trim_offsets", trimOffsets)
                .put("add_prefix_space", addPrefixSpace)
                .build();
    }

    /**
     * A template.
     *
     * @param single what stands for a single text, {@code $A} for the text itself
     * @param pair the same for two, with {@code $B}; a number behind a colon is the type id
     */
    static JsonValue template(List<String> single, List<String> pair, Vocabulary vocabulary) {
        var specials = JsonObject.builder();
        for (var token : pair.stream().map(BpeDefaults::name).distinct().toList()) {
            if (!token.startsWith("$")) {
                specials.put(
                        token,
                        JsonObject.builder()
                                .put("id", token)
                                .put("ids", JsonArray.of(JsonNumber.of(vocabulary.id(token))))
                                .put("tokens", JsonArray.of(JsonString.of(token)))
                                .build());
            }
        }
        return JsonObject.builder()
                .put("type", "TemplateProcessing")
                .put("single", parts(single))
                .put("pair", parts(pair))
                .put("special_tokens", specials.build())
                .build();
    }

    private static JsonArray parts(List<String> parts) {
        return JsonArray.of(parts.stream()
                .map(part -> {
                    boolean isText = part.startsWith("$");
                    return BertDefaults.part(
                            isText ? "Sequence" : "SpecialToken",
                            isText ? name(part).substring(1) : name(part),
                            part.endsWith(":1") ? 1 : 0);
                })
                .toList());
    }

    private static String name(String part) {
        return part.endsWith(":1") ? part.substring(0, part.length() - 2) : part;
    }
}
