package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.tokenizer.model.Bpe;
import dev.kanmon.tokenizer.model.TokenModel;
import dev.kanmon.tokenizer.model.Unigram;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.model.WordPiece;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.pipeline.AddedTokens;
import dev.kanmon.tokenizer.pipeline.Pipeline;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The file tokenizer.json of the Hugging Face library: all four stages, added tokens, truncation and padding. */
public final class TokenizerJson {
    private static final String KNOWN_MODELS = "BPE, Unigram, WordPiece";
    private static final String BPE = "BPE";
    private static final String UNIGRAM = "Unigram";
    private static final String WORD_PIECE = "WordPiece";

    private TokenizerJson() {}

    /** The tokenizer of a whole file. */
    public static LoadedTokenizer read(JsonValue json) throws ModelFormatException {
        var root = json.asObject();
        var model = model(root);
        return read(
                root,
                switch (type(model)) {
                    case SentencePieceJson.TYPE -> SentencePieceJson.read(model);
                    case BPE -> BpeJson.read(model, vocabulary(model.object("vocab")));
                    case UNIGRAM -> UnigramJson.read(model);
                    default -> wordPiece(model, vocabulary(model.object("vocab")));
                });
    }

    /** The tokenizer of a file with another model than the file's. */
    public static LoadedTokenizer read(JsonValue json, TokenModel model) throws ModelFormatException {
        var root = json.asObject();
        var described = model(root);
        var expected =
                switch (model) {
                    case SentencePieceModel _ -> SentencePieceJson.TYPE;
                    case Bpe _ -> BPE;
                    case Unigram _ -> UNIGRAM;
                    case WordPiece _ -> WORD_PIECE;
                };
        if (!type(described).equals(expected)) {
            throw described.error("describes the model " + type(described) + ", the vocabulary is one of " + expected);
        }
        return read(root, model);
    }

    /** The tokenizer of a file whose {@code model.vocab} is empty because the vocabulary lies elsewhere. */
    public static LoadedTokenizer read(JsonValue json, Vocabulary vocabulary) throws ModelFormatException {
        var root = json.asObject();
        return read(root, wordPiece(model(root), vocabulary));
    }

    /** Whether the file's own vocabulary is empty. */
    public static boolean hasEmptyVocabulary(JsonValue json) throws ModelFormatException {
        var vocabulary = model(json.asObject()).get("vocab");
        if (vocabulary == null) {
            return false;
        }
        return vocabulary instanceof JsonArray pieces
                ? pieces.size() == 0
                : vocabulary.asObject().members().isEmpty();
    }

    /** A whole file that reads as the same tokenizer, its vocabulary in the order of the ids. */
    public static String write(LoadedTokenizer tokenizer) {
        try {
            var header = Json.parse("header", tokenizer.header()).asObject();
            return write(header, header.object("model"), tokenizer.pipeline().model());
        } catch (ModelFormatException impossible) {
            throw new IllegalStateException("the header was read once before", impossible);
        }
    }

    private static String write(JsonObject header, JsonObject model, TokenModel tokens) {
        var out = JsonWriter.compact().beginObject();
        header.members().forEach((key, value) -> {
            out.name(key);
            if (key.equals("model")) {
                out.beginObject();
                model.members().forEach((part, setting) -> {
                    out.name(part);
                    if (part.equals("merges") && tokens instanceof Bpe bpe) {
                        BpeJson.writeMerges(bpe, out);
                    } else if (part.equals("vocab")) {
                        switch (tokens) {
                            // Such a model has no such key: its vocabulary is in its proto.
                            case SentencePieceModel _ -> out.value(setting);
                            case Bpe bpe -> writeVocabulary(bpe.vocabulary(), out);
                            case Unigram unigram -> UnigramJson.writeVocabulary(unigram, out);
                            case WordPiece wordPiece -> writeVocabulary(wordPiece.vocabulary(), out);
                        }
                    } else {
                        out.value(setting);
                    }
                });
                out.endObject();
            } else {
                out.value(value);
            }
        });
        return out.endObject().toString();
    }

    private static void writeVocabulary(Vocabulary vocabulary, JsonWriter out) {
        out.beginObject();
        IntStream.range(0, vocabulary.size())
                .boxed()
                .sorted((a, b) -> Integer.compare(vocabulary.entryId(a), vocabulary.entryId(b)))
                .forEach(entry -> out.name(vocabulary.entryToken(entry)).value(vocabulary.entryId(entry)));
        out.endObject();
    }

    private static LoadedTokenizer read(JsonObject root, TokenModel model) throws ModelFormatException {
        var version = root.optionalString("version");
        if (version.isPresent() && !version.get().equals("1.0")) {
            throw root.get("version").error("is \"" + version.get() + "\", expected 1.0");
        }
        var normalizer = Components.optional(root, "normalizer", NormalizerReader::read);
        if (model instanceof SentencePieceModel sentencePiece) {
            normalizer = SentencePieceJson.normalizer(normalizer, sentencePiece);
        }
        var addedTokens = model instanceof SentencePieceModel
                ? AddedTokens.withTheirIds(addedTokens(root), normalizer)
                : AddedTokens.of(addedTokens(root), model, normalizer);
        var pipeline = new Pipeline(
                addedTokens,
                normalizer,
                Components.optional(root, "pre_tokenizer", PreTokenizerReader::read),
                model,
                Components.optional(
                        root, "post_processor", part -> PostProcessorReader.read(part, model.vocabulary())));
        return new LoadedTokenizer(
                pipeline,
                Components.optional(root, "decoder", DecoderReader::read),
                header(root, model),
                WishReader.truncation(root),
                WishReader.padding(root));
    }

    private static JsonObject model(JsonObject root) throws ModelFormatException {
        var model = root.object("model");
        if (!Set.of(BPE, SentencePieceJson.TYPE, UNIGRAM, WORD_PIECE).contains(type(model))) {
            throw Components.unknown(model, "model", KNOWN_MODELS);
        }
        return model;
    }

    private static String type(JsonObject model) throws ModelFormatException {
        // Files older than the type of the model are told apart by their other keys.
        if (!model.has("type")) {
            if (model.get("vocab") instanceof JsonArray) {
                return UNIGRAM;
            }
            if (model.has("merges")) {
                return BPE;
            }
            if (model.has("continuing_subword_prefix")) {
                return WORD_PIECE;
            }
        }
        return model.string("type");
    }

    private static WordPiece wordPiece(JsonObject model, Vocabulary vocabulary) throws ModelFormatException {
        var unknown = model.string("unk_token");
        int unknownId = vocabulary.id(unknown);
        if (unknownId < 0) {
            throw model.get("unk_token")
                    .error("is \"" + unknown + "\", which the vocabulary of " + vocabulary.size()
                            + " tokens does not have");
        }
        long maxChars = model.longInteger("max_input_chars_per_word");
        if (maxChars < 0) {
            throw model.get("max_input_chars_per_word").error("is " + maxChars + ", expected 0 or more");
        }
        return new WordPiece(vocabulary, unknownId, model.string("continuing_subword_prefix"), maxChars);
    }

    static Vocabulary vocabulary(JsonObject tokens) throws ModelFormatException {
        var builder = new Vocabulary.Builder(tokens.members().size());
        for (var token : tokens.members().entrySet()) {
            builder.add(token.getKey(), Components.natural(token.getValue()));
        }
        return builder.build();
    }

    private static List<AddedToken> addedTokens(JsonObject root) throws ModelFormatException {
        var tokens = new ArrayList<AddedToken>();
        var section = root.get("added_tokens");
        if (section == null || section instanceof JsonNull) {
            return tokens;
        }
        for (var element : section.asArray()) {
            var token = element.asObject();
            tokens.add(new AddedToken(
                    Components.natural(token, "id"),
                    token.string("content"),
                    token.bool("single_word"),
                    token.bool("lstrip"),
                    token.bool("rstrip"),
                    token.bool("normalized"),
                    token.bool("special")));
        }
        return tokens;
    }

    private static String header(JsonObject root, TokenModel tokens) throws ModelFormatException {
        var members = new LinkedHashMap<String, JsonValue>(root.members());
        var model = new LinkedHashMap<String, JsonValue>(root.object("model").members());
        model.computeIfPresent(
                "vocab",
                (_, vocabulary) -> vocabulary instanceof JsonArray
                        ? JsonArray.of(List.of())
                        : JsonObject.builder().build());
        if (tokens instanceof Bpe || model.get("merges") instanceof JsonArray) {
            // Merges that came from elsewhere have their place too.
            model.put("merges", JsonArray.of(List.of()));
        }
        members.put("model", JsonObject.of(model));
        return Json.write(JsonObject.of(members));
    }
}
