package dev.kanmon.tokenizer;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unigram tokenizers in a tokenizer.json, small ones and DeBERTa-v3's, against the reference's answers. */
class UnigramGoldenTest {
    @Test
    void theCopyInThisModuleAgrees() throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource("unigram_deberta_v3"));
        Golden.assertRows(Golden.resource("unigram_deberta_v3/expected.jsonl.gz"), tokenizer, false);
    }

    @ParameterizedTest
    @CsvSource({
        "golden/tokenizers/unigram_albert/tokenizer.json, golden/tokenizers/unigram_albert, expected",
        "golden/tokenizers/unigram_deberta_v3/tokenizer.json, golden/tokenizers/unigram_deberta_v3, expected",
        "golden/tokenizers/unigram_deberta_v3/tokenizer.bytefallback.json, golden/tokenizers/unigram_deberta_v3,"
                + " expected_bytefallback",
        "golden/tokenizers/unigram_xlmr/tokenizer.json, golden/tokenizers/unigram_xlmr, expected",
        "golden/tokenizers/unigram_xlmr/tokenizer.legacy.json, golden/tokenizers/unigram_xlmr, expected",
        "tokenizers/deberta-v3/tokenizer.json, golden/real_tokenizers/deberta-v3, expected"
    })
    void everyStringAndBatchIsTheReferences(String file, String golden, String expected) throws IOException {
        var tokenizer = Tokenizer.load(Golden.shared(file));
        Golden.assertRows(Golden.shared(golden + "/" + expected + ".jsonl.gz"), tokenizer, false);
        if (expected.equals("expected")) {
            Golden.assertRows(Golden.shared(golden + "/expected_specials_as_text.jsonl.gz"), tokenizer, true);
            SmallGoldenTest.assertPairs(tokenizer, Golden.rows(Golden.shared(golden + "/pairs.jsonl.gz")));
        }
    }
}
