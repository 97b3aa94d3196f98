package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** BPE from vocab.json and merges.txt, from GGUF files, and back. */
class BpeFilesTest {
    private static final String OWN = "kanmon.tokenizer_json";

    @TempDir
    Path directory;

    private Path write(Map<String, GgufValue> metadata) throws IOException {
        var file = directory.resolve("t" + metadata.hashCode() + ".gguf");
        try (var writer = GgufWriter.create(file)) {
            writer.metadata("general.architecture", GgufValue.of("roberta"));
            metadata.forEach(writer::metadata);
            writer.finish();
        }
        return file;
    }

    @Test
    void vocabJsonAndMergesTxtGiveTheSameAsTheTokenizerJson() throws IOException {
        var whole = Tokenizer.load(Golden.resource("bpe_roberta/tokenizer.json"));
        Golden.assertSame(whole, Tokenizer.load(Golden.resource("bpe_roberta/vocab.json")));
        for (var name : List.of("vocab.json", "merges.txt")) {
            Files.copy(Golden.resource("bpe_roberta/" + name), directory.resolve(name));
        }
        // Without any configuration the names of the special tokens tell.
        Golden.assertSame(whole, Tokenizer.load(directory));
        Files.writeString(directory.resolve("config.json"), "{\"model_type\":\"longformer\"}");
        Golden.assertSame(whole, Tokenizer.load(directory));
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"tokenizer_class\":\"FooTokenizer\"}");
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(directory));
        assertTrue(refusal.getMessage().contains("FooTokenizer"), refusal::getMessage);
    }

    @Test
    void aBrokenMergeIsNamedByItsLine() throws IOException {
        Files.copy(Golden.resource("bpe_roberta/vocab.json"), directory.resolve("vocab.json"));
        for (var line : List.of("a b c", "ab", "\u0120 zqzq", "z q")) {
            Files.writeString(directory.resolve("merges.txt"), "#version: 0.2\n" + line + "\n");
            var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(directory));
            assertTrue(refusal.getMessage().contains("merges.txt: line 2 "), refusal::getMessage);
        }
    }

    @Test
    void robertaBaseIsTheReferences() throws IOException {
        var tokenizer = Tokenizer.load(Golden.shared("tokenizers/roberta-base"));
        var golden = Golden.shared("golden/real_tokenizers/roberta-base");
        Golden.assertRows(golden.resolve("expected.jsonl.gz"), tokenizer, false);
        Golden.assertRows(golden.resolve("expected_specials_as_text.jsonl.gz"), tokenizer, true);
        SmallGoldenTest.assertPairs(tokenizer, Golden.rows(golden.resolve("pairs.jsonl.gz")));
    }

    /** Ids that the checkpoints' own tokenizers gave for 37 texts; those that have the vocabulary of one of ours. */
    @ParameterizedTest
    @CsvSource({
        "gpt2, gpt2/vocab.json",
        "gpt2, gpt2/tokenizer.json",
        "gpt2, gguf-vocab/ggml-vocab-gpt-2.gguf",
        "roberta-base, roberta-base",
        "roberta-large, roberta-base",
        "distilroberta-base, roberta-base",
        "deepset--roberta-base-squad2, roberta-base"
    })
    void publishedCheckpointsAgree(String checkpoint, String file) throws IOException {
        var tokenizer = Tokenizer.load(Golden.shared("tokenizers/" + file));
        var golden = Json.read(Golden.shared("tokenizers/goldens-37/" + checkpoint + ".json"))
                .asObject();
        var failures = new ArrayList<String>();
        for (var element : golden.array("datasets")) {
            var row = element.asObject();
            var ids = row.array("ids").ints();
            var have = tokenizer.encode(row.string("input"));
            if (!Arrays.equals(ids, have.ids())) {
                failures.add(Golden.escaped(row.string("input")) + ": " + Arrays.toString(have.ids()) + ", expected "
                        + Arrays.toString(ids));
            }
        }
        Golden.assertNone(checkpoint, failures);
    }

    /** The texts and ids that llama.cpp tests itself with. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "falcon", "starcoder"})
    void llamaVocabulariesGiveLlamasIds(String name) throws IOException {
        var file = Golden.shared("tokenizers/gguf-vocab/ggml-vocab-" + name + ".gguf");
        var tokenizer = Tokenizer.load(file);
        var texts = Files.readString(Path.of(file + ".inp")).split("\n__ggml_vocab_test__\n", -1);
        var answers = Files.readString(Path.of(file + ".out")).split("\n", -1);
        var options = EncodeOptions.DEFAULT.withSpecialsAsText(true).withAddSpecialTokens(false);
        var failures = new ArrayList<String>();
        assertTrue(texts.length > 30 && answers.length >= texts.length - 1, () -> texts.length + " texts");
        for (int i = 0; i < texts.length - 1; i++) {
            var ids = Arrays.stream(answers[i].trim().split(" +"))
                    .filter(number -> !number.isEmpty())
                    .mapToInt(Integer::parseInt)
                    .toArray();
            var have = tokenizer.encode(texts[i], null, options).ids();
            if (!Arrays.equals(ids, have)) {
                failures.add(
                        Golden.escaped(texts[i]) + ": " + Arrays.toString(have) + ", expected " + Arrays.toString(ids));
            }
        }
        Golden.assertNone(name, failures);
    }

    @ParameterizedTest
    @CsvSource({
        "bpe_roberta/tokenizer.json, gpt-2",
        "bpe_roberta/tokenizer.legacy.json, gpt-2",
        "bpe_qwen2/tokenizer.json, qwen2",
        "bpe_modernbert/tokenizer.json, gpt-2"
    })
    void roundTripsThroughGgufAndJson(String name, String pre) throws IOException {
        var original = Tokenizer.load(Golden.resource(name));
        var metadata = original.toGguf();
        var stored = Json.parse("stored", ((GgufValue.OfString) metadata.get(OWN)).value())
                .asObject()
                .object("model");
        assertTrue(stored.object("vocab").members().isEmpty()
                && stored.array("merges").size() == 0);
        assertEquals(GgufValue.of(pre), metadata.get("tokenizer.ggml.pre"));
        var fromGguf = Tokenizer.load(write(metadata));
        Golden.assertSame(original, fromGguf);
        assertEquals(original.toJson(), fromGguf.toJson());
        var json = directory.resolve("tokenizer.json");
        Files.writeString(json, fromGguf.toJson());
        Golden.assertSame(original, Tokenizer.load(json));
    }

    /** A hole among the ids, two tokens with one id, a merge with blanks in it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":0,\"b\":2,\"ab\":3} | [\"a b\"]",
                "{\"a\":0,\"b\":1,\"ab\":2,\"c\":1} | [[\"a\",\"b\"]]",
                "{\"a\":0,\" \":1,\"a \":2,\"  \":3} | [[\"a\",\" \"],[\" \",\" \"]]"
            })
    void awkwardModelsKeepTheirJson(String vocabulary, String merges) throws IOException {
        var root = new LinkedHashMap<>(Json.read(Golden.resource("bpe_modernbert/tokenizer.json"))
                .asObject()
                .members());
        root.put(
                "model",
                Json.parse("model", "{\"type\":\"BPE\",\"vocab\":" + vocabulary + ",\"merges\":" + merges + "}"));
        root.put("pre_tokenizer", Json.parse("pre", "null"));
        var json = directory.resolve("tokenizer.json");
        Files.writeString(json, Json.write(JsonObject.of(root)));
        var original = Tokenizer.load(json);
        var metadata = original.toGguf();
        assertFalse(Json.parse("s", ((GgufValue.OfString) metadata.get(OWN)).value())
                .asObject()
                .object("model")
                .object("vocab")
                .members()
                .isEmpty());
        Golden.assertSame(original, Tokenizer.load(write(metadata)));
    }

    /** Every name that is known compiles, and one that is not is refused. */
    @Test
    void preTokenizersAreKnownByName() throws IOException {
        var metadata = new LinkedHashMap<>(
                Tokenizer.load(Golden.resource("bpe_roberta/tokenizer.json")).toGguf());
        metadata.remove(OWN);
        for (var name : List.of(
                "default",
                "gpt-2",
                "modern-bert",
                "roberta-bpe",
                "llama-bpe",
                "qwen2",
                "qwen35",
                "starcoder",
                "falcon",
                "deepseek-coder",
                "deepseek-v3",
                "bloom",
                "viking",
                "tekken",
                "gpt-4o",
                "tiny_aya",
                "superbpe",
                "bailingmoe",
                "seed-coder",
                "minicpm5",
                "smollm",
                "command-r",
                "refact")) {
            metadata.put("tokenizer.ggml.pre", GgufValue.of(name));
            var tokenizer = Tokenizer.load(write(metadata));
            var encoding = tokenizer.tokens("I've 1234567 \u00e9\u4e2d\u6587, don't\r\n\n  Worlds", false);
            assertEquals(encoding.end(encoding.length() - 1), 34, name);
            assertTrue(encoding.length() > 12, name);
        }
        metadata.put("tokenizer.ggml.pre", GgufValue.of("foo"));
        var file = write(metadata);
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(file));
        assertTrue(refusal.getMessage().contains("\"foo\", which is not supported"), refusal::getMessage);
    }

    @Test
    void textsAreFramedAsTheFileSays() throws IOException {
        var whole = Tokenizer.load(Golden.resource("bpe_roberta/tokenizer.json"));
        var metadata = new LinkedHashMap<>(whole.toGguf());
        metadata.remove(OWN);
        metadata.put("tokenizer.ggml.add_bos_token", GgufValue.of(true));
        assertEquals(List.of(0, 0), specials(metadata));
        metadata.put("tokenizer.ggml.add_eos_token", GgufValue.of(true));
        assertEquals(List.of(0, 2, 2), specials(metadata));
        metadata.put("tokenizer.ggml.pre", GgufValue.of("roberta-bpe"));
        assertEquals(List.of(0, 2, 2, 2), specials(metadata));
    }

    private List<Integer> specials(Map<String, GgufValue> metadata) throws IOException {
        var encoding = Tokenizer.load(write(metadata)).encode("a", "b");
        var ids = new ArrayList<Integer>();
        for (int i = 0; i < encoding.length(); i++) {
            if (encoding.specialMask()[i] == 1) {
                ids.add(encoding.id(i));
            }
        }
        return ids;
    }
}
