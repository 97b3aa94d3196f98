package dev.kanmon.tokenizer;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.fuzz.FuzzCampaign;
import dev.kanmon.fuzz.JsonMutator;
import dev.kanmon.fuzz.Mutator;
import dev.kanmon.tokenizer.file.TokenizerJson;
import dev.kanmon.tokenizer.sentencepiece.ModelKind;
import dev.kanmon.tokenizer.sentencepiece.PieceType;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceProto;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec.Piece;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the files of a tokenizer hold, loading them ends in a tokenizer that encodes any text and decodes any ids, or
 * in a {@link ModelFormatException} that says where and why. {@code scripts/fuzz} runs more cases.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TokenizerFuzzTest {
    private static final int CASES = 4_000;
    /** Of those that are written to a disk, which takes longer than reading them. */
    private static final int FILE_CASES = 100;

    /** A normaliser may put a long string before each piece of a text. */
    private static final long ALLOCATION = 16 << 20;

    private static final String TEXT = "Hello, w\u00f6rld!  [MASK]he\u4e2d\u6587 \u2581he 12-x\n"
            + " <s>e\u0301\u0301\ud83d\ude00 \ud800[UNK]\u0000 hellooo";
    /** Where a text has what has no token, the reference fails too, and not before. */
    private static final List<String> NO_UNKNOWN =
            List.of("the vocabulary has neither ", "and the tokenizer has no token for the unknown");

    private static final String NAME = "fuzzed";
    private static final int[] IDS = {0, 1, 2, 3, 7, 9, 11, 12, 90, -1, Integer.MAX_VALUE, 5, 5, 40};

    @TempDir
    private Path directory;

    /** Asks a tokenizer that was read from {@code length} bytes for what it can do, some for all. */
    private static void use(Tokenizer tokenizer, int length) {
        var encoding = tokenizer.encode(TEXT, "he");
        for (int i = 0; i < encoding.length(); i++) {
            if (encoding.start(i) < 0 || encoding.end(i) < encoding.start(i) || encoding.end(i) > TEXT.length()) {
                throw new AssertionError("token " + i + " is at " + encoding.start(i) + " to " + encoding.end(i));
            }
        }
        encoding.tokens();
        tokenizer.tokens("h" + "el".repeat(150) + "  ", true);
        tokenizer.decode(encoding.ids(), true);
        tokenizer.decode(IDS, false);
        tokenizer.maxId();
        if (length % 8 == 0) {
            writeAndRead(tokenizer, encoding);
        }
    }

    private static void writeAndRead(Tokenizer tokenizer, Encoding encoding) {
        var json = tokenizer.toJson();
        Tokenizer again;
        try {
            again = new Tokenizer(TokenizerJson.read(Json.parse("again", json)));
        } catch (ModelFormatException e) {
            throw new AssertionError("what was read is written as a file that is refused", e);
        }
        if (!Arrays.equals(again.encode(TEXT, "he").ids(), encoding.ids())) {
            throw new AssertionError("what was read is written as another tokenizer");
        }
    }

    private static Optional<String> fault(Throwable thrown, String source) {
        if (thrown instanceof IllegalArgumentException unknown
                && NO_UNKNOWN.stream().anyMatch(unknown.getMessage()::contains)) {
            return Optional.empty();
        }
        if (!(thrown instanceof ModelFormatException refused)) {
            return Optional.of("threw " + thrown + ", expected a ModelFormatException");
        }
        var message = refused.getMessage();
        if (!message.startsWith(source) || message.length() > source.length() + 1200) {
            return Optional.of("a message of " + message.length() + " characters: " + message);
        }
        return message.chars().anyMatch(Character::isISOControl)
                ? Optional.of("a message with control characters: " + message)
                : Optional.empty();
    }

    /** Makes a tokenizer of a damaged file. */
    private interface Loader {
        Tokenizer load(byte[] bytes) throws Exception;
    }

    private static void campaign(
            String name, int cases, FuzzCampaign.Cases mutator, long allocation, String source, Loader loader) {
        FuzzCampaign.run(
                name,
                mutator,
                cases,
                allocation,
                bytes -> use(loader.load(bytes), bytes.length),
                thrown -> fault(thrown, source));
    }

    /** Gives the files to a reader without writing them. */
    private static void inMemory(String name, int cases, FuzzCampaign.Cases mutator, Loader loader) {
        campaign(name, cases, mutator, ALLOCATION, NAME, loader);
    }

    private static Tokenizer ofJson(String json) throws ModelFormatException {
        return new Tokenizer(TokenizerJson.read(Json.parse(NAME, json)));
    }

    /** Damages one file of a directory whose others stay as they are. */
    private void campaign(String name, int cases, FuzzCampaign.Cases mutator, Path file, Path load) {
        campaign(name, cases, mutator, ALLOCATION, directory.toString(), bytes -> {
            Files.write(file, bytes);
            return Tokenizer.load(load);
        });
    }

    private void jsonCampaign(String name, int cases, Path file, Path load) throws IOException {
        campaign(
                name,
                cases,
                JsonMutator.of(List.of(Files.readString(file)), TokenizerFuzzSeeds.VALUES, FuzzCampaign.seed()),
                file,
                load);
    }

    private static Mutator bytes(List<byte[]> seeds) {
        return Mutator.of(seeds, FuzzCampaign.seed());
    }

    @Test
    void tokenizerJson() {
        var mutator = JsonMutator.of(TokenizerFuzzSeeds.tokenizers(), TokenizerFuzzSeeds.VALUES, FuzzCampaign.seed());
        inMemory(
                "tokenizer.json",
                4 * CASES,
                mutator,
                bytes -> new Tokenizer(TokenizerJson.read(Json.parse(NAME, bytes))));
    }

    /** The rules of a published normaliser. */
    @Test
    void charsmap() throws IOException {
        var model = Files.readAllBytes(Golden.resource("unigram_deberta_v3/spm.model"));
        var rules = SentencePieceProto.read("spm.model", model).charsmap();
        var json = TokenizerFuzzSeeds.tokenizers().getLast();
        campaign(
                "charsmap",
                CASES / 20,
                bytes(List.of(rules)),
                32 << 20,
                NAME,
                bytes -> ofJson(
                        json.replace("BAAAAAAAAABhAA==", Base64.getEncoder().encodeToString(bytes))));
    }

    @Test
    void vocabTxt() throws IOException {
        var seeds = List.of(
                "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhe\n##l\n##lo\nw\n##\u00f6\n!\n,\n"
                        .getBytes(StandardCharsets.UTF_8),
                "[UNK]\r\n[CLS]\r\n[SEP]\r\nHe\r\nhe\r\nhe\r\n".getBytes(StandardCharsets.UTF_8));
        Files.writeString(
                directory.resolve("tokenizer_config.json"), "{\"do_lower_case\": false, \"strip_accents\": null}");
        campaign("vocab.txt", FILE_CASES, bytes(seeds), directory.resolve("vocab.txt"), directory);
        Files.write(directory.resolve("vocab.txt"), seeds.getFirst());
        copy("wp_uncased/tokenizer_config.json");
        jsonCampaign(
                "tokenizer_config.json of vocab.txt",
                FILE_CASES,
                directory.resolve("tokenizer_config.json"),
                directory);
    }

    private void copy(String golden) throws IOException {
        var from = Golden.resource(golden);
        Files.write(directory.resolve(from.getFileName().toString()), Files.readAllBytes(from));
    }

    @Test
    void vocabAndMerges() throws IOException {
        var vocabulary = directory.resolve("vocab.json");
        var merges = directory.resolve("merges.txt");
        Files.writeString(
                vocabulary,
                "{\"<s>\": 0, \"<pad>\": 1, \"</s>\": 2, \"<unk>\": 3, \"\u0120\": 4, \"h\": 5, \"e\": 6, \"he\": 7,"
                        + " \"\u0120he\": 8, \"l\": 9, \"ll\": 10, \"!\": 11, \"<mask>\": 12}");
        Files.writeString(merges, "#version: 0.2\nh e\n\u0120 he\nl l\n");
        copy("bpe_roberta/tokenizer_config.json");
        copy("bpe_roberta/special_tokens_map.json");
        var config = directory.resolve("tokenizer_config.json");
        var specials = directory.resolve("special_tokens_map.json");
        var added = directory.resolve("added_tokens.json");
        Files.writeString(added, "{\"<mask>\": 12, \"<extra>\": 13}");
        jsonCampaign("vocab.json", FILE_CASES, vocabulary, directory);
        Files.writeString(
                vocabulary,
                "{\"<s>\": 0, \"<pad>\": 1, \"</s>\": 2, \"<unk>\": 3, \"\u0120\": 4, \"h\": 5, \"e\": 6, \"he\": 7,"
                        + " \"\u0120he\": 8, \"l\": 9, \"ll\": 10, \"!\": 11, \"<mask>\": 12}");
        var text = Files.readAllBytes(merges);
        campaign("merges.txt", FILE_CASES, bytes(List.of(text)), merges, directory);
        Files.write(merges, text);
        for (var file : List.of(config, specials, added)) {
            var whole = Files.readAllBytes(file);
            jsonCampaign(file.getFileName() + " of merges.txt", FILE_CASES, file, directory);
            Files.write(file, whole);
        }
    }

    /** Models as SentencePiece writes them, of every kind. */
    private static List<byte[]> sentencePieces() {
        var protos = new ArrayList<byte[]>();
        for (var kind : ModelKind.values()) {
            var pieces = new ArrayList<>(List.of(
                    new Piece("<unk>", 0, PieceType.UNKNOWN),
                    new Piece("<s>", 0, PieceType.CONTROL),
                    new Piece("</s>", 0, PieceType.CONTROL),
                    new Piece("[MASK]", 0, PieceType.USER_DEFINED),
                    new Piece("old", -2, PieceType.UNUSED)));
            boolean bytes = kind == ModelKind.BPE;
            for (int b = 0; bytes && b < 256; b++) {
                pieces.add(new Piece("<0x%02X>".formatted(b), 0, PieceType.BYTE));
            }
            float score = -1;
            for (var piece : List.of("\u2581", "h", "e", "he", "\u2581he", "l", "ll", "llo", "o", "w", "\u00f6", "!")) {
                pieces.add(new Piece(piece, score--, PieceType.NORMAL));
            }
            var rules = Base64.getDecoder().decode("BAAAAAAAAABhAA==");
            protos.add(SentencePieceProto.write(
                    new SentencePieceSpec(kind, pieces, bytes, false, rules, true, true, true)));
        }
        return protos;
    }

    @Test
    void sentencePiece() throws IOException {
        inMemory(
                "SentencePiece",
                3 * CASES,
                bytes(sentencePieces()),
                bytes -> ofJson("{\"model\": {\"type\": \"SentencePiece\", \"fairseq\": false, \"proto\": \""
                        + Base64.getEncoder().encodeToString(bytes) + "\"}}"));
        campaign("spm.model", FILE_CASES, bytes(sentencePieces()), directory.resolve("spm.model"), directory);
        Files.write(directory.resolve("spm.model"), sentencePieces().getFirst());
        var added = Files.writeString(directory.resolve("added_tokens.json"), "{\"[MASK]\": 18, \"[X]\": 19}");
        jsonCampaign("added_tokens.json of spm.model", FILE_CASES, added, directory);
        Files.writeString(added, "{\"[MASK]\": 18}");
        var config = directory.resolve("tokenizer_config.json");
        for (var family : List.of(
                "DebertaV2Tokenizer", "AlbertTokenizer", "XLMRobertaTokenizer", "T5Tokenizer", "LlamaTokenizer")) {
            Files.writeString(
                    config,
                    "{\"tokenizer_class\": \"" + family
                            + "\", \"do_lower_case\": true, \"legacy\": false, \"extra_ids\": 2,"
                            + " \"unk_token\": \"<unk>\", \"eos_token\": {\"content\": \"</s>\", \"lstrip\": true},"
                            + " \"add_bos_token\": true, \"keep_accents\": false, \"remove_space\": true,"
                            + " \"split_by_punct\": false, \"model_max_length\": 512,"
                            + " \"added_tokens_decoder\": {\"3\": {\"content\": \"[MASK]\", \"special\": true}}}");
            try {
                Tokenizer.load(directory);
            } catch (ModelFormatException e) {
                throw new AssertionError(family, e);
            }
            jsonCampaign("tokenizer_config.json of " + family, FILE_CASES, config, directory);
        }
    }

    private byte[] gguf(Map<String, GgufValue> metadata) throws IOException {
        var file = directory.resolve("seed.gguf");
        try (var writer = GgufWriter.create(file)) {
            metadata.forEach(writer::metadata);
            writer.finish();
        }
        return Files.readAllBytes(file);
    }

    /** Every small tokenizer in a GGUF file, with our own key and without. */
    private List<byte[]> ggufs() throws IOException {
        var files = new ArrayList<byte[]>();
        var file = directory.resolve("seed.json");
        for (var json : TokenizerFuzzSeeds.tokenizers()) {
            var metadata = new LinkedHashMap<>(
                    Tokenizer.load(Files.writeString(file, json)).toGguf());
            files.add(gguf(metadata));
            metadata.remove("kanmon.tokenizer_json");
            try {
                var bytes = gguf(metadata);
                Tokenizer.fromGguf(GgufFile.of("seed", MemorySegment.ofArray(bytes)));
                files.add(bytes);
            } catch (ModelFormatException e) {
                // Not every model has a form that llama.cpp knows.
                System.out.println("fuzz GGUF: no seed without our own key: " + e.getMessage());
            }
        }
        for (var proto : sentencePieces()) {
            var metadata = new LinkedHashMap<>(Tokenizer.load(Files.write(directory.resolve("seed.model"), proto))
                    .toGguf());
            metadata.put("tokenizer.ggml.add_bos_token", GgufValue.of(true));
            metadata.put("tokenizer.ggml.add_space_prefix", GgufValue.of(true));
            files.add(gguf(metadata));
        }
        return files;
    }

    @Test
    void ggufMetadata() throws IOException {
        inMemory("tokenizer of GGUF", 3 * CASES, bytes(ggufs()), bytes -> {
            try (var file = GgufFile.of(NAME, MemorySegment.ofArray(bytes))) {
                return Tokenizer.fromGguf(file);
            }
        });
    }
}
