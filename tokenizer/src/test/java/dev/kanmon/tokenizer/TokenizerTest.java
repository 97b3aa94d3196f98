package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API: what options mean, what a bare vocab.txt means, and that offsets find the text of a token. */
class TokenizerTest {
    @TempDir
    Path directory;

    private static Tokenizer uncased() throws IOException {
        return Tokenizer.load(Golden.resource("wp_uncased"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"wp_cased", "wp_uncased"})
    void slicingTheTextByOffsetsGivesTheTokensText(String name) throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource(name));
        var failures = new ArrayList<String>();
        int compared = 0;
        for (var text : Golden.strings().values()) {
            var encoding = tokenizer.encode(text, null, EncodeOptions.DEFAULT.withSpecialsAsText(true));
            var codePoints = text.codePoints().toArray();
            for (int i = 0; i < encoding.length(); i++) {
                if (encoding.sequence(i) < 0 || encoding.token(i).equals("[UNK]")) {
                    continue;
                }
                var slice = new String(codePoints, encoding.start(i), encoding.end(i) - encoding.start(i));
                var token =
                        encoding.token(i).startsWith("##") && encoding.token(i).length() > 2
                                ? encoding.token(i).substring(2)
                                : encoding.token(i);
                // Beyond ASCII the token may have lost accents, and control characters are gone.
                if (slice.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
                    compared++;
                    if (!token.equals(name.equals("wp_cased") ? slice : slice.toLowerCase(java.util.Locale.ROOT))) {
                        failures.add(Golden.escaped(text) + " token " + i + " " + token + ": the text has " + slice);
                    }
                }
            }
        }
        assertTrue(compared > 10_000, "only " + compared + " tokens compared");
        Golden.assertNone(name, failures);
    }

    @Test
    void aPairIsLaidOutAsTheTemplateSays() throws IOException {
        var encoding = uncased().encode("the guard", "the");
        assertEquals(List.of("[CLS]", "the", "guard", "[SEP]", "the", "[SEP]"), encoding.tokens());
        assertArrayEquals(new int[] {0, 0, 0, 0, 1, 1}, encoding.typeIds());
        assertArrayEquals(new int[] {1, 0, 0, 1, 0, 1}, encoding.specialMask());
        assertEquals(
                List.of(-1, 0, 0, -1, 1, -1),
                List.of(
                        encoding.sequence(0),
                        encoding.sequence(1),
                        encoding.sequence(2),
                        encoding.sequence(3),
                        encoding.sequence(4),
                        encoding.sequence(5)));
        assertEquals(0, encoding.start(4));
        assertEquals(3, encoding.end(4));
        assertEquals(3, uncased().specialTokens(true));
        assertEquals(2, uncased().specialTokens(false));
    }

    @Test
    void emptyTextsAreTexts() throws IOException {
        assertEquals(List.of("[CLS]", "[SEP]"), uncased().encode("").tokens());
        assertEquals(
                List.of("[CLS]", "[SEP]", "[SEP]"), uncased().encode("", "").tokens());
        assertEquals(List.of(), uncased().tokens("", false).tokens());
    }

    @Test
    void withoutSpecialTokensThereAreNone() throws IOException {
        var options = EncodeOptions.DEFAULT.withAddSpecialTokens(false);
        var encoding = uncased().encode("the", "guard", options.withMaxLength(2));
        assertEquals(List.of("the", "guard"), encoding.tokens());
        assertArrayEquals(new int[] {0, 1}, encoding.typeIds());
    }

    @ParameterizedTest
    @CsvSource({
        "1, LONGEST_FIRST, 0, special tokens alone",
        "3, ONLY_SECOND, 0, there is none",
        "4, LONGEST_FIRST, 3, stride",
        "5, LONGEST_FIRST, 3, stride"
    })
    void whatCannotBeDoneIsRefused(int maxLength, TruncationStrategy strategy, int stride, String why)
            throws IOException {
        var options = EncodeOptions.DEFAULT
                .withMaxLength(maxLength)
                .withStrategy(strategy)
                .withStride(stride);
        var tokenizer = uncased();
        var refusal = assertThrows(
                IllegalArgumentException.class,
                () -> tokenizer.encode("the guard reads an instruction", null, options));
        assertTrue(refusal.getMessage().contains(why), refusal::getMessage);
    }

    @Test
    void theShorterTextOfAPairMustBeLongEnoughToGiveWay() throws IOException {
        var options = EncodeOptions.DEFAULT.withMaxLength(4).withStrategy(TruncationStrategy.ONLY_FIRST);
        var tokenizer = uncased();
        assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("the", "the guard reads", options));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void negativeNumbersAreRefused(int number) {
        assertThrows(IllegalArgumentException.class, () -> EncodeOptions.DEFAULT.withMaxLength(number));
        assertThrows(IllegalArgumentException.class, () -> EncodeOptions.DEFAULT.withStride(number));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Padding(OptionalInt.of(number), 0, Direction.LEFT, 0, 0, "[PAD]"));
    }

    /** A file that asks for truncation and padding: told, never followed. */
    @Test
    void wishesOfTheFileAreNotFollowed() throws IOException {
        var json = Json.write(Json.read(Golden.resource("wp_uncased/tokenizer.json")))
                .replace(
                        "\"truncation\":null",
                        "\"truncation\":{\"direction\":\"Left\",\"max_length\":4,"
                                + "\"strategy\":\"OnlyFirst\",\"stride\":1}")
                .replace(
                        "\"padding\":null",
                        "\"padding\":{\"strategy\":{\"Fixed\":128},\"direction\":\"Left\","
                                + "\"pad_to_multiple_of\":8,\"pad_id\":0,\"pad_type_id\":1,\"pad_token\":\"[PAD]\"}");
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, json);
        var tokenizer = Tokenizer.load(file);
        assertEquals(OptionalInt.of(4), tokenizer.maxLengthWish());
        assertEquals(
                EncodeOptions.DEFAULT
                        .withMaxLength(4)
                        .withStrategy(TruncationStrategy.ONLY_FIRST)
                        .withStride(1)
                        .withDirection(Direction.LEFT),
                tokenizer.truncationWish().orElseThrow());
        var padding = new Padding(OptionalInt.of(128), 8, Direction.LEFT, 0, 1, "[PAD]");
        assertEquals(padding, tokenizer.paddingWish().orElseThrow());
        var encoding = tokenizer.encode("the guard reads an instruction and returns the probability");
        assertArrayEquals(
                uncased()
                        .encode("the guard reads an instruction and returns the probability")
                        .ids(),
                encoding.ids());
        var padded = encoding.pad(padding);
        assertEquals(128, padded.length());
        assertEquals("[PAD]", padded.token(0));
        assertEquals(1, padded.typeId(0));
        assertEquals(0, padded.attentionMask()[0]);
        assertEquals("[SEP]", padded.token(127));
    }

    @Test
    void idsAndTokensAreInverse() throws IOException {
        var tokenizer = uncased();
        assertEquals(1500, tokenizer.vocabularySize());
        for (int id = 0; id <= tokenizer.maxId(); id++) {
            assertEquals(OptionalInt.of(id), tokenizer.id(tokenizer.token(id)));
        }
        assertEquals(OptionalInt.empty(), tokenizer.id("no such token"));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.token(1500));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.token(-1));
        assertThrows(
                IndexOutOfBoundsException.class, () -> tokenizer.encode("a").id(3));
    }

    @Test
    void slicesKeepOffsetsAndAssemble() throws IOException {
        var tokenizer = uncased();
        var tokens = tokenizer.tokens("the guard reads", false);
        var window = tokenizer.assemble(tokens.slice(1, 2), null);
        assertEquals(List.of("[CLS]", "guard", "[SEP]"), window.tokens());
        assertEquals(4, window.start(1));
        assertEquals(9, window.end(1));
        assertThrows(IndexOutOfBoundsException.class, () -> tokens.slice(2, 1));
    }

    /** What transformers makes of a vocab.txt: its settings, else lower-casing unless the vocabulary is cased. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hello\\nworld | `` | hello",
                "hello\\nWorld | `` | [UNK]",
                "hello\\nHello | `` | Hello",
                "hello\\nworld | {\"do_lower_case\":false} | [UNK]",
                "hello\\nWorld | {\"do_lower_case\":true} | hello",
                "hello\\nworld | {\"cls_token\":{\"content\":\"[CLS]\"}} | hello"
            })
    void aVocabTxtIsCasedOrNot(String tokens, String config, String expected) throws IOException {
        Files.writeString(
                directory.resolve("vocab.txt"),
                "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + tokens.replace("\\n", "\r\n") + "\n");
        if (!config.isEmpty()) {
            Files.writeString(directory.resolve("tokenizer_config.json"), config);
        }
        var tokenizer = Tokenizer.load(directory);
        assertEquals(
                List.of("[CLS]", expected, "[SEP]"), tokenizer.encode("Hello").tokens());
        assertEquals(7, tokenizer.vocabularySize());
        assertEquals(OptionalInt.of(4), tokenizer.id("[MASK]"));
    }

    @Test
    void tokenizerJsonWinsOverVocabTxt() throws IOException {
        Files.copy(Golden.resource("wp_cased/tokenizer.json"), directory.resolve("tokenizer.json"));
        Files.copy(Golden.resource("wp_uncased/vocab.txt"), directory.resolve("vocab.txt"));
        Golden.assertSame(Tokenizer.load(Golden.resource("wp_cased")), Tokenizer.load(directory));
    }

    @Test
    void manyThreadsMayShareATokenizer() throws IOException {
        var tokenizer = uncased();
        var texts = List.copyOf(Golden.strings().values());
        var once = texts.stream().map(text -> tokenizer.encode(text).tokens()).toList();
        var shared = uncased();
        assertEquals(
                once,
                texts.parallelStream().map(text -> shared.encode(text).tokens()).toList());
    }
}
