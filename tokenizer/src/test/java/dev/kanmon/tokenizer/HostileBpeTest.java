package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A megabyte of one thing through BPE and through regular expressions that backtracking alone would make quadratic or
 * worse. Linear work takes a second at most, quadratic work minutes to days.
 */
class HostileBpeTest {
    private static final int MEGABYTE = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    static List<String> units() {
        return List.of(
                "a",
                "ab",
                " ",
                "\n",
                "\r\n",
                " \n",
                "\t ",
                "\u0301",
                "a\u0301",
                "1",
                "12 ",
                "!",
                "!a",
                "'",
                "'s",
                "\u4e2d",
                "\ud83d\ude00",
                "\u3000",
                "\u0000",
                "<",
                "<mask>",
                " <mask> ",
                "<|endoftext|>",
                "\ud800");
    }

    @ParameterizedTest
    @MethodSource("units")
    void tokenizersAreLinear(String unit) throws IOException {
        var text = unit.repeat(MEGABYTE / unit.length());
        for (var name : List.of("bpe_roberta", "bpe_qwen2", "bpe_modernbert")) {
            var tokenizer = Tokenizer.load(Golden.resource(name + "/tokenizer.json"));
            var encoding = assertTimeoutPreemptively(LIMIT, () -> tokenizer.tokens(text, false));
            assertTrue(encoding.length() > MEGABYTE / unit.length() / 64, () -> name + " " + Golden.escaped(unit));
            int last = encoding.length() - 1;
            // A mark that joined the letter before it has no place of its own.
            assertTrue(
                    Math.max(encoding.end(last), encoding.end(last - 1)) >= text.codePointCount(0, text.length()) - 1,
                    encoding::toString);
            for (int i = 1; i < encoding.length(); i++) {
                assertTrue(encoding.start(i) >= encoding.start(i - 1), "token " + i);
            }
        }
    }

    /** One piece of a megabyte, joined as far as the merges go. */
    @Test
    void aMegabyteOfOnePieceIsMerged() throws IOException {
        var merges = new ArrayList<String>();
        var vocabulary = new ArrayList<String>(List.of("a", "b"));
        for (int length = 1; length <= 1 << 12; length *= 2) {
            var half = "a".repeat(length);
            merges.add(half + " " + half);
            vocabulary.add(half + half);
        }
        var encoding = tokenize(vocabulary, merges, "a".repeat(MEGABYTE));
        assertEquals(MEGABYTE >> 13, encoding.length());
        assertTrue(IntStream.range(0, encoding.length()).allMatch(i -> encoding.end(i) - encoding.start(i) == 1 << 13));
        // Each merge of ba makes room for one more to its left.
        var chain = tokenize(
                List.of("a", "b", "ab", "abb", "abbb"), List.of("a b", "ab b", "abb b"), "abbb".repeat(MEGABYTE / 4));
        assertEquals(MEGABYTE / 4, chain.length());
    }

    private Encoding tokenize(List<String> tokens, List<String> merges, String text) throws IOException {
        var vocabulary = JsonObject.builder();
        tokens.forEach(token -> vocabulary.put(token, tokens.indexOf(token)));
        var root = new LinkedHashMap<>(Json.read(Golden.resource("bpe_roberta/tokenizer.json"))
                .asObject()
                .members());
        root.put("added_tokens", Json.parse("added", "[]"));
        root.put("pre_tokenizer", Json.parse("pre", "null"));
        root.put(
                "model",
                Json.parse(
                        "model",
                        "{\"type\":\"BPE\",\"vocab\":" + Json.write(vocabulary.build()) + ",\"merges\":"
                                + Json.write(JsonArray.of(
                                        merges.stream().map(JsonString::of).toList()))
                                + "}"));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        var tokenizer = Tokenizer.load(file);
        return assertTimeoutPreemptively(LIMIT, () -> tokenizer.tokens(text, false));
    }

    /** What matches nothing at each place only after a look at all that follows, and its like. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a*b~a",
                "a+!|a~a",
                "(?:a+)+b~a",
                "(?:a|aa)*b~a",
                "(?:a*)*b~a",
                "(?:a|b|ab)*c~ab",
                "a*a*a*a*b~a",
                "(a?){30}b~a",
                "a++b|a~a",
                "[ab]*+c|b~ab",
                ".*?b|a~a",
                "(?:a.)*?c~ab",
                "\\s*[\\r\\n]+|x~` `",
                "\\s+$|\\S~` \t`",
                "a(?=a*b)|a~a",
                "a(?!a*b)b|a~a",
                "(?=(?:aaa)*$)a|a~a",
                "(?<=b[^c]*)a|a~a",
                "\\p{M}*x|\\p{M}~\u0301",
                "(?i:k)+!|k~K",
                "^a*b|a~a",
                "a*$|b~ab",
                "(?:\\w+\\s?)*!|\\w~a"
            })
    void findingAllMatchesIsLinear(String pattern, String unit) throws IOException {
        var root = new LinkedHashMap<>(Json.read(Golden.resource("bpe_roberta/tokenizer.json"))
                .asObject()
                .members());
        root.put("added_tokens", Json.parse("added", "[]"));
        root.put(
                "pre_tokenizer",
                Json.parse(
                        "pre",
                        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":"
                                + Json.write(JsonString.of(pattern))
                                + "},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
                                + "\"trim_offsets\":false,\"use_regex\":false}]}"));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        var tokenizer = Tokenizer.load(file);
        var text = unit.repeat(MEGABYTE / unit.length());
        var encoding = assertTimeoutPreemptively(LIMIT, () -> tokenizer.tokens(text, false));
        assertEquals(text.length(), encoding.end(encoding.length() - 1));
    }
}
