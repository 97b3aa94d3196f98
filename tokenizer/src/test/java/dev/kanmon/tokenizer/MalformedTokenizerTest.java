package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are not what they should be. */
class MalformedTokenizerTest {
    /** The manifest's ids for these are not from tokenizer.json; tokenizers 0.23.3 reads {@code ab hello} so. */
    private static final List<String> BPE = List.of("load__tok_bpe_valid", "load__tok_bpe_merge_pairs");

    private static final int[] BPE_IDS = {2, 7, 3};

    @TempDir
    Path directory;

    private Tokenizer load(String json) throws IOException {
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, json);
        return Tokenizer.load(file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"type\":\"WordPiece\",\"unk_token\" | \"type\":\"Foo\",\"unk_token\" "
                        + "| model.type names the model \"Foo\", which is not supported; known: ",
                "\"type\":\"BertNormalizer\" | \"type\":\"Foo\" | names the normalizer \"Foo\"",
                "\"type\":\"BertPreTokenizer\" | \"type\":\"Foo\" | pre_tokenizer.type names the pre-tokenizer \"Foo\"",
                "\"type\":\"TemplateProcessing\" | \"type\":\"Foo\" | names the post-processor \"Foo\"",
                "\"type\":\"WordPiece\",\"prefix\" | \"type\":\"Foo\",\"prefix\" | names the decoder \"Foo\"",
                "\"version\":\"1.0\" | \"version\":\"2.0\" | version is \"2.0\", expected 1.0",
                "\"unk_token\":\"[UNK]\" | \"unk_token\":\"[NO]\" | is \"[NO]\", which the vocabulary of 1500 tokens"
                        + " does not have",
                "\"max_input_chars_per_word\":100 | \"max_input_chars_per_word\":-1 | is -1, expected 0 or more",
                "\"[PAD]\":0 | \"[PAD]\":-1 | is -1, expected 0 or more",
                "\"[PAD]\":0 | \"[PAD]\":4294967296 | expected an integer of at most 32 bits",
                "\"lowercase\":true | \"lowercase\":1 | expected true or false",
                "\"clean_text\":true, | `` | has no key \"clean_text\"",
                "\"id\":\"B\" | \"id\":\"C\" | is the sequence \"C\", expected A or B",
                "\"SpecialToken\":{\"id\":\"[CLS]\" | \"SpecialToken\":{\"id\":\"[X]\" | which special_tokens does not"
                        + " define",
                "\"ids\":[5] | \"ids\":[5,5] | has 2 ids and 1 tokens",
                "\"truncation\":null | \"truncation\":{\"max_length\":5,\"strategy\":\"Foo\",\"stride\":0} | expected"
                        + " LongestFirst",
                "\"padding\":null | \"padding\":{\"strategy\":\"Foo\"} | expected BatchLongest"
            })
    void refusesAndSaysWhy(String find, String replace, String message) throws IOException {
        var json = Json.write(Json.read(Golden.resource("wp_uncased/tokenizer.json")));
        assertTrue(json.contains(find), () -> "the test is stale: no " + find);
        var refusal = assertThrows(ModelFormatException.class, () -> load(json.replace(find, replace)));
        assertTrue(refusal.getMessage().contains(message), refusal::getMessage);
        assertTrue(refusal.getMessage().contains("tokenizer.json"), refusal::getMessage);
    }

    @Test
    void aSingleTemplateMayNotNameTheSecondText() throws IOException {
        var json = Json.write(Json.read(Golden.resource("wp_uncased/tokenizer.json")))
                .replaceFirst("\"Sequence\":\\{\"id\":\"A\"", "\"Sequence\":{\"id\":\"B\"");
        assertThrows(ModelFormatException.class, () -> load(json));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[CLS]\n[SEP]\n", "[UNK]\n[SEP]\n", "[UNK]\n[CLS]\n", ""})
    void aVocabTxtNeedsItsSpecialTokens(String vocabulary) throws IOException {
        var file = directory.resolve("vocab.txt");
        Files.writeString(file, vocabulary);
        assertThrows(ModelFormatException.class, () -> Tokenizer.load(file));
    }

    @Test
    void aVocabTxtMustBeUtf8() throws IOException {
        var file = directory.resolve("vocab.txt");
        Files.write(file, new byte[] {'a', '\n', (byte) 0xC3, '\n'});
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(file));
        assertEquals(2, refusal.offset());
    }

    @Test
    void aDirectoryWithoutATokenizerIsNamed() {
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(directory));
        assertTrue(refusal.getMessage().contains("expected tokenizer.json, "), refusal::getMessage);
    }

    @Test
    void sharedMalformedTokenizersDoWhatTheManifestSays() throws IOException {
        var root = Golden.shared("golden/malformed/dirs");
        var failures = new ArrayList<String>();
        int seen = 0;
        for (var element : Json.read(root.resolve("manifest.json")).asArray()) {
            var row = element.asObject();
            var name = row.string("dir");
            if (!name.contains("__tok_") && !name.equals("load__valid")) {
                continue;
            }
            seen++;
            String refusal = null;
            try {
                var tokenizer = Tokenizer.load(root.resolve(name));
                tokenizer.encode("hello world [SEP] x", "world");
                if (row.object("reference").has("input_ids")) {
                    assertArrayEquals(
                            BPE.contains(name)
                                    ? BPE_IDS
                                    : row.object("reference").array("input_ids").ints(),
                            tokenizer.encode("ab hello").ids(),
                            name);
                }
            } catch (ModelFormatException refused) {
                refusal = refused.getMessage();
            }
            var expected = row.string("expect");
            if (expected.equals("load") && refusal != null || expected.equals("reject") && refusal == null) {
                failures.add(name + " (" + row.string("why") + "): " + (refusal == null ? "loaded" : refusal));
            }
        }
        assertEquals(20, seen);
        Golden.assertNone("malformed tokenizers", failures);
    }
}
