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
        "\u2581", " \u2581", "\u2581\u2581", "``", "''", " \r\n", "\r\n", "\r", "\n\n", "  ", "   ", "\u3000\u3000", "<mask>", "<pad>",
        "<unk>", "<s>", "</s>", " <mask> ", "[MASK]", " [MASK]  ", "[UNK]", "<0x41>", "<0xE2>", "aaaaaaaa", "\uff41\uff22\uff43", "\ufb01\u0301",
        "\ufb03", "\u2122\u0301", "\u00bd", "\u2460", "\ufdfa", "\u1100\u1161\u11a8", "\u1112\u1161", "\uac00\u11a8", "\u304b\u3099", "\uff76\uff9e",
        "\u0e33", "\u0e01\u0e33\u0e49", "\u0915\u094d\u0937", "\u0958\u0301", "\u0958\u094d\u0915\u0301", "e\u0301", "\u00e9\u0323", "A\u030a", "\u212b\u0308", "\ud83d\udc69\u200d\ud83d\udc69",
        "\u2764\ufe0f\u200d\ud83d\udd25", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u0085", "\u0007", "\u001f", "\u007f", "\u0600\u0661",
        "\ud83c\uddef\ud83c\uddf5\ud83c\uddeb", "\u0391\u0345", "\ufffd", "\u00a0\u00a0", "\u2009", "(\u20ac)\u2013", "\u0627\u0653\u064b"
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
}
