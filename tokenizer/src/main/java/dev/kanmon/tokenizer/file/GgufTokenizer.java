package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.tokenizer.model.Bpe;
import dev.kanmon.tokenizer.model.Unigram;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.model.WordPiece;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.pipeline.Pipeline;
import dev.kanmon.tokenizer.processor.BertProcessing;
import dev.kanmon.tokenizer.processor.ByteLevelProcessing;
import dev.kanmon.tokenizer.processor.EndOfText;
import dev.kanmon.tokenizer.processor.PostProcessor;
import dev.kanmon.tokenizer.processor.PostProcessorSequence;
import dev.kanmon.tokenizer.processor.RobertaProcessing;
import dev.kanmon.tokenizer.processor.TemplateProcessing;
import dev.kanmon.tokenizer.processor.TemplateProcessing.Part;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * A tokenizer in the metadata of a GGUF file.
 *
 * <p>Our own files hold the tokens as llama.cpp wants them, and everything else in {@code kanmon.tokenizer_json}: a
 * tokenizer.json whose vocabulary is empty, so that loading parses no JSON of the vocabulary. Other files hold a whole
 * tokenizer.json under another key, or only llama.cpp's keys; the rest is then what transformers gives a bare vocab.txt.
 */
public final class GgufTokenizer {
    static final String OWN_JSON = "kanmon.tokenizer_json";
    private static final String EXACT_JSON = "hf.tokenizer_json";
    private static final List<String> WHOLE_JSON = List.of(EXACT_JSON, "tokenizer.huggingface.json");
    static final String MODEL = "tokenizer.ggml.model";
    static final String PRE = "tokenizer.ggml.pre";
    static final String TOKENS = "tokenizer.ggml.tokens";
    static final String TOKEN_TYPE = "tokenizer.ggml.token_type";
    private static final String UNKNOWN_ID = "tokenizer.ggml.unknown_token_id";
    private static final String CLS_ID = "tokenizer.ggml.cls_token_id";
    static final String BOS_ID = "tokenizer.ggml.bos_token_id";
    // Spelt so in the specification.
    private static final String SEP_ID = "tokenizer.ggml.seperator_token_id";
    static final String EOS_ID = "tokenizer.ggml.eos_token_id";
    private static final String PAD_ID = "tokenizer.ggml.padding_token_id";
    private static final String MASK_ID = "tokenizer.ggml.mask_token_id";

    static final int NORMAL = 1;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;

    /** Beyond this many ids without a token, a list by id is no sensible form for the vocabulary. */
    private static final int MAX_HOLES = 1 << 16;

    private GgufTokenizer() {}

    /** The tokenizer of an open file; nothing of the file is used afterwards. */
    public static LoadedTokenizer read(GgufFile file) throws ModelFormatException {
        var source = file.path().toString();
        var own = file.optionalString(OWN_JSON);
        if (own.isPresent() && file.optionalString(EXACT_JSON).isEmpty()) {
            var json = Json.parse(source + ": " + OWN_JSON, own.get());
            if (GgufSentencePiece.hasEmptyUnigram(json)) {
                return GgufSentencePiece.readUnigram(file, source, json);
            }
            if (TokenizerJson.hasEmptyVocabulary(json)
                    && file.optionalString(MODEL).orElse("").equals(GgufBpe.MODEL)) {
                return GgufBpe.read(file, json);
            }
            return TokenizerJson.hasEmptyVocabulary(json)
                    ? TokenizerJson.read(json, vocabulary(file, tokenTypes(file)))
                    : TokenizerJson.read(json);
        }
        for (var key : WHOLE_JSON) {
            var whole = file.optionalString(key);
            if (whole.isPresent()) {
                return TokenizerJson.read(Json.parse(source + ": " + key, whole.get()));
            }
        }
        var model = file.optionalString(MODEL)
                .orElseThrow(() -> ModelFormatException.in(
                        source,
                        "the metadata has no tokenizer, expected " + MODEL + ", " + OWN_JSON + " or "
                                + String.join(" or ", WHOLE_JSON)));
        if (GgufSentencePiece.MODELS.contains(model)) {
            return GgufSentencePiece.read(file, source, model);
        }
        if (model.equals(GgufBpe.MODEL)) {
            return GgufBpe.read(file);
        }
        if (!model.equals("bert")) {
            throw ModelFormatException.in(
                    source,
                    "metadata \"" + MODEL + "\": the tokenizer \"" + model
                            + "\" is not supported; known: bert, gpt2, llama, t5");
        }
        return readBert(file, source);
    }

    private static LoadedTokenizer readBert(GgufFile file, String source) throws ModelFormatException {
        var types = tokenTypes(file);
        var vocabulary = vocabulary(file, types);
        var unknown = special(file, vocabulary, "[UNK]", UNKNOWN_ID);
        var cls = special(file, vocabulary, "[CLS]", CLS_ID, BOS_ID);
        var sep = special(file, vocabulary, "[SEP]", SEP_ID, EOS_ID);
        var named = new ArrayList<>(List.of(
                unknown,
                cls,
                sep,
                special(file, vocabulary, "[PAD]", PAD_ID),
                special(file, vocabulary, "[MASK]", MASK_ID)));
        var added = new ArrayList<AddedToken>();
        for (int id = 0; id < types.length; id++) {
            var token = vocabulary.token(id);
            if (types[id] == CONTROL && token != null) {
                named.add(token);
            } else if (types[id] == USER_DEFINED && token != null) {
                added.add(new AddedToken(id, token, false, false, false, true, false));
            }
        }
        added.addAll(BertDefaults.specials(vocabulary, named.stream().distinct().toList()));
        added.sort((a, b) -> Integer.compare(a.id(), b.id()));
        return new BertDefaults(source, Optional.empty(), Optional.empty(), true, unknown, sep, cls, added)
                .tokenizer(vocabulary);
    }

    private static long[] tokenTypes(GgufFile file) throws ModelFormatException {
        return file.optionalLongs(TOKEN_TYPE).orElse(new long[0]);
    }

    /** The types of so many tokens, or none at all. */
    static long[] tokenTypes(GgufFile file, int tokens) throws ModelFormatException {
        var types = tokenTypes(file);
        check(file, types, tokens);
        return types;
    }

    private static void check(GgufFile file, long[] types, int tokens) throws ModelFormatException {
        if (types.length != 0 && types.length != tokens) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "metadata \"" + TOKEN_TYPE + "\" has " + types.length + " elements, expected one for each of the "
                            + tokens + " tokens");
        }
    }

    /** The token of a key that must be there. */
    static String token(GgufFile file, Vocabulary vocabulary, String key) throws ModelFormatException {
        file.longInteger(key);
        return special(file, vocabulary, null, key);
    }

    private static Vocabulary vocabulary(GgufFile file, long[] types) throws ModelFormatException {
        var tokens = file.strings(TOKENS);
        check(file, types, tokens.size());
        var builder = new Vocabulary.Builder(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            if (types.length == 0 || types[id] != UNUSED) {
                PhantomSpace.add(tokens.get(id), id, builder);
            }
        }
        return builder.build();
    }

    /** The token of the first key that is there, else the usual one. */
    private static String special(GgufFile file, Vocabulary vocabulary, String usual, String... keys)
            throws ModelFormatException {
        for (var key : keys) {
            var id = file.optionalLong(key);
            if (id.isPresent()) {
                long value = id.getAsLong();
                var token = value < 0 || value > vocabulary.maxId() ? null : vocabulary.token((int) value);
                if (token == null) {
                    throw ModelFormatException.in(
                            file.path().toString(),
                            "metadata \"" + key + "\" is " + value + ", expected the id of a token; the largest is "
                                    + vocabulary.maxId());
                }
                return token;
            }
        }
        return usual;
    }

    /**
     * The metadata that {@link #read} turns back into the same tokenizer.
     *
     * @throws IllegalStateException if the ids have so many holes that a list of tokens by id makes no sense
     */
    public static SequencedMap<String, GgufValue> write(LoadedTokenizer tokenizer) {
        if (tokenizer.pipeline().model() instanceof Bpe bpe) {
            return GgufBpe.write(tokenizer, bpe);
        }
        var pipeline = tokenizer.pipeline();
        if (GgufSentencePiece.writes(pipeline.model())) {
            return GgufSentencePiece.write(tokenizer);
        }
        var vocabulary = pipeline.model().vocabulary();
        int size = listSize(pipeline);
        var tokens = new String[size];
        var types = new int[size];
        for (int id = 0; id < size; id++) {
            tokens[id] = "[PAD" + id + "]"; // llama.cpp's converter names holes so.
            types[id] = UNUSED;
        }
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            tokens[vocabulary.entryId(entry)] = PhantomSpace.of(vocabulary.entryToken(entry));
            types[vocabulary.entryId(entry)] = NORMAL;
        }
        for (var token : pipeline.addedTokens().tokens()) {
            tokens[token.id()] = PhantomSpace.of(token.content());
            types[token.id()] = token.special() ? CONTROL : USER_DEFINED;
        }
        var metadata = new LinkedHashMap<String, GgufValue>();
        metadata.put(MODEL, GgufValue.of("bert"));
        metadata.put(PRE, GgufValue.of("default"));
        metadata.put(TOKENS, GgufValue.ofStrings(Arrays.asList(tokens)));
        metadata.put(TOKEN_TYPE, GgufValue.ofInts(types));
        putSpecialIds(pipeline, metadata);
        metadata.put(
                OWN_JSON,
                GgufValue.of(isCarriedByTokens(pipeline) ? tokenizer.header() : TokenizerJson.write(tokenizer)));
        return metadata;
    }

    /** The length of a list of all tokens by id. */
    static int listSize(Pipeline pipeline) {
        var vocabulary = pipeline.model().vocabulary();
        long size = 1L
                + Math.max(
                        vocabulary.maxId(),
                        pipeline.addedTokens().tokens().stream()
                                .mapToInt(AddedToken::id)
                                .max()
                                .orElse(-1));
        if (size - vocabulary.size() > MAX_HOLES) {
            throw new IllegalStateException("the largest id is " + (size - 1) + ", but there are only "
                    + vocabulary.size() + " tokens: the list of tokens in a GGUF file would be nearly empty");
        }
        return (int) size;
    }

    /** Whether the list of tokens says all there is to say about the vocabulary. */
    private static boolean isCarriedByTokens(Pipeline pipeline) {
        var vocabulary = pipeline.model().vocabulary();
        if (!wordPiece(pipeline).continuingSubwordPrefix().equals(PhantomSpace.PREFIX)
                || vocabulary.maxId() + 1 != vocabulary.size()) {
            return false;
        }
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            var token = vocabulary.entryToken(entry);
            // The second half finds two tokens with one id.
            if (!PhantomSpace.survives(token) || !token.equals(vocabulary.token(vocabulary.entryId(entry)))) {
                return false;
            }
        }
        return pipeline.addedTokens().tokens().stream().allMatch(token -> vocabulary.id(token.content()) >= 0);
    }

    /** For llama.cpp; we read them only from files that lack our own key. */
    private static void putSpecialIds(Pipeline pipeline, SequencedMap<String, GgufValue> metadata) {
        put(metadata, UNKNOWN_ID, OptionalInt.of(wordPiece(pipeline).unknownId()));
        putAround(pipeline, metadata);
    }

    /** The ids of the tokens around a text, of padding and of the mask. */
    static void putAround(Pipeline pipeline, SequencedMap<String, GgufValue> metadata) {
        var around = around(pipeline.postProcessor());
        var vocabulary = pipeline.model().vocabulary();
        for (var key : List.of(BOS_ID, CLS_ID)) {
            put(metadata, key, around.isEmpty() ? OptionalInt.empty() : OptionalInt.of(around.getFirst()));
        }
        for (var key : List.of(EOS_ID, SEP_ID)) {
            put(metadata, key, around.isEmpty() ? OptionalInt.empty() : OptionalInt.of(around.getLast()));
        }
        put(metadata, PAD_ID, present(vocabulary.id("[PAD]")));
        put(metadata, MASK_ID, present(vocabulary.id("[MASK]")));
    }

    private static WordPiece wordPiece(Pipeline pipeline) {
        return switch (pipeline.model()) {
            case Bpe _ -> throw new IllegalStateException("a BPE model is written by GgufBpe");
            case WordPiece wordPiece -> wordPiece;
            case SentencePieceModel _, Unigram _ ->
                throw new IllegalArgumentException("not a WordPiece model"); // Another class writes these.
        };
    }

    private static OptionalInt present(int id) {
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private static void put(SequencedMap<String, GgufValue> metadata, String key, OptionalInt id) {
        if (id.isPresent()) {
            metadata.put(key, GgufValue.u32(id.getAsInt()));
        }
    }

    /** The ids that a single text gets around it. */
    private static List<Integer> around(PostProcessor processor) {
        return switch (processor) {
            case null -> List.of();
            case BertProcessing bert -> List.of(bert.clsId(), bert.sepId());
            case ByteLevelProcessing _ -> List.of();
            case RobertaProcessing roberta -> List.of(roberta.clsId(), roberta.sepId());
            case EndOfText end -> List.of(end.id());
            case PostProcessorSequence sequence ->
                sequence.processors().isEmpty()
                        ? List.of()
                        : around(sequence.processors().getLast());
            case TemplateProcessing template -> {
                var ids = new ArrayList<Integer>();
                for (var part : template.single()) {
                    if (part instanceof Part.Special special) {
                        Arrays.stream(special.ids()).forEach(ids::add);
                    }
                }
                yield ids;
            }
        };
    }
}
