package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers of the SentencePiece family in GGUF metadata and back. */
class GgufSentencePieceTest {
    private static final String OWN = "kanmon.tokenizer_json";

    @TempDir
    Path directory;

    private Path write(Map<String, GgufValue> metadata) throws IOException {
        var file = directory.resolve("t" + metadata.size() + ".gguf");
        try (var writer = GgufWriter.create(file)) {
            writer.metadata("general.architecture", GgufValue.of("deberta-v2"));
            metadata.forEach(writer::metadata);
            writer.finish();
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unigram_deberta_v3/tokenizer.json",
                "unigram_deberta_v3/tokenizer.bytefallback.json",
                "unigram_deberta_v3/spm.model",
                "unigram_albert/tokenizer.json",
                "unigram_albert/spiece.model",
                "unigram_xlmr/tokenizer.json",
                "unigram_xlmr/sentencepiece.bpe.model"
            })
    void roundTripsThroughGgufAndJson(String name) throws IOException {
        var original = Tokenizer.load(Golden.shared("golden/tokenizers/" + name));
        var metadata = original.toGguf();
        // ALBERT's has a score that no float holds.
        if (name.endsWith(".json") && !name.contains("albert")) {
            assertTrue(
                    ((GgufValue.OfString) metadata.get(OWN)).value().contains("\"vocab\":[]"),
                    "the vocabulary is stored twice");
        }
        var fromGguf = Tokenizer.load(write(metadata));
        Golden.assertSame(original, fromGguf);
        assertEquals(original.toJson(), fromGguf.toJson());
        var json = Files.writeString(directory.resolve("tokenizer.json"), fromGguf.toJson());
        Golden.assertSame(original, Tokenizer.load(json));
    }

    /** llama.cpp's keys alone carry SentencePiece's model whole; around the text they know two tokens. */
    @Test
    void llamaKeysAloneGiveTheSamePieces() throws IOException {
        var original = Tokenizer.load(Golden.resource("unigram_deberta_v3/spm.model"));
        var metadata = new LinkedHashMap<>(original.toGguf());
        metadata.remove(OWN);
        metadata.put("tokenizer.ggml.add_bos_token", GgufValue.of(true));
        var fromKeys = Tokenizer.load(write(metadata));
        for (var text : Golden.strings().values()) {
            assertArrayEquals(original.encode(text).ids(), fromKeys.encode(text).ids(), () -> Golden.escaped(text));
        }
    }

    @Test
    void scoresThatNoFloatHoldsKeepTheirJson() throws IOException {
        var json = Files.readString(Golden.resource("unigram_deberta_v3/tokenizer.json"))
                .replaceFirst("-[0-9.]{12,}", "-3.14159265358979");
        var original = Tokenizer.load(Files.writeString(directory.resolve("tokenizer.json"), json));
        var metadata = original.toGguf();
        assertTrue(((GgufValue.OfString) metadata.get(OWN)).value().contains("-3.14159265358979"));
        assertEquals(original.toJson(), Tokenizer.load(write(metadata)).toJson());
    }

    /** The example of llama.cpp's tokenizer: BPE by score, bytes for what is unknown. */
    private static Map<String, GgufValue> llama() {
        var tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        tokens.addAll(List.of("\u2581", "a", "b", "ab", "\u2581a", "\u2581ab", "ba"));
        var scores = new float[tokens.size()];
        var types = new int[tokens.size()];
        for (int id = 0; id < types.length; id++) {
            types[id] = id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1;
            scores[id] = id < 262 ? -1000 : 261 - id;
        }
        var metadata = new LinkedHashMap<String, GgufValue>();
        metadata.put("tokenizer.ggml.model", GgufValue.of("llama"));
        metadata.put("tokenizer.ggml.tokens", GgufValue.ofStrings(tokens));
        metadata.put("tokenizer.ggml.scores", GgufValue.ofFloats(scores));
        metadata.put("tokenizer.ggml.token_type", GgufValue.ofInts(types));
        return metadata;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "aba      | <s> \u2581ab a",
                "a  b\u00e9 | <s> \u2581a \u2581 \u2581 b <0xC3> <0xA9>",
                "x</s>ab   | <s> \u2581 <0x78> </s> \u2581ab",
            })
    void llamaIsBpeWithScores(String text, String tokens) throws IOException {
        var tokenizer = Tokenizer.load(write(llama()));
        assertEquals(List.of(tokens.split(" ")), tokenizer.encode(text).tokens());
    }

    @Test
    void theSpacePrefixCanBeOff() throws IOException {
        var metadata = llama();
        metadata.put("tokenizer.ggml.add_space_prefix", GgufValue.of(false));
        metadata.put("tokenizer.ggml.add_eos_token", GgufValue.of(true));
        assertEquals(
                List.of("<s>", "ab", "a", "</s>"),
                Tokenizer.load(write(metadata)).encode("aba").tokens());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.ggml.scores", "tokenizer.ggml.token_type", "tokenizer.ggml.bos_token_id"})
    void refusesWhatDoesNotFit(String key) throws IOException {
        var metadata = llama();
        metadata.put(key, key.endsWith("_id") ? GgufValue.u32(4000) : GgufValue.ofInts(1, 2, 3));
        var refusal = assertThrows(ModelFormatException.class, () -> Tokenizer.load(write(metadata)));
        assertTrue(refusal.getMessage().contains(key), refusal::getMessage);
    }
}
