package dev.kanmon.tokenizer;

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
        "golden/tokenizers/unigram_albert/spiece.model, golden/tokenizers/unigram_albert, 0",
        "golden/tokenizers/unigram_deberta_v3/spm.model, golden/tokenizers/unigram_deberta_v3, 0",
        "golden/tokenizers/unigram_xlmr/sentencepiece.bpe.model, golden/tokenizers/unigram_xlmr, 1",
        "tokenizers/deberta-v3/spm.model, golden/real_tokenizers/deberta-v3, 0"
    })
    void everyStringIsSentencePieces(String file, String golden, int offset) throws IOException {
        var model = Golden.shared(file);
        var alone = Files.copy(model, directory.resolve(model.getFileName()));
        var tokenizer = Tokenizer.load(alone);
        var strings = Golden.strings();
        var failures = new ArrayList<String>();
        var rows = Golden.rows(Golden.shared(golden + "/expected_spm.jsonl.gz"));
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
                        var changed = text.substring(0, flag)
                                + text.substring(flag).replaceFirst("false", "true");
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
}
