package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tokenizer.json that the transformers library would write for a BERT vocabulary that comes without one.
 *
 * @param source what the vocabulary was read from, for messages
 * @param lowercase whether text is lower-cased; empty to go by the vocabulary: not if it has upper-case letters
 * @param stripAccents whether accents are stripped; empty to go by {@code lowercase}
 * @param chineseChars whether CJK ideographs are set apart
 * @see <a href="https://github.com/huggingface/transformers/blob/v4.57.6/src/transformers/convert_slow_tokenizer.py">BertConverter</a>
 */
record BertDefaults(
        String source,
        Optional<Boolean> lowercase,
        Optional<Boolean> stripAccents,
        boolean chineseChars,
        String unknownToken,
        String sepToken,
        String clsToken,
        List<AddedToken> addedTokens) {

    /** The tokenizer of these settings and a vocabulary. */
    LoadedTokenizer tokenizer(Vocabulary vocabulary) throws ModelFormatException {
        boolean lower = lowercase.orElseGet(() -> !vocabulary.hasUpperCase());
        var normalizer = JsonObject.builder()
                .put("type", "BertNormalizer")
                .put("clean_text", true)
                .put("handle_chinese_chars", chineseChars)
                .put(
                        "strip_accents",
                        stripAccents.<JsonValue>map(JsonBoolean::of).orElseGet(JsonNull::of))
                .put("lowercase", lower)
                .build();
        var root = header(addedTokens)
                .put("normalizer", normalizer)
                .put(
                        "pre_tokenizer",
                        JsonObject.builder().put("type", "BertPreTokenizer").build())
                .put("post_processor", template(vocabulary))
                .put(
                        "decoder",
                        JsonObject.builder()
                                .put("type", "WordPiece")
                                .put("prefix", "##")
                                .put("cleanup", true)
                                .build())
                .put(
                        "model",
                        JsonObject.builder()
                                .put("type", "WordPiece")
                                .put("unk_token", present(unknownToken, vocabulary))
                                .put("continuing_subword_prefix", "##")
                                .put("max_input_chars_per_word", 100)
                                .put("vocab", JsonObject.builder().build())
                                .build())
                .build();
        return TokenizerJson.read(root, vocabulary);
    }

    /** The special tokens that the vocabulary has, as added tokens. */
    static List<AddedToken> specials(Vocabulary vocabulary, List<String> names) {
        var tokens = new ArrayList<AddedToken>();
        for (var name : names) {
            int id = vocabulary.id(name);
            if (id >= 0) {
                tokens.add(new AddedToken(id, name, false, false, false, false, true));
            }
        }
        return tokens;
    }

    private JsonObject template(Vocabulary vocabulary) throws ModelFormatException {
        var special = JsonObject.builder();
        for (var token : List.of(clsToken, sepToken)) {
            special.put(
                    token,
                    JsonObject.builder()
                            .put("id", token)
                            .put("ids", JsonArray.of(JsonNumber.of(vocabulary.id(present(token, vocabulary)))))
                            .put("tokens", JsonArray.of(JsonString.of(token)))
                            .build());
        }
        return JsonObject.builder()
                .put("type", "TemplateProcessing")
                .put(
                        "single",
                        JsonArray.of(
                                part("SpecialToken", clsToken, 0),
                                part("Sequence", "A", 0),
                                part("SpecialToken", sepToken, 0)))
                .put(
                        "pair",
                        JsonArray.of(
                                part("SpecialToken", clsToken, 0),
                                part("Sequence", "A", 0),
                                part("SpecialToken", sepToken, 0),
                                part("Sequence", "B", 1),
                                part("SpecialToken", sepToken, 1)))
                .put("special_tokens", special.build())
                .build();
    }

    private String present(String token, Vocabulary vocabulary) throws ModelFormatException {
        if (vocabulary.id(token) < 0) {
            throw ModelFormatException.in(
                    source,
                    "the vocabulary of " + vocabulary.size() + " tokens has no \"" + token
                            + "\", which a BERT tokenizer needs");
        }
        return token;
    }

    static JsonValue part(String kind, String id, int typeId) {
        return JsonObject.builder()
                .put(
                        kind,
                        JsonObject.builder()
                                .put("id", id)
                                .put("type_id", typeId)
                                .build())
                .build();
    }

    /** The start of a tokenizer.json that a family's defaults make: everything before its stages. */
    static JsonObject.Builder header(List<AddedToken> addedTokens) {
        return JsonObject.builder()
                .put("version", "1.0")
                .put("truncation", JsonNull.of())
                .put("padding", JsonNull.of())
                .put(
                        "added_tokens",
                        JsonArray.of(
                                addedTokens.stream().map(BertDefaults::json).toList()));
    }

    private static JsonValue json(AddedToken token) {
        return JsonObject.builder()
                .put("id", token.id())
                .put("content", token.content())
                .put("single_word", token.singleWord())
                .put("lstrip", token.lstrip())
                .put("rstrip", token.rstrip())
                .put("normalized", token.normalized())
                .put("special", token.special())
                .build();
    }
}
