package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.text.ByteAlphabet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens to text against the Hugging Face library: of encoded texts, and of ids in any order. */
class DecoderTest {
    private static final long SEED = 20_261_125;

    @TempDir
    Path directory;

    private static void compare(Path file, int count) throws IOException {
        var ours = Tokenizer.load(file);
        var random = new Random(SEED);
        var failures = new ArrayList<String>();
        try (var theirs = DjlComparisonTest.reference(file)) {
            for (int i = 0; i < count; i++) {
                int[] ids;
                if (i % 2 == 0) {
                    ids = ours.encode(FuzzText.next(random)).ids();
                } else {
                    ids = random.ints(random.nextInt(12), 0, ours.maxId() + 3).toArray();
                }
                boolean skip = random.nextBoolean();
                var have = ours.decode(ids, skip);
                var want = theirs.decode(Arrays.stream(ids).asLongStream().toArray(), skip);
                if (!have.equals(want)) {
                    failures.add(Arrays.toString(ids) + (skip ? " without specials" : "") + ": " + Golden.escaped(have)
                            + ", the library " + Golden.escaped(want));
                }
            }
        }
        Golden.assertNone(file + " (seed " + SEED + ")", failures);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bpe_roberta/tokenizer.json",
                "bpe_qwen2/tokenizer.json",
                "bpe_modernbert/tokenizer.json",
                "wp_cased/tokenizer.json",
                "wp_uncased/tokenizer.json"
            })
    void smallTokenizersDecodeAlike(String name) throws IOException {
        compare(Golden.resource(name), 2000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "golden/tokenizers/unigram_xlmr/tokenizer.json",
                "golden/tokenizers/unigram_deberta_v3/tokenizer.bytefallback.json",
                "tokenizers/gpt2/tokenizer.json",
                "tokenizers/modernbert/tokenizer.json"
            })
    void sharedTokenizersDecodeAlike(String name) throws IOException {
        compare(Golden.shared(name), 2000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "bpe_roberta | null",
                "bpe_roberta | {\"type\":\"BPEDecoder\",\"suffix\":\"e\"}",
                "bpe_roberta |"
                    + " {\"type\":\"CTC\",\"pad_token\":\"<pad>\",\"word_delimiter_token\":\"\u0120\",\"cleanup\":true}",
                "bpe_roberta | {\"type\":\"CTC\",\"pad_token\":\"a\",\"word_delimiter_token\":\"b\",\"cleanup\":false}",
                "bpe_roberta | {\"type\":\"Fuse\"}",
                "bpe_roberta |"
                    + " {\"type\":\"Metaspace\",\"replacement\":\"\u0120\",\"prepend_scheme\":\"always\",\"split\":true}",
                "bpe_roberta |"
                    + " {\"type\":\"Metaspace\",\"replacement\":\"\u0120\",\"prepend_scheme\":\"never\",\"split\":true}",
                "bpe_roberta | {\"type\":\"Replace\",\"pattern\":{\"Regex\":\"[aeiou]+\"},\"content\":\"<$0>\"}",
                "bpe_roberta | {\"type\":\"Replace\",\"pattern\":{\"String\":\"\u0120\"},\"content\":\" \"}",
                "bpe_roberta | {\"type\":\"WordPiece\",\"prefix\":\"\u0120\",\"cleanup\":true}",
                "wp_cased | {\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":false}",
                "wp_cased |"
                    + " {\"type\":\"Sequence\",\"decoders\":[{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},"
                    + "{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\"t\",\"start\":2,\"stop\":0},"
                    + "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"^\"},\"content\":\"x\"}]}"
            })
    void everyDecoderDecodesAlike(String base, String decoder) throws IOException {
        var root = new LinkedHashMap<>(
                Json.read(Golden.resource(base + "/tokenizer.json")).asObject().members());
        root.put("decoder", Json.parse("decoder", decoder));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        compare(file, 1000);
    }

    /** Runs of byte tokens that are UTF-8 and such that are not. */
    @Test
    void bytesAreJoined() throws IOException {
        var vocabulary = JsonObject.builder();
        for (int value = 0; value < 256; value++) {
            vocabulary.put("<0x%02X>".formatted(value), value);
        }
        vocabulary
                .put("a", 256)
                .put("<0x+5>", 257)
                .put("<0xG0>", 258)
                .put("<0x\u00e9>", 259)
                .put("\u2581", 260);
        var root = new LinkedHashMap<>(Json.read(Golden.resource("bpe_roberta/tokenizer.json"))
                .asObject()
                .members());
        root.put("added_tokens", Json.parse("added", "[]"));
        root.put("post_processor", Json.parse("post", "null"));
        root.put(
                "model",
                Json.parse(
                        "model", "{\"type\":\"BPE\",\"vocab\":" + Json.write(vocabulary.build()) + ",\"merges\":[]}"));
        root.put(
                "decoder",
                Json.parse(
                        "decoder",
                        "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"\u2581\"},\"content\":\""
                            + " \"},{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\""
                            + " \",\"start\":1,\"stop\":0}]}"));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        compare(file, 2000);
        var tokenizer = Tokenizer.load(file);
        assertEquals("\u20ac\u0005a", tokenizer.decode(new int[] {260, 0xE2, 0x82, 0xAC, 257, 256}, true));
        assertEquals("\ufffd\ufffda\ufffd", tokenizer.decode(new int[] {0xE2, 0x82, 256, 0xFF}, false));
    }

    /** Each start of a character that does not go on is one replacement; the bytes of a surrogate are three. */
    @Test
    void brokenUtf8IsReplacedAsInRust() throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource("bpe_roberta/tokenizer.json"));
        var random = new Random(SEED);
        var alphabet = new int[256];
        for (int value = 0; value < 256; value++) {
            alphabet[value] = tokenizer
                    .id(Character.toString(ByteAlphabet.character(value)))
                    .orElseThrow();
        }
        var failures = new ArrayList<String>();
        var leads =
                new int[] {0xC2, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0x41, 0xFF};
        try (var theirs = DjlComparisonTest.reference(Golden.resource("bpe_roberta/tokenizer.json"))) {
            for (int i = 0; i < 5000; i++) {
                var ids = random.ints(1 + random.nextInt(8), 0, 256)
                        .map(value -> alphabet[random.nextInt(4) == 0 ? value : leads[value % leads.length]])
                        .toArray();
                var have = tokenizer.decode(ids, false);
                var want = theirs.decode(Arrays.stream(ids).asLongStream().toArray(), false);
                if (!have.equals(want)) {
                    failures.add(Arrays.toString(ids) + ": " + Golden.escaped(have) + ", the library "
                            + Golden.escaped(want));
                }
            }
        }
        Golden.assertNone("bytes (seed " + SEED + ")", failures);
    }
}
