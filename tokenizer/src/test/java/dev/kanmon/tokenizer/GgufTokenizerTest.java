package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers in GGUF metadata: llama.cpp's keys, our own, and the way back to tokenizer.json. */
class GgufTokenizerTest {
    private static final String OWN = "kanmon.tokenizer_json";

    @TempDir
    Path directory;

    private Path write(Map<String, GgufValue> metadata) throws IOException {
        var file = directory.resolve("t" + metadata.hashCode() + ".gguf");
        try (var writer = GgufWriter.create(file)) {
            writer.metadata("general.architecture", GgufValue.of("bert"));
            metadata.forEach(writer::metadata);
            writer.finish();
        }
        return file;
    }

    private static SequencedMap<String, GgufValue> without(Map<String, GgufValue> metadata, String key) {
        var rest = new LinkedHashMap<>(metadata);
        rest.remove(key);
        return rest;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wp_uncased/tokenizer.json",
                "wp_cased/tokenizer.json",
                "wp_uncased/tokenizer.legacy.json",
                "wp_cased/vocab.txt"
            })
    void roundTripsThroughGgufAndJson(String name) throws IOException {
        var original = Tokenizer.load(Golden.resource(name));
        var metadata = original.toGguf();
        var stored = ((GgufValue.OfString) metadata.get(OWN)).value();
        assertTrue(
                Json.parse("stored", stored)
                        .asObject()
                        .object("model")
                        .object("vocab")
                        .members()
                        .isEmpty(),
                "the vocabulary is stored twice");
        var fromGguf = Tokenizer.load(write(metadata));
        Golden.assertSame(original, fromGguf);
        assertEquals(original.toJson(), fromGguf.toJson());

        var json = directory.resolve("tokenizer.json");
        Files.writeString(json, fromGguf.toJson());
        Golden.assertSame(original, Tokenizer.load(json));
    }

    @ParameterizedTest
    @ValueSource(strings = {"wp_uncased", "wp_cased"})
    void llamaKeysAloneGiveTheSame(String name) throws IOException {
        var original = Tokenizer.load(Golden.resource(name));
        Golden.assertSame(original, Tokenizer.load(write(without(original.toGguf(), OWN))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf.tokenizer_json", "tokenizer.huggingface.json"})
    void aWholeJsonUnderAForeignKeyDecides(String key) throws IOException {
        var cased = Tokenizer.load(Golden.resource("wp_cased/tokenizer.json"));
        var metadata = without(Tokenizer.load(Golden.resource("wp_uncased")).toGguf(), OWN);
        metadata.put(key, GgufValue.of(cased.toJson()));
        Golden.assertSame(cased, Tokenizer.load(write(metadata)));
    }

    /** Tokens that llama.cpp's form cannot tell apart, a hole among the ids, an added token outside the vocabulary. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"##[a]\":3,\"a\":4}",
                "{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"##\\u2581a\":3,\"a\":4}",
                "{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":4,\"##a\":7}",
                "{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3,\"b\":3}"
            })
    void awkwardVocabulariesKeepTheirJson(String vocabulary) throws IOException {
        var json = custom(vocabulary, "##");
        var original = loadJson(json);
        var fromGguf = Tokenizer.load(write(original.toGguf()));
        Golden.assertSame(original, fromGguf);
        assertEquals(original.toJson(), fromGguf.toJson());
        assertFalse(Json.parse("s", ((GgufValue.OfString) original.toGguf().get(OWN)).value())
                .asObject()
                .object("model")
                .object("vocab")
                .members()
                .isEmpty());
    }

    @Test
    void anotherPrefixKeepsItsJson() throws IOException {
        var original = loadJson(custom("{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3,\"@@a\":4}", "@@"));
        var fromGguf = Tokenizer.load(write(original.toGguf()));
        assertEquals(
                List.of("[CLS]", "a", "@@a", "[SEP]"), fromGguf.encode("aa").tokens());
        Golden.assertSame(original, fromGguf);
    }

    @Test
    void anAddedTokenOutsideTheVocabularyKeepsItsJson() throws IOException {
        var json = custom("{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3}", "##")
                .replace(
                        "\"added_tokens\":[]",
                        "\"added_tokens\":[{\"id\":4,\"content\":\"<url>\",\"single_word\":false,\"lstrip\":false,"
                                + "\"rstrip\":false,\"normalized\":true,\"special\":false}]");
        var original = loadJson(json);
        assertEquals(5, original.vocabularySize());
        assertEquals(
                List.of("[CLS]", "a", "<url>", "[SEP]"),
                original.encode("a<URL>").tokens());
        Golden.assertSame(original, Tokenizer.load(write(original.toGguf())));
    }

    private Tokenizer loadJson(String json) throws IOException {
        var file = directory.resolve("custom.json");
        Files.writeString(file, json);
        return Tokenizer.load(file);
    }

    private static String custom(String vocabulary, String prefix) {
        return """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],
             "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
              "lowercase":true},
             "pre_tokenizer":{"type":"WhitespaceSplit"},
             "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},"decoder":null,
             "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"%s",
              "max_input_chars_per_word":100,"vocab":%s}}\
            """.formatted(prefix, vocabulary);
    }

    @Test
    void refusalsNameTheKey() throws IOException {
        var good = without(Tokenizer.load(Golden.resource("wp_uncased")).toGguf(), OWN);
        assertRefused(Map.of(), "the metadata has no tokenizer");
        assertRefused(
                changed(good, "tokenizer.ggml.model", GgufValue.of("rwkv")), "\"rwkv\" is not supported; known: bert");
        assertRefused(changed(good, "tokenizer.ggml.token_type", GgufValue.ofInts(1, 2)), "has 2 elements");
        assertRefused(changed(good, "tokenizer.ggml.cls_token_id", GgufValue.u32(99_999)), "cls_token_id\" is 99999");
        assertRefused(without(good, "tokenizer.ggml.tokens"), "tokenizer.ggml.tokens");
        assertRefused(changed(good, OWN, GgufValue.of("{")), OWN);
    }

    private static Map<String, GgufValue> changed(Map<String, GgufValue> metadata, String key, GgufValue value) {
        var copy = new LinkedHashMap<>(metadata);
        copy.put(key, value);
        return copy;
    }

    private void assertRefused(Map<String, GgufValue> metadata, String message) throws IOException {
        var file = write(metadata);
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(file));
        assertTrue(refusal.getMessage().contains(message), refusal::getMessage);
    }

    @Test
    void sparseIdsAreNotWritten() throws IOException {
        var sparse = loadJson(custom("{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":2000000000}", "##"));
        assertEquals("a", sparse.token(2_000_000_000));
        assertThrows(IllegalStateException.class, sparse::toGguf);
    }

    @Test
    void filesOfLlamaCppsConverterEqualTheirTokenizerJson() throws IOException {
        var directory = Golden.shared("golden/gguf/bert");
        var json = Tokenizer.load(directory.resolve("tokenizer.json"));
        try (var files = Files.newDirectoryStream(directory, "*.gguf")) {
            int count = 0;
            for (var file : files) {
                try (var gguf = GgufFile.open(file)) {
                    var tokenizer = Tokenizer.fromGguf(gguf);
                    assertEquals(Json.parse("json", json.toJson()), Json.parse(file.toString(), tokenizer.toJson()));
                    if (count++ == 0) {
                        Golden.assertSame(json, tokenizer);
                    }
                }
            }
            assertEquals(8, count);
        }
    }

    @Test
    void llamaCppsVocabularyOfBgeIsBertUncased() throws IOException {
        var gguf = Tokenizer.load(Golden.shared("tokenizers/gguf-vocab/ggml-vocab-bert-bge.gguf"));
        Golden.assertSame(Tokenizer.load(Golden.shared("tokenizers/bert-base-uncased/vocab.txt")), gguf);
    }
}
