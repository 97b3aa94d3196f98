package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unigram, Metaspace and Precompiled against the Hugging Face library on random texts. The system property {@code
 * kanmon.fuzz} sets how many for each tokenizer; 100,000 take minutes.
 */
class UnigramDjlTest {
    private static final long SEED = 20_261_122;
    private static final int TEXTS = Integer.getInteger("kanmon.fuzz", 5_000);

    /** What normalisation rules, grapheme clusters, and the blank's stand-in make of a text. */
    private static final String[] PARTS = {
        "\u2581",
        " \u2581",
        "\u2581\u2581",
        "``",
        "''",
        " \r\n",
        "\r\n",
        "\r",
        "\n\n",
        "  ",
        "   ",
        "\u3000\u3000",
        "<mask>",
        "<pad>",
        "<unk>",
        "<s>",
        "</s>",
        " <mask> ",
        "[MASK]",
        " [MASK]  ",
        "[UNK]",
        "<0x41>",
        "<0xE2>",
        "aaaaaaaa",
        "\uff41\uff22\uff43",
        "\ufb01\u0301",
        "\ufb03",
        "\u2122\u0301",
        "\u00bd",
        "\u2460",
        "\ufdfa",
        "\u1100\u1161\u11a8",
        "\u1112\u1161",
        "\uac00\u11a8",
        "\u304b\u3099",
        "\uff76\uff9e",
        "\u0e33",
        "\u0e01\u0e33\u0e49",
        "\u0915\u094d\u0937",
        "\u0958\u0301",
        "\u0958\u094d\u0915\u0301",
        "e\u0301",
        "\u00e9\u0323",
        "A\u030a",
        "\u212b\u0308",
        "\ud83d\udc69\u200d\ud83d\udc69",
        "\u2764\ufe0f\u200d\ud83d\udd25",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u0085",
        "\u0007",
        "\u001f",
        "\u007f",
        "\u0600\u0661",
        "\ud83c\uddef\ud83c\uddf5\ud83c\uddeb",
        "\u0391\u0345",
        "\ufffd",
        "\u00a0\u00a0",
        "\u2009",
        "(\u20ac)\u2013",
        "\u0627\u0653\u064b"
    };

    @TempDir
    Path directory;

    private static String text(Random random) {
        var out = new StringBuilder();
        int parts = 1 + random.nextInt(5);
        for (int i = 0; i < parts; i++) {
            switch (random.nextInt(4)) {
                case 0 -> out.append(FuzzText.next(random));
                case 1, 2 -> out.append(PARTS[random.nextInt(PARTS.length)]);
                default -> {
                    int count = 1 + random.nextInt(3);
                    for (int k = 0; k < count; k++) {
                        out.appendCodePoint(random.nextInt(8) == 0 ? random.nextInt(0x110000) : random.nextInt(0x3400));
                    }
                }
            }
            if (random.nextInt(3) == 0) {
                out.append(' ');
            }
        }
        return out.toString();
    }

    @Test
    void agreesOnRandomTextsWithoutWhatLiesBesideTheCheckout() throws IOException {
        compare(Golden.resource("unigram_deberta_v3/tokenizer.json"), TEXTS / 5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "golden/tokenizers/unigram_albert/tokenizer.json",
                "golden/tokenizers/unigram_deberta_v3/tokenizer.json",
                "golden/tokenizers/unigram_deberta_v3/tokenizer.bytefallback.json",
                "golden/tokenizers/unigram_xlmr/tokenizer.json",
                "tokenizers/deberta-v3/tokenizer.json"
            })
    void agreesOnRandomTexts(String file) throws IOException {
        compare(Golden.shared(file), TEXTS);
    }

    private static void compare(Path file, int count) throws IOException {
        var ours = Tokenizer.load(file);
        var random = new Random(SEED);
        var failures = new ArrayList<String>();
        try (var theirs = DjlComparisonTest.reference(file)) {
            for (var text : Golden.strings().values()) {
                add(DjlComparisonTest.difference(ours, theirs, text), failures);
            }
            for (int i = 0; i < count; i++) {
                add(DjlComparisonTest.difference(ours, theirs, text(random)), failures);
            }
        }
        Golden.assertNone(file + " (" + count + " texts, seed " + SEED + ")", failures);
    }

    private static void add(String difference, List<String> failures) {
        if (difference != null) {
            failures.add(difference);
        }
    }

    /** Settings that the golden files do not have, put into them: normalizer, pre-tokenizer, added tokens. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "unigram_xlmr | keep |"
                        + " {'type':'Metaspace','replacement':'\u2581','prepend_scheme':'first','split':true} | 0",
                "unigram_xlmr | keep |"
                        + " {'type':'Metaspace','replacement':'\u2581','prepend_scheme':'first','split':false} | 1",
                "unigram_xlmr | none |"
                        + " {'type':'Metaspace','replacement':'\u2581','prepend_scheme':'never','split':true} | 1",
                "unigram_xlmr | none | {'type':'Metaspace','replacement':'_','prepend_scheme':'always','split':false}"
                        + " | 0",
                "unigram_xlmr | keep | {'type':'Sequence','pretokenizers':[{'type':'WhitespaceSplit'},"
                        + "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'always','split':true}]} | 1",
                "unigram_xlmr | keep | {'type':'Sequence','pretokenizers':[{'type':'WhitespaceSplit'},"
                        + "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'first','split':true}]} | 1",
                "unigram_deberta_v3 | keep | {'type':'Sequence','pretokenizers':["
                        + "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'always','split':true},"
                        + "{'type':'Digits','individual_digits':true},{'type':'Punctuation'}]} | 1",
                "unigram_deberta_v3 | none | none | 1",
                "unigram_albert |"
                    + " {'type':'Sequence','normalizers':[{'type':'Strip','strip_left':true,'strip_right':true},{'type':'Replace','pattern':{'Regex':'"
                    + " {2,}'},'content':''},{'type':'NFKC'}]} |"
                    + " {'type':'Metaspace','replacement':'\u2581','prepend_scheme':'first','split':true} | 1",
                "unigram_albert | {'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'\u2581x'},"
                        + "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}]} | none | 0",
            })
    void agreesOnOtherSettings(String golden, String normalizer, String preTokenizer, int added) throws IOException {
        var root = root(golden);
        replace(root, "normalizer", normalizer);
        replace(root, "pre_tokenizer", preTokenizer);
        if (added == 1) {
            var tokens = new ArrayList<>(root.get("added_tokens").asArray().values());
            int id = 1700;
            for (var content : List.of("<one>", "the", "aa", "aab", "\u4e2d", "NA\u00cfVE")) {
                var token = JsonObject.builder().put("id", id++).put("content", content);
                int flags = id % 32;
                for (var flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
                    token.put(flag, (flags & 1) == 1);
                    flags >>= 1;
                }
                tokens.add(token.build());
            }
            root.put("added_tokens", JsonArray.of(tokens));
        }
        compare(write(root), TEXTS / 2);
    }

    /** Vocabularies that no trainer writes: tokens twice, bytes missing, equal and positive scores, odd numbers. */
    @ParameterizedTest
    @ValueSource(strings = {"twice", "bytes missing", "equal scores", "positive scores", "rounded scores"})
    void agreesOnOtherVocabularies(String kind) throws IOException {
        var root = root("unigram_deberta_v3");
        var model = new LinkedHashMap<>(root.get("model").asObject().members());
        var pieces = new ArrayList<JsonValue>();
        var random = new Random(SEED);
        for (var element : model.get("vocab").asArray()) {
            var token = element.asArray().get(0).asString();
            var score = element.asArray().get(1);
            pieces.add(
                    switch (kind) {
                        case "equal scores" -> piece(token, JsonNumber.of(-3 * token.length()));
                        case "positive scores" -> piece(token, JsonNumber.of(random.nextInt(40) - 8));
                        case "rounded scores" ->
                            piece(
                                    token,
                                    JsonNumber.of(
                                            Math.round(random.nextDouble() * 8) / 8.0 - 4 * token.length() / 3.0));
                        case "bytes missing" -> piece(token.equals("<0xE2>") ? "\u2581zzz" : token, score);
                        default -> piece(token, score);
                    });
        }
        if (kind.equals("twice")) {
            for (var token : List.of("a", "\u2581the", "s", "")) {
                pieces.add(piece(token, JsonNumber.of(-1 - random.nextInt(12))));
            }
        }
        model.put("vocab", JsonArray.of(pieces));
        model.put("byte_fallback", Json.parse("flag", kind.equals("equal scores") ? "false" : "true"));
        root.put("model", JsonObject.of(model));
        compare(write(root), TEXTS / 2);
    }

    @Test
    void writesWhatItReads() throws IOException {
        for (var golden : List.of("unigram_albert", "unigram_deberta_v3", "unigram_xlmr")) {
            var ours = Tokenizer.load(Golden.shared("golden/tokenizers/" + golden + "/tokenizer.json"));
            var file = directory.resolve(golden + ".json");
            Files.writeString(file, ours.toJson());
            Golden.assertSame(ours, Tokenizer.load(file));
            assertEquals(ours.toJson(), Tokenizer.load(file).toJson());
            compare(file, 500);
        }
    }

    private static LinkedHashMap<String, JsonValue> root(String golden) throws IOException {
        var name = golden + "/tokenizer.json";
        var file = golden.equals("unigram_deberta_v3")
                ? Golden.resource(name)
                : Golden.shared("golden/tokenizers/" + name);
        return new LinkedHashMap<>(Json.read(file).asObject().members());
    }

    private static void replace(LinkedHashMap<String, JsonValue> root, String key, String json) throws IOException {
        if (!json.equals("keep")) {
            root.put(key, Json.parse(key, json.equals("none") ? "null" : json.replace('\'', '"')));
        }
    }

    private static JsonArray piece(String token, JsonValue score) {
        return JsonArray.of(List.of(JsonString.of(token), score));
    }

    private Path write(LinkedHashMap<String, JsonValue> root) throws IOException {
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        return file;
    }
}
