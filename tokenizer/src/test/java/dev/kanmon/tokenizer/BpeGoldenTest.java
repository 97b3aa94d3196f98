package dev.kanmon.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Byte-level BPE, small ones trained for this project and published ones, against the reference's answers. */
class BpeGoldenTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bpe_modernbert/tokenizer.json",
                "bpe_qwen2/tokenizer.json",
                "bpe_roberta/tokenizer.json",
                "bpe_roberta/tokenizer.legacy.json"
            })
    void everyStringHasTheReferencesIdsOffsetsAndTokens(String file) throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource(file));
        Golden.assertRows(Golden.resource(file.replaceAll("/.*", "") + "/expected.jsonl.gz"), tokenizer, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpe_roberta/tokenizer.json", "bpe_roberta/tokenizer.legacy.json"})
    void pairsTruncationOverflowAndPaddingAreTheReferences(String file) throws IOException {
        SmallGoldenTest.assertPairs(
                Tokenizer.load(Golden.resource(file)), Golden.rows(Golden.resource("bpe_roberta/pairs.jsonl.gz")));
    }

    @ParameterizedTest
    @CsvSource({
        "golden/tokenizers/bpe_modernbert, golden/tokenizers/bpe_modernbert/tokenizer.json",
        "golden/tokenizers/bpe_qwen2, golden/tokenizers/bpe_qwen2/tokenizer.json",
        "golden/tokenizers/bpe_roberta, golden/tokenizers/bpe_roberta/tokenizer.json",
        "golden/real_tokenizers/gpt2, tokenizers/gpt2/tokenizer.json",
        "golden/real_tokenizers/modernbert, tokenizers/modernbert/tokenizer.json"
    })
    void everyStringAndBatchIsTheReferences(String name, String file) throws IOException {
        var tokenizer = Tokenizer.load(name.endsWith("/modernbert") ? asRecorded(file) : Golden.shared(file));
        var golden = Golden.shared(name);
        Golden.assertRows(golden.resolve("expected.jsonl.gz"), tokenizer, false);
        Golden.assertRows(golden.resolve("expected_specials_as_text.jsonl.gz"), tokenizer, true);
        SmallGoldenTest.assertPairs(tokenizer, Golden.rows(golden.resolve("pairs.jsonl.gz")));
    }

    /**
     * The answers for ModernBERT were recorded from a file whose [PAD] and [UNK] have other flags, as source.json's
     * checksum tells; {@link BpeDjlTest} compares the file as it is.
     */
    private Path asRecorded(String file) throws IOException {
        var json = Files.readString(Golden.shared(file));
        for (var token : List.of("[PAD]", "[UNK]")) {
            int from = json.indexOf("\"" + token + "\"", json.indexOf("\"added_tokens\""));
            int to = json.indexOf("\"special\"", from);
            json = json.substring(0, from)
                    + json.substring(from, to).replaceAll(":\\s*false", ":true")
                    + json.substring(to);
        }
        var copy = directory.resolve("tokenizer.json");
        Files.writeString(copy, json);
        return copy;
    }
}
