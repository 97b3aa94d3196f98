package dev.kanmon.tokenizer;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.tokenizer.file.GgufTokenizer;
import dev.kanmon.tokenizer.file.LoadedTokenizer;
import dev.kanmon.tokenizer.file.SentencePieceFile;
import dev.kanmon.tokenizer.file.TokenizerJson;
import dev.kanmon.tokenizer.file.VocabMerges;
import dev.kanmon.tokenizer.file.VocabTxt;
import dev.kanmon.tokenizer.model.Bpe;
import dev.kanmon.tokenizer.model.Unigram;
import dev.kanmon.tokenizer.model.WordPiece;
import dev.kanmon.tokenizer.pipeline.Pipeline;
import dev.kanmon.tokenizer.pipeline.TokenTable;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * Turns text into the token ids that a model was trained on, equal to the Hugging Face {@code tokenizers} library (0.23)
 * in ids and offsets. Immutable; any number of threads may use one tokenizer at once.
 *
 * <p>Nothing is truncated or padded unless the call says so, whatever {@code truncation} and {@code padding} the file
 * asks for: see {@link #truncationWish()} and {@link #paddingWish()}. A lone surrogate in a text counts as U+FFFD.
 */
public final class Tokenizer {
    /** The files that may be a directory's tokenizer; of several the first is. */
    private static final List<String> IN_DIRECTORY = Stream.of(
                    List.of("tokenizer.json", VocabMerges.VOCABULARY), SentencePieceFile.NAMES, List.of("vocab.txt"))
            .flatMap(List::stream)
            .toList();

    private final LoadedTokenizer loaded;
    private final Pipeline pipeline;

    /** Of files that were read elsewhere. */
    Tokenizer(LoadedTokenizer loaded) {
        this.loaded = loaded;
        this.pipeline = loaded.pipeline();
    }

    /**
     * Loads a tokenizer.
     *
     * <p>A SentencePiece model that comes alone gives SentencePiece's own pieces, byte fallback and offsets included;
     * what surrounds them is that of the family that tokenizer_config.json or config.json beside it names.
     *
     * @param path a directory with tokenizer.json, or else vocab.json and merges.txt, or else a SentencePiece model
     *     (spm.model, spiece.model, sentencepiece.bpe.model, tokenizer.model), or else vocab.txt, and perhaps
     *     tokenizer_config.json; or one of these files or a GGUF file, told apart by the name
     * @throws ModelFormatException if the files are not what they should be, or ask for something not supported
     * @throws IOException if reading fails
     */
    public static Tokenizer load(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            for (var name : IN_DIRECTORY) {
                if (Files.exists(path.resolve(name))) {
                    return load(path.resolve(name));
                }
            }
            throw ModelFormatException.in(
                    path.toString(), "the directory has no tokenizer, expected " + String.join(", ", IN_DIRECTORY));
        }
        var name = path.toString();
        if (path.endsWith(VocabMerges.VOCABULARY)) {
            return new Tokenizer(VocabMerges.read(path.toAbsolutePath().getParent()));
        }
        if (name.endsWith(".json")) {
            return new Tokenizer(TokenizerJson.read(Json.read(path)));
        }
        if (name.endsWith(".txt")) {
            return new Tokenizer(VocabTxt.read(path));
        }
        if (name.endsWith(".model")) {
            return new Tokenizer(SentencePieceFile.read(path));
        }
        if (name.endsWith(".gguf")) {
            try (var gguf = GgufFile.open(path)) {
                return fromGguf(gguf);
            }
        }
        throw ModelFormatException.in(
                name,
                "the name tells no kind of tokenizer, expected a directory, a .json, a .model, a .txt or a .gguf file");
    }

    /**
     * The tokenizer in the metadata of a GGUF file: a tokenizer.json in {@code kanmon.tokenizer_json},
     * {@code hf.tokenizer_json} or {@code tokenizer.huggingface.json}, or llama.cpp's own keys for {@code bert},
     * {@code gpt2}, {@code llama} and {@code t5}. Where those leave a setting open it is BERT's (whether text is lower-cased goes by the vocabulary),
     * or what the name in {@code tokenizer.ggml.pre} stands for.
     *
     * @param file may be closed afterwards
     * @throws ModelFormatException if there is no tokenizer in it, or one that is not supported
     */
    public static Tokenizer fromGguf(GgufFile file) throws ModelFormatException {
        return new Tokenizer(GgufTokenizer.read(file));
    }

    /**
     * The metadata to put into a GGUF file so that {@link #fromGguf} gives the same tokenizer and llama.cpp finds its
     * tokens: the keys {@code tokenizer.ggml.*}, and {@code kanmon.tokenizer_json}.
     *
     * @throws IllegalStateException if the ids have so many holes that a list of tokens by id makes no sense
     */
    public SequencedMap<String, GgufValue> toGguf() {
        return GgufTokenizer.write(loaded);
    }

    /**
     * A tokenizer.json that {@link #load} turns back into the same tokenizer. The Hugging Face library has no component
     * for SentencePiece's own answers and refuses the file of a tokenizer that was read from a SentencePiece model.
     */
    public String toJson() {
        return TokenizerJson.write(loaded);
    }

    /** {@link #encode(String, String, EncodeOptions)} of a single text with {@link EncodeOptions#DEFAULT}. */
    public Encoding encode(String text) {
        return encode(text, null, EncodeOptions.DEFAULT);
    }

    /** {@link #encode(String, String, EncodeOptions)} with {@link EncodeOptions#DEFAULT}. */
    public Encoding encode(String text, String pair) {
        return encode(text, pair, EncodeOptions.DEFAULT);
    }

    /**
     * The tokens of a text or a pair of texts.
     *
     * @param pair the second text, or null for none; the empty text is a text
     * @throws IllegalArgumentException if the limit of the options cannot be met: it is below the number of special
     *     tokens, the one text that may be cut is missing or too short, or the stride is not below what a cut text keeps;
     *     or the text has what has no token, and neither has the unknown token that the file names: such a file loads, as
     *     with the reference, and it fails at such a text, as the reference does
     */
    public Encoding encode(String text, String pair, EncodeOptions options) {
        Objects.requireNonNull(options, "options");
        var first = pipeline.tokenize(text, options.specialsAsText());
        var second = pair == null ? null : pipeline.tokenize(pair, options.specialsAsText());
        if (options.maxLength().isPresent()) {
            boolean add = options.addSpecialTokens();
            var cut = Truncation.truncate(
                    first, second, options, add ? specialTokens(false) : 0, add ? specialTokens(second != null) : 0);
            first = cut.get(0);
            second = second == null ? null : cut.get(1);
        }
        return encoding(pipeline.assemble(first, second, options.addSpecialTokens()));
    }

    /**
     * The tokens of a text alone, without the special tokens that a model wants around it: for cutting a long text into
     * windows, each of which {@link #assemble} completes.
     *
     * @param specialsAsText whether {@code [SEP]} typed in the text is plain text
     */
    public Encoding tokens(String text, boolean specialsAsText) {
        return encoding(pipeline.tokenize(text, specialsAsText));
    }

    /**
     * Adds what the model wants around one text or two, and sets type ids: {@link #encode} in two steps.
     *
     * @param first tokens without special tokens, from {@link #tokens} or a slice of them
     * @param second the same of the second text, or null for none
     */
    public Encoding assemble(Encoding first, Encoding second) {
        return encoding(pipeline.assemble(first.table(), second == null ? null : second.table(), true));
    }

    /** How many tokens {@link #assemble} adds to a text, or to a pair of texts. */
    public int specialTokens(boolean pair) {
        return pipeline.addedCount(pair);
    }

    /** How text becomes tokens: {@code WordPiece}, {@code BPE}, {@code Unigram} or {@code SentencePiece}. */
    public String kind() {
        return switch (pipeline.model()) {
            case Bpe _ -> "BPE";
            case SentencePieceModel _ -> "SentencePiece";
            case Unigram _ -> "Unigram";
            case WordPiece _ -> "WordPiece";
        };
    }

    /** The number of different tokens, added tokens included. */
    public int vocabularySize() {
        var vocabulary = pipeline.model().vocabulary();
        int added = 0;
        for (var token : pipeline.addedTokens().tokens()) {
            added += vocabulary.id(token.content()) < 0 ? 1 : 0;
        }
        return pipeline.model().size() + added;
    }

    /** The largest id that a token has; ids may have holes below it. */
    public int maxId() {
        int max = pipeline.model().vocabulary().maxId();
        for (var token : pipeline.addedTokens().tokens()) {
            max = Math.max(max, token.id());
        }
        return max;
    }

    /** The id of a token, if there is such a token. */
    public OptionalInt id(String token) {
        int added = pipeline.addedTokens().id(token);
        int id = added >= 0 ? added : pipeline.model().vocabulary().id(token);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * The token of an id.
     *
     * @throws IllegalArgumentException if no token has this id
     */
    public String token(int id) {
        var token = tokenOrNull(id);
        if (token == null) {
            throw new IllegalArgumentException("no token has the id " + id + "; the largest is " + maxId());
        }
        return token;
    }

    /**
     * The text of some tokens, by the file's decoder; without one, the tokens with blanks between them. It need not be the
     * text that gave the tokens.
     *
     * @param ids those that no token has are left out
     * @param skipSpecialTokens whether special tokens are left out
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        var added = pipeline.addedTokens();
        var tokens = new ArrayList<String>(ids.length);
        for (int id : ids) {
            var token = added.decoded(id) != null ? added.decoded(id) : tokenOrNull(id);
            if (token != null && !(skipSpecialTokens && added.isSpecial(token))) {
                tokens.add(token);
            }
        }
        return loaded.decoder() == null
                ? String.join(" ", tokens)
                : String.join("", loaded.decoder().decode(tokens));
    }

    /** The length that the file's {@code truncation} asks for, special tokens included. */
    public OptionalInt maxLengthWish() {
        return loaded.truncation().map(EncodeOptions::maxLength).orElse(OptionalInt.empty());
    }

    /** What the file's {@code truncation} asks for; never applied unasked. */
    public Optional<EncodeOptions> truncationWish() {
        return loaded.truncation();
    }

    /** What the file's {@code padding} asks for; never applied unasked. */
    public Optional<Padding> paddingWish() {
        return loaded.padding();
    }

    private Encoding encoding(TokenTable table) {
        return new Encoding(table, this::tokenOrNull);
    }

    private String tokenOrNull(int id) {
        var added = pipeline.addedTokens().content(id);
        return added != null ? added : pipeline.model().vocabulary().token(id);
    }
}
