package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.tokenizer.sentencepiece.ModelKind;
import dev.kanmon.tokenizer.sentencepiece.PieceType;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceProto;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec.Piece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts of one thing, and files that are not what they should be. The system property {@code kanmon.mutations} sets how many. */
class SentencePieceHostileTest {
    private static final int MEGABYTE = 1 << 20;
    private static final int MUTATIONS = Integer.getInteger("kanmon.mutations", 400);
    private static final long SEED = 20_261_122;
    private static final String TEXT =
            "The caf\u00e9\u0301 \ufb01ne \uff41\u3000\u3000\u2460 \u0e33\u200b\ud83d\ude00 [SEP] \u2581x\r\n";

    @TempDir
    Path directory;

    /** Quadratic work would take minutes to hours, linear work takes milliseconds: a generous limit tells them apart. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "unigram_deberta_v3/tokenizer.json",
                "unigram_deberta_v3/spm.model",
            })
    void aMegabyteOfOneThingIsLinear(String file) throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource(file));
        for (var unit : List.of(
                "a",
                " ",
                "\u0301",
                "e\u0301",
                "\u4e2d",
                "\ud83d\ude00",
                "\u200d",
                "\ud83c\uddef",
                "\u0915\u094d",
                "\ufb01\u0301",
                "\u2581",
                "\r\n",
                "=",
                "[",
                "[CLS]",
                "[MASK] ",
                "\ud800",
                "\u0000",
                "\u1100",
                "\ud83d\udc69\u200d")) {
            var text = unit.repeat(MEGABYTE / unit.length());
            var encoding = assertTimeoutPreemptively(
                    Duration.ofSeconds(60), () -> tokenizer.encode(text), () -> Golden.escaped(unit));
            for (int i = 2; i < encoding.length() - 1; i++) {
                int at = i;
                assertTrue(
                        encoding.start(at) >= encoding.start(at - 1)
                                && encoding.end(at) <= text.codePointCount(0, text.length()),
                        () -> Golden.escaped(unit) + ": token " + at);
                i += MEGABYTE / 64; // counting code points is linear too
            }
        }
    }

    /** Joining neighbours one by one is n log n; looking for the best pair each time would be quadratic. */
    @Test
    void aMegabyteIsNoTroubleForBpe() throws IOException {
        var pieces = new ArrayList<>(List.of(new Piece("<unk>", 0, PieceType.UNKNOWN)));
        for (int length = 1; length <= 64; length *= 2) {
            pieces.add(new Piece("a".repeat(length), -length, PieceType.NORMAL));
        }
        var spec = new SentencePieceSpec(ModelKind.BPE, pieces, false, false, new byte[0], false, false, true);
        var file = Files.write(directory.resolve("x.model"), SentencePieceProto.write(spec));
        var tokenizer = Tokenizer.load(file);
        var text = "a".repeat(MEGABYTE);
        var encoding = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> tokenizer.encode(text));
        assertEquals(MEGABYTE / 64, encoding.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"flip", "cut", "length", "splice"})
    void aDamagedModelIsRefusedOrClean(String how) throws IOException {
        var whole = Files.readAllBytes(Golden.resource("unigram_deberta_v3/spm.model"));
        var random = new Random(SEED);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            var bytes = damaged(whole, how, random);
            var file = Files.write(directory.resolve("spm.model"), bytes);
            try {
                Tokenizer.load(file).encode(TEXT);
            } catch (ModelFormatException clean) {
                assertTrue(clean.getMessage().contains("spm.model"), clean::getMessage);
                refused++;
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError unclean) {
                throw new AssertionError("mutation " + i + " (" + how + ", seed " + SEED + ")", unclean);
            }
        }
        assertTrue(refused > 0, "no mutation was refused");
    }

    private static byte[] damaged(byte[] whole, String how, Random random) {
        // The charsmap is most of the file; the pieces before it have the structure.
        int at = random.nextInt(random.nextBoolean() ? 22_000 : whole.length);
        if (how.equals("cut")) {
            return java.util.Arrays.copyOf(whole, at);
        }
        var bytes = whole.clone();
        switch (how) {
            case "flip" -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case "length" -> {
                for (int i = 0; i < 5 && at + i < bytes.length; i++) {
                    bytes[at + i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 0xFF);
                }
            }
            default ->
                System.arraycopy(whole, random.nextInt(whole.length / 2), bytes, at, Math.min(40, whole.length - at));
        }
        return bytes;
    }

    /** Both readers of normalisation rules: no trie leads out of its array, into a loop or to an endless text. */
    @Test
    void aDamagedCharsmapIsRefusedOrClean() throws IOException {
        var spec = SentencePieceProto.read(
                "spm.model", Files.readAllBytes(Golden.resource("unigram_deberta_v3/spm.model")));
        var json = Files.readString(Golden.resource("unigram_deberta_v3/tokenizer.json"));
        int start = json.indexOf("\"precompiled_charsmap\"") + "\"precompiled_charsmap\"".length();
        start = json.indexOf('"', start) + 1;
        int end = json.indexOf('"', start);
        var random = new Random(SEED);
        for (int i = 0; i < MUTATIONS / 8; i++) {
            var map = spec.charsmap().clone();
            int count = 1 << random.nextInt(14);
            for (int k = 0; k < count; k++) {
                map[4 + random.nextInt(map.length - 4)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                map[random.nextInt(4)] = (byte) random.nextInt(256);
            }
            try {
                if (i % 2 == 0) {
                    var changed =
                            json.substring(0, start) + Base64.getEncoder().encodeToString(map) + json.substring(end);
                    var file = Files.writeString(directory.resolve("tokenizer.json"), changed);
                    Tokenizer.load(file).encode(TEXT);
                } else {
                    var changed = new SentencePieceSpec(
                            spec.kind(), spec.pieces(), spec.byteFallback(), false, map, true, true, true);
                    var file = Files.write(directory.resolve("spm.model"), SentencePieceProto.write(changed));
                    Tokenizer.load(file).encode(TEXT);
                }
            } catch (ModelFormatException clean) {
                assertTrue(clean.getMessage().contains("charsmap"), clean::getMessage);
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError unclean) {
                throw new AssertionError("mutation " + i + " (seed " + SEED + ")", unclean);
            }
        }
    }

    private static SentencePieceSpec spec(boolean bytes, Piece... pieces) {
        return new SentencePieceSpec(ModelKind.UNIGRAM, List.of(pieces), bytes, false, new byte[0], true, true, true);
    }

    private static final Piece UNKNOWN = new Piece("<unk>", 0, PieceType.UNKNOWN);
    private static final Piece A = new Piece("a", -1, PieceType.NORMAL);

    private void refuses(SentencePieceSpec spec, String message) throws IOException {
        var file = Files.write(directory.resolve("spm.model"), SentencePieceProto.write(spec));
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(file));
        assertTrue(refusal.getMessage().contains(message), refusal::getMessage);
    }

    @Test
    void refusesPiecesThatContradictThemselves() throws IOException {
        refuses(spec(false), "no piece stands for what is unknown");
        refuses(spec(false, A), "no piece stands for what is unknown");
        refuses(spec(false, UNKNOWN, UNKNOWN), "both unknown pieces");
        refuses(spec(false, UNKNOWN, A, A), "the piece \"a\" occurs twice");
        refuses(spec(false, UNKNOWN, new Piece("", 0, PieceType.NORMAL)), "piece 1 is empty");
        refuses(spec(false, UNKNOWN, new Piece("<0x00>", 0, PieceType.BYTE)), "no byte_fallback");
        refuses(spec(true, UNKNOWN, A), "no piece <0x00>");
        refuses(spec(false, UNKNOWN, new Piece("a", Float.NaN, PieceType.NORMAL)), "NaN");
    }

    @Test
    void refusesATokenizerClassThatIsNotKnown() throws IOException {
        Files.write(directory.resolve("spm.model"), SentencePieceProto.write(spec(false, UNKNOWN, A)));
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"tokenizer_class\":\"XLNetTokenizer\"}");
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(directory));
        assertTrue(refusal.getMessage().contains("XLNetTokenizer"), refusal::getMessage);
        assertTrue(refusal.getMessage().contains("known: DebertaV2Tokenizer"), refusal::getMessage);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"unk_id\":3 | \"unk_id\":1600 | is 1600, expected the number of one of the 1600 tokens",
                "\"unk_id\":3 | \"unk_id\":-1 | is -1, expected 0 or more",
                "[\"[PAD]\",0.0] | [\"[PAD]\"] | has 1 elements, expected a token and its score",
                "[\"[PAD]\",0.0] | [\"[PAD]\",\"x\"] | expected a score",
                "[\"[PAD]\",0.0] | [\"[PAD]\",1e999] | beyond the range of a double",
                "\"prepend_scheme\":\"always\" | \"prepend_scheme\":\"once\" | expected always, first or never",
                "\"replacement\":\"\u2581\",\"prepend | \"replacement\":\"xy\",\"prepend | expected one character",
                "\"precompiled_charsmap\":\" | \"precompiled_charsmap\":\"* | precompiled_charsmap cannot be used",
            })
    void refusesAndSaysWhy(String find, String replace, String message) throws IOException {
        var json = Json.write(Json.read(Golden.resource("unigram_deberta_v3/tokenizer.json")));
        assertTrue(json.contains(find), () -> "the test is stale: no " + find);
        var file = Files.writeString(directory.resolve("tokenizer.json"), json.replace(find, replace));
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(file));
        assertTrue(refusal.getMessage().contains(message), refusal::getMessage);
    }

    /** A file may have no unknown token; then a text may be one that cannot be tokenized. */
    @Test
    void aTextThatNoTokenHasIsTheCallersMistake() throws IOException {
        var json = Json.write(Json.read(Golden.resource("unigram_deberta_v3/tokenizer.json")))
                .replace("\"unk_id\":3", "\"unk_id\":null");
        var tokenizer = Tokenizer.load(Files.writeString(directory.resolve("tokenizer.json"), json));
        assertEquals(3, tokenizer.encode("the").length());
        var refusal = assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("a \ud83d\ude00"));
        assertTrue(refusal.getMessage().contains("U+1F600 at 2"), refusal::getMessage);
    }
}
