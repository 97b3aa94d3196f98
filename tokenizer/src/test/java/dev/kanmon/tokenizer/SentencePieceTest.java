package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SentencePiece models that come alone, against SentencePiece's own answers. */
class SentencePieceTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "resource, resource, 0",
        "golden/tokenizers/unigram_albert/spiece.model, golden/tokenizers/unigram_albert, 0",
        "golden/tokenizers/unigram_deberta_v3/spm.model, golden/tokenizers/unigram_deberta_v3, 0",
        "golden/tokenizers/unigram_xlmr/sentencepiece.bpe.model, golden/tokenizers/unigram_xlmr, 1",
        "tokenizers/deberta-v3/spm.model, golden/real_tokenizers/deberta-v3, 0"
    })
    void everyStringIsSentencePieces(String file, String golden, int offset) throws IOException {
        boolean resource = file.equals("resource");
        var model = resource ? Golden.resource("unigram_deberta_v3/spm.model") : Golden.shared(file);
        var alone = Files.copy(model, directory.resolve(model.getFileName()));
        var tokenizer = Tokenizer.load(alone);
        var strings = Golden.strings();
        var failures = new ArrayList<String>();
        var rows = Golden.rows(
                resource
                        ? Golden.resource("unigram_deberta_v3/expected_spm.jsonl.gz")
                        : Golden.shared(golden + "/expected_spm.jsonl.gz"));
        for (var row : rows) {
            var text = strings.get(row.integer("i"));
            var ids = Arrays.stream(row.array("spm_ids").ints())
                    .map(id -> offset == 0 ? id : id == 0 ? 3 : id + 1)
                    .toArray();
            var have = tokenizer.tokens(text, false);
            if (!Arrays.equals(ids, have.ids())) {
                failures.add("string " + row.integer("i") + " " + Golden.escaped(text) + ": " + have.tokens() + " "
                        + Arrays.toString(have.ids()) + ", expected " + Arrays.toString(ids));
            }
        }
        assertTrue(rows.size() > 1000);
        Golden.assertNone(file + " (" + rows.size() + " rows)", failures);
    }

    /** Ids that published checkpoints' own tokenizers gave. */
    @ParameterizedTest
    @CsvSource({
        "t5-small, t5/spiece.model, T5Tokenizer",
        "t5-base, t5/spiece.model, T5Tokenizer",
        "MoritzLaurer--DeBERTa-v3-base-mnli-fever-anli, deberta-v3/spm.model, DebertaV2Tokenizer",
        "OpenAssistant--reward-model-deberta-v3-large-v2, deberta-v3/spm.model, DebertaV2Tokenizer",
        "deepset--deberta-v3-large-squad2, deberta-v3/spm.model, DebertaV2Tokenizer"
    })
    void publishedCheckpointsAgree(String checkpoint, String file, String tokenizerClass) throws IOException {
        var model = Golden.shared("tokenizers/" + file);
        var copy = Files.copy(model, directory.resolve(model.getFileName()));
        Files.writeString(
                directory.resolve("tokenizer_config.json"), "{\"tokenizer_class\":\"" + tokenizerClass + "\"}");
        var tokenizer = Tokenizer.load(copy);
        var golden = Json.read(Golden.shared("tokenizers/goldens-37/" + checkpoint + ".json"))
                .asObject();
        var failures = new ArrayList<String>();
        for (var element : golden.array("datasets")) {
            var row = element.asObject();
            var ids = row.array("ids").ints();
            var have = tokenizer.encode(row.string("input"));
            if (!Arrays.equals(ids, have.ids())) {
                failures.add(Golden.escaped(row.string("input")) + ": " + have.tokens() + " "
                        + Arrays.toString(have.ids()) + ", expected " + Arrays.toString(ids));
            }
        }
        assertEquals(37, golden.array("datasets").size());
        Golden.assertNone(checkpoint, failures);
    }

    /** DeBERTa-v3's three tokenizers: tokenizer.json as published, the same with byte fallback, spm.model. */
    @ParameterizedTest
    @ValueSource(strings = {"fast", "bytefallback", "spm"})
    void debertaV3InItsThreeForms(String form) throws IOException {
        var json = Golden.shared("tokenizers/deberta-v3/tokenizer.json");
        var tokenizer =
                switch (form) {
                    case "fast" -> Tokenizer.load(json);
                    case "spm" -> Tokenizer.load(Golden.shared("tokenizers/deberta-v3/spm.model"));
                    default -> {
                        var text = Files.readString(json);
                        int flag = text.lastIndexOf("\"byte_fallback\"");
                        var changed =
                                text.substring(0, flag) + text.substring(flag).replaceFirst("false", "true");
                        yield Tokenizer.load(Files.writeString(directory.resolve("tokenizer.json"), changed));
                    }
                };
        if (form.equals("bytefallback")) {
            var expected = Golden.shared("golden/real_tokenizers/deberta-v3/expected_bytefallback.jsonl.gz");
            Golden.assertRows(expected, tokenizer, false);
        }
        // A form without ids of its own has those of the form before it.
        var forms = List.of("fast", "bytefallback", "spm");
        var options = EncodeOptions.DEFAULT.withSpecialsAsText(form.equals("spm"));
        var failures = new ArrayList<String>();
        int count = 0;
        for (var line : Files.readAllLines(Golden.shared("tokenizers/deberta-v3/golden.jsonl"))) {
            var row = Json.parse("golden.jsonl", line).asObject();
            int[] ids = null;
            for (var of : forms.subList(0, forms.indexOf(form) + 1)) {
                ids = row.get(of) instanceof JsonArray array ? array.ints() : ids;
            }
            var have = tokenizer.encode(row.string("text"), null, options);
            if (!Arrays.equals(ids, have.ids())) {
                failures.add(Golden.escaped(row.string("text")) + ": " + Arrays.toString(have.ids()) + ", expected "
                        + Arrays.toString(ids));
            }
            count++;
        }
        assertEquals(389, count);
        Golden.assertNone(form, failures);
    }

    /** A directory as it was before tokenizer.json: the configuration says what goes around the pieces. */
    @ParameterizedTest
    @CsvSource({
        "unigram_deberta_v3, spm.model, tokenizer_config.json, 1, 2",
        "unigram_deberta_v3, spm.model, config.json, 1, 2",
        "unigram_xlmr, sentencepiece.bpe.model, tokenizer_config.json, 0, 2",
        "unigram_xlmr, sentencepiece.bpe.model, none, 0, 2"
    })
    void aDirectoryPutsSpecialTokensAround(String golden, String model, String config, int first, int last)
            throws IOException {
        var from = Golden.shared("golden/tokenizers/" + golden);
        Files.copy(from.resolve(model), directory.resolve(model));
        switch (config) {
            case "tokenizer_config.json" -> Files.copy(from.resolve(config), directory.resolve(config));
            case "config.json" -> Files.writeString(directory.resolve(config), "{\"model_type\":\"deberta-v2\"}");
            default -> assertEquals("none", config);
        }
        var tokenizer = Tokenizer.load(directory);
        var whole = Tokenizer.load(from.resolve("tokenizer.json"));
        var strings = Golden.strings();
        int same = 0;
        for (var row : Golden.rows(from.resolve("expected_spm.jsonl.gz"))) {
            var text = strings.get(row.integer("i"));
            var pieces = tokenizer.tokens(text, false);
            var encoding = tokenizer.encode(text);
            assertEquals(first, encoding.ids()[0]);
            assertEquals(last, encoding.ids()[encoding.length() - 1]);
            assertArrayEquals(
                    pieces.ids(), encoding.slice(1, encoding.length() - 1).ids());
            if (row.bool("same_as_tokenizer_json")) {
                assertArrayEquals(
                        whole.encode(text, text).ids(),
                        tokenizer.encode(text, text).ids());
                assertArrayEquals(
                        whole.encode(text, text).typeIds(),
                        tokenizer.encode(text, text).typeIds());
                same++;
            }
        }
        assertTrue(same > 500);
        var mask = whole.token(whole.maxId());
        assertArrayEquals(
                whole.encode("a " + mask + " b").ids(),
                tokenizer.encode("a " + mask + " b").ids());
        assertEquals(whole.maxId(), tokenizer.maxId());
    }

    /** ALBERT changes the text first; tokenizer.json says how, and on plain words both agree. */
    @ParameterizedTest
    @ValueSource(strings = {"The Guard reads", "caf\u00e9 ``x'' NA\u00cfVE", "a [MASK] b", "[CLS] in text"})
    void albertLowersAndStrips(String text) throws IOException {
        var from = Golden.shared("golden/tokenizers/unigram_albert");
        Files.copy(from.resolve("spiece.model"), directory.resolve("spiece.model"));
        Files.copy(from.resolve("tokenizer_config.json"), directory.resolve("tokenizer_config.json"));
        var whole = Tokenizer.load(from.resolve("tokenizer.json"));
        assertEquals(
                whole.encode(text).tokens(),
                Tokenizer.load(directory).encode(text).tokens());
    }

    /** SentencePiece's own spans: what is dropped belongs to the token before it, bytes share one span. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\\s\\sthe\\s\\sthe\\s | 1 2,5 5,10 2",
                "the\u200b\u0007the | 1 0,3 3,8 2",
                "\u2603the | 1 0,0 0,0 0,0 0,1 1,3 3,4 2",
            })
    void offsetsAreSentencePieces(String quoted, String expected) throws IOException {
        var text = quoted.translateEscapes();
        var encoding =
                Tokenizer.load(Golden.resource("unigram_deberta_v3/spm.model")).encode(text);
        var have = new StringBuilder();
        for (int i = 0; i < encoding.length(); i++) {
            boolean special = encoding.sequence(i) < 0;
            have.append(i == 0 ? "" : " ")
                    .append(special ? encoding.ids()[i] : encoding.start(i) + "," + encoding.end(i));
        }
        assertEquals(expected, have.toString(), () -> encoding.tokens().toString());
    }
}
