package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Published BERT tokenizers, which lie beside the checkout, against the reference's answers. Those for bert-base-uncased
 * were made from a tokenizer.json with a plain [PAD], which is what its vocab.txt gives; the tokenizer.json that lies
 * beside it has another [PAD] and is compared in {@link DjlComparisonTest}.
 */
class RealTokenizerTest {
    /**
     * On the text that starts so, every recorded checkpoint has a token that tokenizers 0.23.3 does not give, as if a
     * character of the text were a blank ({@code 000} before U+A64A). {@link DjlComparisonTest} holds us to the library there.
     */
    static final String NOT_THE_REFERENCE = "The llama (";

    @ParameterizedTest
    @CsvSource({
        "bert-base-uncased, bert-base-uncased/vocab.txt",
        "bert-base-cased, bert-base-cased/vocab.txt",
        "bert-base-multilingual-cased, bert-base-multilingual-cased/vocab.txt"
    })
    void everyStringAndBatchIsTheReferences(String name, String file) throws IOException {
        var tokenizer = Tokenizer.load(Golden.shared("tokenizers/" + file));
        var golden = Golden.shared("golden/real_tokenizers/" + name);
        Golden.assertRows(golden.resolve("expected.jsonl.gz"), tokenizer, false);
        Golden.assertRows(golden.resolve("expected_specials_as_text.jsonl.gz"), tokenizer, true);
        SmallGoldenTest.assertPairs(tokenizer, Golden.rows(golden.resolve("pairs.jsonl.gz")));
    }

    /** Ids that the checkpoints' own tokenizers gave for 37 texts; those that have the vocabulary of one of ours. */
    @ParameterizedTest
    @CsvSource({
        "bert-base-uncased, bert-base-uncased",
        "bert-base-cased, bert-base-cased",
        "bert-base-multilingual-cased, bert-base-multilingual-cased",
        "distilbert-base-uncased, bert-base-uncased",
        "google--electra-base-discriminator, bert-base-uncased",
        "sentence-transformers--all-MiniLM-L6-v2, bert-base-uncased"
    })
    void publishedCheckpointsAgree(String checkpoint, String directory) throws IOException {
        var tokenizer = Tokenizer.load(Golden.shared("tokenizers/" + directory + "/vocab.txt"));
        var golden = Json.read(Golden.shared("tokenizers/goldens-37/" + checkpoint + ".json"))
                .asObject();
        var failures = new ArrayList<String>();
        for (var element : golden.array("datasets")) {
            var row = element.asObject();
            if (row.string("input").startsWith(NOT_THE_REFERENCE)) {
                continue;
            }
            var ids = row.array("ids").ints();
            var have = tokenizer.encode(row.string("input"));
            if (!Arrays.equals(ids, have.ids())) {
                failures.add(Golden.escaped(row.string("input")) + ": " + have + " " + Arrays.toString(have.ids())
                        + ", expected " + Arrays.toString(ids));
            }
        }
        Golden.assertNone(checkpoint, failures);
    }

    @Test
    void theFilesWishesAreToldButNotFollowed() throws IOException {
        var tokenizer = Tokenizer.load(Golden.shared("tokenizers/bert-base-uncased/tokenizer.json"));
        assertEquals(OptionalInt.empty(), tokenizer.maxLengthWish());
        assertEquals(
                new Padding(OptionalInt.of(0), 0, Direction.RIGHT, 0, 0, "[PAD]"),
                tokenizer.paddingWish().orElseThrow());
        assertEquals(30522, tokenizer.vocabularySize());
        assertEquals(30521, tokenizer.maxId());
    }
}
