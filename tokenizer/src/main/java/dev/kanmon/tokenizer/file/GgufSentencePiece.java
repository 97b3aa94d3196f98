package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.model.TokenModel;
import dev.kanmon.tokenizer.model.Unigram;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.sentencepiece.ModelKind;
import dev.kanmon.tokenizer.sentencepiece.PieceType;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceProto;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec.Piece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Tokenizers of the SentencePiece family in a GGUF file: llama.cpp's {@code llama} (BPE with scores) and {@code t5}
 * (Unigram), and Unigram from a tokenizer.json with our own key beside llama.cpp's.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer">gguf.md, Tokenizer</a>
 */
final class GgufSentencePiece {
    private static final String LLAMA = "llama";
    private static final String T5 = "t5";
    /** The tokenizers that {@link #read} knows, by llama.cpp's names. */
    static final List<String> MODELS = List.of(LLAMA, T5);

    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String CHARSMAP = "tokenizer.ggml.precompiled_charsmap";
    private static final String SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";
    private static final String REMOVE_EXTRA = "tokenizer.ggml.remove_extra_whitespaces";
    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
    private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";
    private static final String BOS_ID = "tokenizer.ggml.bos_token_id";
    private static final String EOS_ID = "tokenizer.ggml.eos_token_id";
    private static final String UNKNOWN_ID = "tokenizer.ggml.unknown_token_id";
    private static final String PAD_ID = "tokenizer.ggml.padding_token_id";
    private static final String MASK_ID = "tokenizer.ggml.mask_token_id";
    private static final String OWN_JSON = "kanmon.tokenizer_json";
    /** Our own: how many of the tokens are the model's; those behind them are added tokens only. */
    private static final String OWN_SIZE = "kanmon.tokenizer_pieces";

    private static final int MAX_HOLES = 1 << 16;

    private GgufSentencePiece() {}

    /** The tokenizer that llama.cpp's keys describe. */
    static LoadedTokenizer read(GgufFile file, String source, String name) throws ModelFormatException {
        boolean llama = name.equals(LLAMA);
        var spec = new SentencePieceSpec(
                llama ? ModelKind.BPE : ModelKind.UNIGRAM,
                pieces(file, source),
                Arrays.stream(file.longs(TYPES)).anyMatch(type -> type == PieceType.BYTE.number()),
                false,
                charsmap(file),
                file.optionalBoolean(SPACE_PREFIX).orElse(true),
                file.optionalBoolean(REMOVE_EXTRA).orElse(!llama),
                true);
        var model = SentencePieceModel.of(source, spec, false);
        var added = new ArrayList<AddedToken>();
        for (int id = 0; id < spec.pieces().size(); id++) {
            var piece = spec.pieces().get(id);
            if (piece.type() == PieceType.CONTROL || piece.type() == PieceType.UNKNOWN) {
                added.add(new AddedToken(id, piece.text(), false, false, false, false, true));
            }
        }
        var around = new SentencePieceFamily.Template(added);
        boolean bos = file.optionalBoolean(ADD_BOS).orElse(llama);
        boolean eos = file.optionalBoolean(ADD_EOS).orElse(!llama);
        var bosToken = bos ? token(file, spec, BOS_ID, 1) : "";
        var eosToken = eos ? token(file, spec, EOS_ID, llama ? 2 : 1) : "";
        addIfAbsent(spec, added, bosToken, eosToken);
        around.around(bosToken, eosToken);
        return SentencePieceJson.tokenizer(added, JsonNull.of(), around.json(), model, SentencePieceProto.write(spec));
    }

    /** Tokens around a text that are no control tokens still have to be told to the template. */
    private static void addIfAbsent(SentencePieceSpec spec, List<AddedToken> added, String... names) {
        for (var name : names) {
            if (!name.isEmpty()
                    && added.stream().noneMatch(token -> token.content().equals(name))) {
                int id = 0;
                while (!spec.pieces().get(id).text().equals(name)) {
                    id++;
                }
                added.add(new AddedToken(id, name, false, false, false, false, true));
            }
        }
    }

    private static String token(GgufFile file, SentencePieceSpec spec, String key, int usual)
            throws ModelFormatException {
        long id = file.optionalLong(key).orElse(usual);
        if (id < 0 || id >= spec.pieces().size()) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "metadata \"" + key + "\" is " + id + ", expected the id of one of the "
                            + spec.pieces().size() + " tokens");
        }
        return spec.pieces().get((int) id).text();
    }

    private static List<Piece> pieces(GgufFile file, String source) throws ModelFormatException {
        var tokens = file.strings(TOKENS);
        var scores = file.doubles(SCORES);
        var types = file.longs(TYPES);
        checkSize(source, SCORES, scores.length, tokens.size());
        checkSize(source, TYPES, types.length, tokens.size());
        long unknown = file.optionalLong(UNKNOWN_ID).orElse(-1);
        boolean marked = Arrays.stream(types).anyMatch(type -> type == PieceType.UNKNOWN.number());
        var pieces = new ArrayList<Piece>(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            var type = !marked && id == unknown ? PieceType.UNKNOWN : PieceType.of(types[id]);
            if (type == null || Double.isNaN(scores[id])) {
                throw ModelFormatException.in(
                        source,
                        "token " + id + " has the type " + types[id] + " and the score " + scores[id]
                                + ", expected a type of 1 to 6 and a number");
            }
            pieces.add(new Piece(tokens.get(id), (float) scores[id], type));
        }
        return pieces;
    }

    private static void checkSize(String source, String key, int size, int tokens) throws ModelFormatException {
        if (size != tokens) {
            throw ModelFormatException.in(
                    source,
                    "metadata \"" + key + "\" has " + size + " elements, expected one for each of the " + tokens
                            + " tokens");
        }
    }

    private static byte[] charsmap(GgufFile file) throws ModelFormatException {
        var longs = file.optionalLongs(CHARSMAP).orElse(new long[0]);
        var bytes = new byte[longs.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) longs[i];
        }
        return bytes;
    }

    /** Whether a tokenizer.json of ours leaves its Unigram vocabulary to llama.cpp's keys. */
    static boolean hasEmptyUnigram(JsonValue json) throws ModelFormatException {
        return json.asObject().object("model").get("vocab") instanceof JsonArray pieces && pieces.size() == 0;
    }

    /** The tokenizer of such a file. */
    static LoadedTokenizer readUnigram(GgufFile file, String source, JsonValue json) throws ModelFormatException {
        var tokens = file.strings(TOKENS);
        var floats = file.doubles(SCORES);
        checkSize(source, SCORES, floats.length, tokens.size());
        long size = file.optionalLong(OWN_SIZE).orElse(tokens.size());
        if (size < 1 || size > tokens.size()) {
            throw ModelFormatException.in(
                    source, "metadata \"" + OWN_SIZE + "\" is " + size + ", expected 1 to " + tokens.size());
        }
        var vocabulary = new Vocabulary.Builder((int) size);
        var scores = new double[(int) size];
        for (int id = 0; id < size; id++) {
            vocabulary.add(tokens.get(id), id);
            scores[id] = score(floats[id]);
        }
        var model = json.asObject().object("model");
        return TokenizerJson.read(json, UnigramJson.of(model, vocabulary.build(), Map.of(), scores));
    }

    /** What the reference makes of a float that a converter wrote into a tokenizer.json. */
    private static double score(double value) {
        return SerdeNumber.parse(Double.toString(value));
    }

    /** Whether {@link #write} is for this model. */
    static boolean writes(TokenModel model) {
        return model instanceof Unigram || model instanceof SentencePieceModel;
    }

    /**
     * The metadata that reads as the same tokenizer.
     *
     * @throws IllegalStateException if the ids have so many holes that a list of tokens by id makes no sense
     */
    static SequencedMap<String, GgufValue> write(LoadedTokenizer tokenizer) {
        var pipeline = tokenizer.pipeline();
        var added = pipeline.addedTokens().tokens();
        int models = pipeline.model().size();
        int size = 1
                + Math.max(
                        models - 1,
                        added.stream().mapToInt(AddedToken::id).max().orElse(-1));
        if (size - models - added.size() > MAX_HOLES) {
            throw new IllegalStateException("the largest id is " + (size - 1) + ", but there are only " + models
                    + " tokens: the list of tokens in a GGUF file would be nearly empty");
        }
        var tokens = new String[size];
        var scores = new float[size];
        var types = new int[size];
        for (int id = 0; id < size; id++) {
            tokens[id] = "[PAD" + id + "]"; // llama.cpp's converter names holes so.
            types[id] = PieceType.UNUSED.number();
        }
        boolean whole = true;
        int unknown;
        var metadata = new LinkedHashMap<String, GgufValue>();
        switch (pipeline.model()) {
            case Unigram unigram -> {
                whole = !isCarried(unigram);
                unknown = unigram.unknownId();
                for (int id = 0; id < models; id++) {
                    tokens[id] = unigram.token(id);
                    scores[id] = (float) unigram.score(id);
                    types[id] = (id == unigram.unknownId() ? PieceType.UNKNOWN : PieceType.NORMAL).number();
                }
                metadata.put(MODEL, GgufValue.of(T5));
            }
            case SentencePieceModel model -> {
                unknown = model.unknownId();
                for (int id = 0; id < models; id++) {
                    tokens[id] = model.vocabulary().token(id);
                    scores[id] = model.score(id);
                    types[id] = model.type(id).number();
                }
                metadata.put(MODEL, GgufValue.of(model.spec().kind() == ModelKind.BPE ? LLAMA : T5));
                metadata.put(SPACE_PREFIX, GgufValue.of(model.spec().addDummyPrefix()));
                metadata.put(REMOVE_EXTRA, GgufValue.of(model.spec().removeExtraWhitespaces()));
                if (model.spec().charsmap().length > 0) {
                    metadata.put(CHARSMAP, GgufValue.ofBytes(model.spec().charsmap()));
                }
            }
            default -> throw new IllegalArgumentException("not a model of the SentencePiece family");
        }
        for (var token : added) {
            tokens[token.id()] = token.content();
            types[token.id()] = types[token.id()] == PieceType.UNKNOWN.number()
                    ? PieceType.UNKNOWN.number()
                    : (token.special() ? PieceType.CONTROL : PieceType.USER_DEFINED).number();
        }
        metadata.put(PRE, GgufValue.of("default"));
        metadata.put(TOKENS, GgufValue.ofStrings(Arrays.asList(tokens)));
        metadata.put(SCORES, GgufValue.ofFloats(scores));
        metadata.put(TYPES, GgufValue.ofInts(types));
        metadata.put(OWN_SIZE, GgufValue.u32(models));
        metadata.put(OWN_JSON, GgufValue.of(whole ? TokenizerJson.write(tokenizer) : tokenizer.header()));
        if (unknown >= 0) {
            metadata.put(UNKNOWN_ID, GgufValue.u32(unknown));
        }
        GgufTokenizer.putAround(pipeline, metadata);
        for (var token : added) {
            switch (token.content()) {
                case "[PAD]", "<pad>" -> metadata.put(PAD_ID, GgufValue.u32(token.id()));
                case "[MASK]", "<mask>" -> metadata.put(MASK_ID, GgufValue.u32(token.id()));
                default -> {
                    // llama.cpp has no key for it.
                }
            }
        }
        return metadata;
    }

    /** Whether tokens and floats say all there is to say about the vocabulary. */
    private static boolean isCarried(Unigram model) {
        for (int id = 0; id < model.size(); id++) {
            if (score((float) model.score(id)) != model.score(id)
                    || model.vocabulary().id(model.token(id)) != id) {
                return false;
            }
        }
        return true;
    }
}
