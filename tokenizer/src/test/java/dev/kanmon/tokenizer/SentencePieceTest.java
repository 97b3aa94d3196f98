package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
