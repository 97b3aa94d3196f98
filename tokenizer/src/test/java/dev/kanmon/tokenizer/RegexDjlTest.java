package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our regular expressions against Oniguruma, which the Hugging Face library splits with: each piece of a Split shows as
 * an unknown token with its offsets. The system property {@code kanmon.fuzz} sets how many random texts and patterns.
 */
class RegexDjlTest {
    private static final long SEED = 20_261_124;
    private static final int TEXTS = Integer.getInteger("kanmon.fuzz", 5_000) / 10;
    private static final int PATTERNS = Integer.getInteger("kanmon.fuzz", 5_000) / 10;
    private static final String[] BEHAVIORS = {
        "Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"
    };
    private static final String[] PIECES = {
        "a",
        "b",
        "c",
        "A",
        "B",
        "ab",
        "aa",
        "abc",
        "cab",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "1",
        "12",
        "123456",
        ".",
        "!?",
        "'s",
        "'\u017f",
        "'LL",
        "_",
        "-",
        "\u00e9",
        "\u00b2",
        "\u4e2d\u6587",
        "\u3042",
        "\u30a2",
        "\u0301",
        "\u0663",
        "\ud83d\ude00",
        "\u212a",
        "K",
        "\u3002",
        "\u0964",
        "\u00a0",
        "\u2028",
        "\u0085",
        "\u01c5",
        "\ua7dc",
        "\ud83c\udde6"
    };

    @TempDir
    Path directory;

    private Path file(String pattern, String behavior, boolean invert) throws IOException {
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
             "pre_tokenizer":{"type":"Split","pattern":{"Regex":%s},"behavior":"%s","invert":%s},
             "post_processor":null,"decoder":null,
             "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
              "max_input_chars_per_word":0,"vocab":{"[UNK]":0}}}
            """.formatted(Json.write(JsonString.of(pattern)), behavior, invert));
        return file;
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int parts = random.nextInt(8); parts >= 0; parts--) {
            text.append(PIECES[random.nextInt(PIECES.length)].repeat(random.nextInt(8) == 0 ? 3 : 1));
        }
        return text.toString();
    }

    private static void compare(
            String pattern, Path file, List<String> texts, List<String> failures, HuggingFaceTokenizer theirs)
            throws IOException {
        var ours = Tokenizer.load(file);
        for (var text : texts) {
            var difference = DjlComparisonTest.difference(ours, theirs, text);
            if (difference != null) {
                failures.add(pattern + " on " + difference);
                return;
            }
        }
    }

    /** The patterns of published tokenizers, and one of each thing that the syntax has. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r"
                        + "\\n"
                        + "]*|\\s*[\\r"
                        + "\\n"
                        + "]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r"
                        + "\\n"
                        + "]*|\\s*[\\r"
                        + "\\n"
                        + "]+|\\s+(?!\\S)|\\s+",
                "'(?i:[sdmt]|ll|ve|re)|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r"
                        + "\\n"
                        + "]*|\\s*[\\r"
                        + "\\n"
                        + "]|\\s+(?!\\S)|\\s+",
                "[^\\r"
                    + "\\n"
                    + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r"
                    + "\\n"
                    + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}|"
                    + " ?[^\\s\\p{L}\\p{N}]+[\\r"
                    + "\\n"
                    + "/]*|\\s*[\\r"
                    + "\\n"
                    + "]+|\\s+(?!\\S)|\\s+",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r"
                        + "\\n"
                        + "]*|\\s*[\\r"
                        + "\\n"
                        + "]+|\\s+(?!\\S)|\\s+",
                "[\\p{Han}]+|[^\\r"
                    + "\\n"
                    + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}\\p{M}&&[^\\p{Han}]]+|\\p{N}",
                "[一-龥぀-ゟ゠-ヿ]+",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                "\\d{1,3}(?=(?:\\d{3})*\\b)",
                "(?=(\\d{3})+(?!\\d))",
                "(?<=\\p{L})(?=\\p{N})|(?<![a-c ])\\b",
                "^[^\\n]*$|\\R",
                "(?<word>\\w+)|(?'other'[^\\w\\s]+)",
                "a(?i)b|c",
                "(?x) a \\  # a and a blank\n | b+ ",
                "(?m:a.+?b)|.",
                "[[:alpha:]]+|[[:^space:][:digit:]]|[\\h&&[a-f]]",
                "\\p{Greek}|\\p{^Latin}+|\\P{Alphabetic}",
                "\\x41|\\x{e9}|\\u4e2d|\\t|\\n|\\x20",
                "a{2}?b|c{,2}|\\Aa|b\\z|c\\Z",
                "(?:ab?)*c|(?:a|b?)*|[]a]",
                "(?:(?:a|aa)+|b)*?c",
                "(a*)*b|(?:a?){3}a{2}"
            })
    void patternsSplitAlike(String pattern) throws IOException {
        var random = new Random(SEED);
        var failures = new ArrayList<String>();
        for (int i = 0; i < 2 * BEHAVIORS.length; i++) {
            var texts = new ArrayList<String>();
            for (int k = 0; k < TEXTS; k++) {
                texts.add(k % 4 == 0 ? FuzzText.next(random) : text(random));
            }
            var file = file(pattern, BEHAVIORS[i % BEHAVIORS.length], i >= BEHAVIORS.length);
            try (var theirs = DjlComparisonTest.reference(file)) {
                compare(pattern, file, texts, failures, theirs);
            }
        }
        Golden.assertNone("seed " + SEED, failures);
    }

    @Test
    void randomPatternsSplitAlike() throws IOException {
        var random = new Random(SEED);
        var failures = new ArrayList<String>();
        int compared = 0;
        for (int i = 0; i < PATTERNS; i++) {
            var pattern = pattern(random, 3);
            var file = file(pattern, BEHAVIORS[random.nextInt(BEHAVIORS.length)], random.nextInt(4) == 0);
            try {
                Tokenizer.load(file);
            } catch (ModelFormatException refused) {
                continue;
            }
            var texts = new ArrayList<String>();
            for (int k = 0; k < 40; k++) {
                texts.add(text(random));
            }
            try (var theirs = DjlComparisonTest.reference(file)) {
                compare(pattern, file, texts, failures, theirs);
                compared++;
            } catch (RuntimeException refused) {
                failures.add(pattern + " is refused by the library: " + refused.getMessage());
            }
        }
        Golden.assertNone("seed " + SEED, failures);
        assertTrue(compared > PATTERNS / 2, compared + " of " + PATTERNS + " patterns compared");
    }

    private static final String[] ATOMS = {
        "a",
        "b",
        "c",
        "ab",
        "A",
        " ",
        "\\n",
        "1",
        "\\.",
        ".",
        "\\s",
        "\\S",
        "\\w",
        "\\W",
        "\\d",
        "\\p{L}",
        "\\p{N}",
        "\\p{Lu}",
        "\\P{L}",
        "[ab]",
        "[^a]",
        "[^\\s\\p{L}]",
        "[a-c&&[^b]]",
        "[\\p{L}&&[^a-z]]",
        "\u00e9",
        "[\u4e00-\u9fff]",
        "'"
    };
    private static final String[] PLACES = {"^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z"};
    private static final String[] QUANTIFIERS = {
        "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "+?", "??", "{1,2}?"
    };
    private static final String[] POSSESSIVE = {"*+", "++", "?+"};

    private static String pattern(Random random, int depth) {
        var pattern = new StringBuilder();
        int alternatives = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1;
        for (int i = 0; i < alternatives; i++) {
            pattern.append(i == 0 ? "" : "|");
            for (int parts = random.nextInt(4); parts >= 0; parts--) {
                part(random, depth, pattern);
            }
        }
        return pattern.toString();
    }

    private static void part(Random random, int depth, StringBuilder out) {
        switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> out.append(pick(PLACES, random));
            case 1 -> {
                var atom = pick(ATOMS, random);
                out.append(atom).append(atom.equals("ab") ? "" : pick(POSSESSIVE, random));
            }
            case 2, 3, 4, 5 -> {
                out.append(pick(ATOMS, random));
                if (random.nextBoolean()) {
                    out.append(pick(QUANTIFIERS, random));
                }
            }
            case 6 -> {
                var kinds = new String[] {"(?=", "(?!"};
                out.append(pick(kinds, random))
                        .append(pattern(random, depth - 1))
                        .append(")");
            }
            case 7 ->
                out.append(random.nextBoolean() ? "(?<=" : "(?<!")
                        .append(pick(ATOMS, random))
                        .append(")");
            default -> {
                var kinds = new String[] {"(", "(?:", "(?:", "(?i:"};
                var inner = pattern(random, depth - 1);
                out.append(pick(kinds, random)).append(inner).append(")");
                if (random.nextInt(3) > 0) {
                    // Oniguruma gives up, by a panic, on loops in loops that fail late.
                    boolean loops = inner.contains("*") || inner.contains("+") || inner.contains("{");
                    out.append(loops ? "?" : pick(QUANTIFIERS, random));
                }
            }
        }
    }

    private static String pick(String[] choices, Random random) {
        return choices[random.nextInt(choices.length)];
    }
}
