package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Hugging Face library itself, through DJL's binding of it, on the golden texts and on random ones. */
class DjlComparisonTest {
    private static final long SEED = 20_261_122;

    @TempDir
    Path directory;

    static HuggingFaceTokenizer reference(Path file) throws IOException {
        try {
            return HuggingFaceTokenizer.builder()
                    .optTokenizerPath(file)
                    .optAddSpecialTokens(true)
                    .optTruncation(false)
                    .optPadding(false)
                    .build();
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError | IllegalStateException e) {
            Assumptions.abort("SKIPPED: the native library of ai.djl.huggingface:tokenizers does not load here: " + e);
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"wp_uncased, 4000", "wp_cased, 4000"})
    void smallTokenizersAgree(String name, int fuzz) throws IOException {
        compare(Golden.resource(name + "/tokenizer.json"), fuzz);
    }

    @ParameterizedTest
    @CsvSource({"models/guard-bootstrap/tokenizer.json, 4000", "tokenizers/bert-base-uncased/tokenizer.json, 2000"})
    void realTokenizersAgree(String name, int fuzz) throws IOException {
        compare(Golden.shared(name), fuzz);
    }

    /** Every setting of the normaliser and every pre-tokenizer that a plain BERT file does not use. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"BertNormalizer\",\"clean_text\":false,\"handle_chinese_chars\":false,\"strip_accents\":true,\"lowercase\":false}|"
                    + " {\"type\":\"WhitespaceSplit\"}",
                "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":false,\"lowercase\":true}|"
                    + " {\"type\":\"Whitespace\"}",
                "{\"type\":\"NFKC\"}| {\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Whitespace\"},"
                        + "{\"type\":\"Digits\",\"individual_digits\":true}]}",
                "{\"type\":\"NFC\"}| {\"type\":\"Punctuation\",\"behavior\":\"MergedWithPrevious\"}",
                "{\"type\":\"NFKD\"}| {\"type\":\"Punctuation\",\"behavior\":\"MergedWithNext\"}",
                "{\"type\":\"NFD\"}| {\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"}",
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},{\"type\":\"StripAccents\"},{\"type\":\"Lowercase\"}]}|"
                    + " {\"type\":\"Digits\",\"individual_digits\":false}",
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true},{\"type\":\"Replace\",\"pattern\":{\"String\":\"th\"},\"content\":\"s"
                    + " a\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\""
                    + " \"},\"content\":\"\"},{\"type\":\"Prepend\",\"prepend\":\"the\"}]}|"
                    + " {\"type\":\"Punctuation\",\"behavior\":\"Removed\"}",
                "{\"type\":\"Strip\",\"strip_left\":false,\"strip_right\":true}| {\"type\":\"Punctuation\"}"
            })
    void otherComponentsAgree(String normalizer, String preTokenizer) throws IOException {
        var json = Files.readString(Golden.resource("wp_cased/tokenizer.json"));
        var root = new LinkedHashMap<>(Json.parse("wp_cased", json).asObject().members());
        root.put("normalizer", Json.parse("normalizer", normalizer));
        root.put("pre_tokenizer", Json.parse("pre_tokenizer", preTokenizer));
        var model = new LinkedHashMap<>(root.get("model").asObject().members());
        model.put("vocab", Json.parse("vocab", characterVocabulary()));
        root.put("model", JsonObject.of(model));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        compare(file, 2000);
    }

    /** A vocabulary in which most characters are tokens, so that offsets inside words show. */
    private static String characterVocabulary() {
        var tokens = new LinkedHashMap<String, Integer>();
        for (var special : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")) {
            tokens.put(special, tokens.size());
        }
        int[][] ranges = {
            {0x21, 0x24F},
            {0x300, 0x3FF},
            {0x400, 0x45F},
            {0x591, 0x5EA},
            {0x900, 0x97F},
            {0x1100, 0x11FF},
            {0x1E00, 0x1FFF},
            {0x3040, 0x30FF},
            {0xAC00, 0xAC40}
        };
        for (var range : ranges) {
            for (int c = range[0]; c <= range[1]; c++) {
                tokens.putIfAbsent(Character.toString(c), tokens.size());
                tokens.putIfAbsent("##" + Character.toString(c), tokens.size());
            }
        }
        var out = JsonWriter.compact().beginObject();
        tokens.forEach((token, id) -> out.name(token).value(id));
        return out.endObject().toString();
    }

    /** Added tokens of every kind, and a special token that stands for several ids in the template. */
    @Test
    void addedTokensOfEveryKindAgree() throws IOException {
        var json = Files.readString(Golden.resource("wp_uncased/tokenizer.json"));
        var added = new StringBuilder();
        int id = 1500;
        for (var content : List.of("<one>", "<O>", "the", "[X Y]", "\u00e9t\u00e9", "\u4e2d", "aa", "aab", "b")) {
            int flags = content.hashCode();
            added.append(",{\"id\":")
                    .append(id++)
                    .append(",\"content\":\"")
                    .append(content)
                    .append("\"");
            for (var flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
                added.append(",\"").append(flag).append("\":").append((flags & 1) == 1);
                flags >>= 1;
            }
            added.append("}");
        }
        var file = directory.resolve("tokenizer.json");
        int end = json.indexOf("]", json.indexOf("\"[MASK]\"", json.indexOf("added_tokens")) + 8);
        Files.writeString(file, json.substring(0, end) + added + json.substring(end));
        compare(file, 4000);
    }

    /** The text on which the recorded ids of the checkpoints are not the library's. */
    @ParameterizedTest
    @CsvSource({"bert-base-uncased", "bert-base-cased", "bert-base-multilingual-cased"})
    void theTextWithARecordOfItsOwnAgrees(String checkpoint) throws IOException {
        var ours = Tokenizer.load(Golden.shared("tokenizers/" + checkpoint + "/vocab.txt"));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, ours.toJson());
        var golden = Json.read(Golden.shared("tokenizers/goldens-37/" + checkpoint + ".json"))
                .asObject();
        int seen = 0;
        try (var theirs = reference(file)) {
            for (var row : golden.array("datasets")) {
                var text = row.asObject().string("input");
                if (text.startsWith(RealTokenizerTest.NOT_THE_REFERENCE)) {
                    assertEquals(null, difference(ours, theirs, text));
                    seen++;
                }
            }
        }
        assertEquals(1, seen);
    }

    private static void compare(Path file, int fuzz) throws IOException {
        var ours = Tokenizer.load(file);
        var texts = new ArrayList<>(Golden.strings().values());
        var random = new Random(SEED);
        for (int i = 0; i < fuzz; i++) {
            texts.add(FuzzText.next(random));
        }
        var failures = new ArrayList<String>();
        try (var theirs = reference(file)) {
            for (var text : texts) {
                var difference = difference(ours, theirs, text);
                if (difference != null) {
                    failures.add(difference);
                }
            }
        }
        assertTrue(texts.size() >= 2229 + fuzz);
        Golden.assertNone(file + " (seed " + SEED + ")", failures);
    }

    static String difference(Tokenizer ours, HuggingFaceTokenizer theirs, String text) {
        var have = ours.encode(text);
        var want = theirs.encode(wellFormed(text), true, false);
        var ids = Arrays.stream(want.getIds()).mapToInt(Math::toIntExact).toArray();
        if (!Arrays.equals(ids, have.ids())) {
            return Golden.escaped(text) + ": ids " + Arrays.toString(have.ids()) + ", the library "
                    + Arrays.toString(ids);
        }
        var offsets = new int[2 * ids.length];
        for (int i = 0; i < ids.length; i++) {
            var span = want.getCharTokenSpans()[i];
            offsets[2 * i] = span == null ? 0 : span.getStart();
            offsets[2 * i + 1] = span == null ? 0 : span.getEnd();
        }
        if (!Arrays.equals(offsets, Golden.offsets(have))) {
            return Golden.escaped(text) + ": offsets " + Arrays.toString(Golden.offsets(have)) + ", the library "
                    + Arrays.toString(offsets);
        }
        if (!Arrays.asList(want.getTokens()).equals(have.tokens())) {
            return Golden.escaped(text) + ": tokens " + have.tokens() + ", the library "
                    + Arrays.toString(want.getTokens());
        }
        return null;
    }

    /** The text with U+FFFD for each lone surrogate, which Rust's strings cannot hold. */
    private static String wellFormed(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return out.toString();
    }
}
