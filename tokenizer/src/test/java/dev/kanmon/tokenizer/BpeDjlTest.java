package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * BPE and all that comes with it against the Hugging Face library on random texts. The system property {@code
 * kanmon.fuzz} sets how many for each tokenizer; 100,000 take minutes.
 */
class BpeDjlTest {
    private static final long SEED = 20_261_123;
    private static final int TEXTS = Integer.getInteger("kanmon.fuzz", 5_000);

    /** What byte-level alphabets, contractions, runs and special tokens make of a text. */
    private static final String[] PARTS = {
        "'s",
        "'S",
        "'\u017f",
        "'ll",
        "'LL",
        "'re",
        " 've",
        "'d",
        "'M",
        "n't",
        "'",
        "''",
        "\u2019s",
        " ",
        "  ",
        "   ",
        "    ",
        "\t",
        "\t\t",
        "\n",
        "\n\n",
        " \n",
        "\n ",
        "\r\n",
        "\r\r\n",
        " \r\n ",
        "\u00a0",
        "\u3000",
        "\u0085",
        "\u2028",
        "\u00a0\u00a0",
        "1",
        "12",
        "123",
        "1234",
        "12345678",
        "\u0663\u0664\u0665\u0666",
        "\u00b2\u00bd",
        "\u2167",
        "3.14",
        "1,000",
        "hello",
        "Hello",
        "HELLO",
        "HelloWorld",
        "iPhone",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababababababababababab",
        "supercalifragilisticexpialidocious",
        "donaudampfschifffahrt",
        "!",
        "!!!",
        "?!",
        "...",
        "---",
        "=====",
        "//",
        "</",
        "/>",
        "{}",
        "();",
        "$",
        "\u20ac",
        "\u00a3",
        "\u2014",
        "\u3002",
        "\u0120",
        "\u0120a",
        "\u010a",
        "\u0100",
        "\u0143",
        "\u0144",
        "\u00ad",
        "\u007f",
        "\u4e2d\u6587\u5b57",
        "\u65e5\u672c\u8a9e\u3067\u3059",
        "\uff21\uff22",
        "\ud55c\uad6d",
        "\u0e44\u0e17\u0e22",
        "\u0939\u093f\u0928\u094d\u0926\u0940",
        "e\u0301",
        "\u00e9",
        "A\u030a",
        "\u0301\u0302\u0303",
        "\ud83d\ude00",
        "\ud83d\udc69\u200d\ud83d\udcbb",
        "\ud834\udd1e",
        "\udbff\udfff",
        "<s>",
        "</s>",
        "<pad>",
        "<unk>",
        "<mask>",
        " <mask>",
        " <mask> ",
        "<|endoftext|>",
        " <|endoftext|> ",
        "x<|endoftext|>y",
        "<|im_start|>",
        "<|im_end|>",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        " [MASK] ",
        "[PAD]",
        "[UNK]",
        "|||IP_ADDRESS|||",
        "<|padding|>",
        "<|",
        "|>",
        "<0x41>"
    };

    @TempDir
    Path directory;

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int part = random.nextInt(5); part >= 0; part--) {
            text.append(random.nextInt(4) == 0 ? FuzzText.next(random) : PARTS[random.nextInt(PARTS.length)]);
        }
        return text.toString();
    }

    /** Compares ids, offsets and tokens on the golden texts and random ones. */
    private static void compare(Path file, int fuzz) throws IOException {
        var ours = Tokenizer.load(file);
        var random = new Random(SEED);
        var failures = new ArrayList<String>();
        var texts = new ArrayList<>(Golden.strings().values());
        try (var theirs = DjlComparisonTest.reference(file)) {
            for (int i = 0; i < texts.size() + fuzz; i++) {
                var text = i < texts.size() ? texts.get(i) : text(random);
                var difference = DjlComparisonTest.difference(ours, theirs, text);
                if (difference != null) {
                    failures.add(difference);
                }
            }
        }
        Golden.assertNone(file + " (seed " + SEED + ", " + fuzz + " random texts)", failures);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpe_modernbert", "bpe_qwen2", "bpe_roberta"})
    void smallTokenizersAgree(String name) throws IOException {
        compare(Golden.resource(name + "/tokenizer.json"), TEXTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "modernbert"})
    void realTokenizersAgree(String name) throws IOException {
        compare(Golden.shared("tokenizers/" + name + "/tokenizer.json"), TEXTS);
    }

    /** Pre- and post-processors of the byte-level family with every setting. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null | {\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true} |"
                    + " {\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
                "null | {\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":false} |"
                    + " {\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}",
                "null | {\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":false}"
                        + " | {\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",2],\"cls\":[\"<s>\",0],"
                        + "\"trim_offsets\":false,\"add_prefix_space\":true}",
                "{\"type\":\"NFKC\"} | {\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true}"
                        + " | {\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",2],\"cls\":[\"<s>\",0],"
                        + "\"trim_offsets\":true,\"add_prefix_space\":true}",
                "{\"type\":\"Prepend\",\"prepend\":\" \"} | {\"type\":\"Sequence\",\"pretokenizers\":["
                    + "{\"type\":\"Digits\",\"individual_digits\":true},{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}]}"
                    + " | {\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"
                    + "\"trim_offsets\":true},{\"type\":\"BertProcessing\",\"sep\":[\"</s>\",2],\"cls\":[\"<s>\",0]}]}",
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Nmt\"},{\"type\":\"NFD\"},{\"type\":\"ByteLevel\"}]}"
                    + " | null | {\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true}",
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+(?!x)\"},\"content\":\""
                    + " \\\\1$1\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\"aa\"},\"content\":\"\"}]} |"
                    + " {\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"FixedLength\",\"length\":3},"
                    + "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}]}"
                    + " | null",
                "null | {\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"CharDelimiterSplit\",\"delimiter\":\""
                    + " \"},"
                    + "{\"type\":\"Punctuation\",\"behavior\":\"MergedWithNext\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":false,\"use_regex\":true}]}"
                    + " | null"
            })
    void componentsAgree(String normalizer, String preTokenizer, String postProcessor) throws IOException {
        compare(
                variant(
                        "bpe_roberta",
                        "normalizer",
                        normalizer,
                        "pre_tokenizer",
                        preTokenizer,
                        "post_processor",
                        postProcessor),
                TEXTS / 2);
    }

    /** Models that are not byte-level, with every setting. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"unk_token\":\"<unk>\",\"fuse_unk\":false,\"byte_fallback\":false | null",
                "\"unk_token\":\"<unk>\",\"fuse_unk\":true,\"byte_fallback\":false | null",
                "\"unk_token\":null | {\"type\":\"WhitespaceSplit\"}",
                "\"unk_token\":null,\"fuse_unk\":true | null",
                "\"unk_token\":\"<unk>\",\"fuse_unk\":true,\"byte_fallback\":true | null",
                "\"unk_token\":null,\"byte_fallback\":true | {\"type\":\"WhitespaceSplit\"}",
                "\"unk_token\":\"<unk>\",\"ignore_merges\":true | {\"type\":\"WhitespaceSplit\"}",
                "\"unk_token\":\"<unk>\",\"continuing_subword_prefix\":\"##\" | {\"type\":\"WhitespaceSplit\"}",
                "\"unk_token\":\"<unk>\",\"end_of_word_suffix\":\"</w>\" | {\"type\":\"WhitespaceSplit\"}",
                "\"unk_token\":\"<unk>\",\"continuing_subword_prefix\":\"##\",\"end_of_word_suffix\":\"</w>\",\"fuse_unk\":true"
                    + " | {\"type\":\"BertPreTokenizer\"}"
            })
    void otherModelsAgree(String settings, String preTokenizer) throws IOException {
        var file =
                variant("bpe_roberta", "normalizer", "null", "pre_tokenizer", preTokenizer, "post_processor", "null");
        var root = new LinkedHashMap<>(Json.read(file).asObject().members());
        root.put("added_tokens", Json.parse("added", "[]"));
        root.put("model", Json.parse("model", model(settings)));
        Files.writeString(file, Json.write(JsonObject.of(root)));
        compare(file, TEXTS / 2);
    }

    /** A model of letters, some pairs and triples of them, and bytes that are not all there are. */
    private static String model(String settings) {
        var prefix = settings.contains("\"##\"") ? "##" : "";
        var suffix = settings.contains("</w>") ? "</w>" : "";
        var tokens = new LinkedHashMap<String, Integer>();
        var letters = "ehloaibtwrdsn\u00e9\u4e2d\u3042 "
                .codePoints()
                .mapToObj(Character::toString)
                .toList();
        var merges = new ArrayList<List<String>>();
        for (var token : List.of("<unk>", "hello", "<s>")) {
            tokens.putIfAbsent(token, tokens.size());
        }
        for (int value = 0; value < 256; value++) {
            if (value != 0xCC && value != 0xF0) {
                tokens.put("<0x%02X>".formatted(value), tokens.size());
            }
        }
        for (var letter : letters) {
            for (var token : List.of(letter, prefix + letter, letter + suffix, prefix + letter + suffix)) {
                tokens.putIfAbsent(token, tokens.size());
            }
        }
        var random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            var parts = new ArrayList<>(tokens.keySet().stream()
                    .filter(token -> !token.startsWith("<") && !token.equals("hello"))
                    .toList());
            var left = parts.get(random.nextInt(parts.size()));
            var right = parts.get(random.nextInt(parts.size()));
            if (!right.startsWith(prefix) || !suffix.isEmpty() && left.endsWith(suffix) || left.length() > 6) {
                continue;
            }
            tokens.putIfAbsent(left + right.substring(prefix.length()), tokens.size());
            merges.add(List.of(left, right));
        }
        var out = JsonWriter.compact()
                .beginObject()
                .name("type")
                .value("BPE")
                .name("vocab")
                .beginObject();
        tokens.forEach((token, id) -> out.name(token).value(id));
        out.endObject().name("merges").beginArray();
        merges.forEach(merge ->
                out.beginArray().value(merge.get(0)).value(merge.get(1)).endArray());
        var json = out.endArray().endObject().toString();
        return json.substring(0, json.length() - 1) + "," + settings + "}";
    }

    /** An insertion before the text has no place in it; the byte-level rewriting of the library panics on that. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "abc | zqa b c | [0, 1, 1, 2, 2, 3]",
                "a~b | zqa ~ zq b | [0, 1, 1, 2, 1, 2, 2, 3]",
                "b | zq b | [0, 0, 0, 1]"
            })
    void replacingEmptyMatchesIsTheLibrarys(String text, String tokens, String offsets) throws IOException {
        var file = variant(
                "bpe_roberta",
                "normalizer",
                "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"^\"},\"content\":\"zq\"}",
                "pre_tokenizer",
                "null",
                "post_processor",
                "null",
                "added_tokens",
                "[]",
                "model",
                "{\"type\":\"BPE\",\"vocab\":{\"z\":0,\"q\":1,\"a\":2,\"b\":3,\"c\":4,\"\\n\":5,\"zq\":6,\"zqa\":7},"
                        + "\"merges\":[\"z q\",\"zq a\"]}");
        var encoding = Tokenizer.load(file).encode(text.replace('~', '\n'));
        assertEquals(tokens.replace('~', '\n'), String.join(" ", encoding.tokens()));
        assertEquals(offsets, Arrays.toString(Golden.offsets(encoding)));
    }

    private Path variant(String base, String... keysAndValues) throws IOException {
        var root = new LinkedHashMap<>(
                Json.read(Golden.resource(base + "/tokenizer.json")).asObject().members());
        for (int i = 0; i < keysAndValues.length; i += 2) {
            root.put(keysAndValues[i], Json.parse(keysAndValues[i], keysAndValues[i + 1]));
        }
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        return file;
    }
}
