package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.model.Merges;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.pretokenizer.ByteLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The older files of byte-level BPE: vocab.json with ids, merges.txt with a merge a line, and beside them
 * tokenizer_config.json, special_tokens_map.json and added_tokens.json with the rest. What these leave open is what the
 * fast tokenizer of the class has that tokenizer_config.json names, or else of the model type in config.json.
 */
public final class VocabMerges {
    /** The file with the vocabulary. */
    public static final String VOCABULARY = "vocab.json";

    private static final String MERGES = "merges.txt";
    private static final List<String> SPECIALS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final Path directory;
    private final JsonObject config;
    private final JsonObject specials;
    private final Vocabulary vocabulary;

    private VocabMerges(Path directory) throws IOException {
        this.directory = directory;
        config = optional("tokenizer_config.json");
        specials = optional("special_tokens_map.json");
        vocabulary = TokenizerJson.vocabulary(
                Json.read(directory.resolve(VOCABULARY)).asObject());
    }

    /** The tokenizer of a directory with vocab.json and merges.txt. */
    public static LoadedTokenizer read(Path directory) throws IOException {
        return new VocabMerges(directory).read();
    }

    /** Which fast tokenizer the files are for. */
    private enum Kind {
        GPT2,
        ROBERTA,
        QWEN2,
        DEBERTA
    }

    private LoadedTokenizer read() throws IOException {
        boolean addPrefixSpace = config.optionalBool("add_prefix_space").orElse(false);
        var defaults =
                switch (kind()) {
                    case GPT2 -> {
                        var end = "<|endoftext|>";
                        var added = added(Map.of("bos_token", end, "eos_token", end, "unk_token", end), true);
                        var bos = name("bos_token", end);
                        yield new BpeDefaults(
                                null,
                                List.of(ByteLevel.PATTERN),
                                addPrefixSpace,
                                config.optionalBool("add_bos_token").orElse(false)
                                        ? BpeDefaults.template(
                                                List.of(present(bos), "$A"), List.of(bos, "$A", "$B:1"), vocabulary)
                                        : BpeDefaults.byteLevel(true, false, true),
                                false,
                                added);
                    }
                    case ROBERTA -> {
                        var usual = Map.of(
                                "bos_token", "<s>",
                                "eos_token", "</s>",
                                "unk_token", "<unk>",
                                "sep_token", "</s>",
                                "pad_token", "<pad>",
                                "cls_token", "<s>",
                                "mask_token", "<mask>");
                        yield new BpeDefaults(
                                null,
                                List.of(ByteLevel.PATTERN),
                                addPrefixSpace,
                                BpeDefaults.roberta(
                                        present(name("sep_token", "</s>")),
                                        present(name("cls_token", "<s>")),
                                        vocabulary,
                                        config.optionalBool("trim_offsets").orElse(true),
                                        addPrefixSpace),
                                false,
                                added(usual, true));
                    }
                    case QWEN2 -> {
                        var end = "<|endoftext|>";
                        yield new BpeDefaults(
                                "NFC",
                                List.of(BpeDefaults.QWEN2),
                                addPrefixSpace,
                                BpeDefaults.byteLevel(true, false, true),
                                false,
                                added(Map.of("eos_token", end, "unk_token", end, "pad_token", end), false));
                    }
                    case DEBERTA -> {
                        var usual = Map.of(
                                "bos_token", "[CLS]",
                                "eos_token", "[SEP]",
                                "unk_token", "[UNK]",
                                "sep_token", "[SEP]",
                                "pad_token", "[PAD]",
                                "cls_token", "[CLS]",
                                "mask_token", "[MASK]");
                        var cls = present(name("cls_token", "[CLS]"));
                        var sep = present(name("sep_token", "[SEP]"));
                        yield new BpeDefaults(
                                null,
                                List.of(ByteLevel.PATTERN),
                                addPrefixSpace,
                                BpeDefaults.template(
                                        List.of(cls, "$A", sep),
                                        List.of(cls, "$A", sep, "$B:1", sep + ":1"),
                                        vocabulary),
                                false,
                                added(usual, true));
                    }
                };
        return defaults.tokenizer(vocabulary, merges());
    }

    private Kind kind() throws IOException {
        var named = config.optionalString("tokenizer_class");
        if (named.isPresent()) {
            return switch (named.get().replaceFirst("Fast$", "")) {
                case "GPT2Tokenizer" -> Kind.GPT2;
                case "RobertaTokenizer", "LongformerTokenizer", "BartTokenizer" -> Kind.ROBERTA;
                case "Qwen2Tokenizer" -> Kind.QWEN2;
                case "DebertaTokenizer" -> Kind.DEBERTA;
                default ->
                    throw config.get("tokenizer_class")
                            .error("is \"" + named.get()
                                    + "\", which is not supported for vocab.json and merges.txt; known: BartTokenizer,"
                                    + " DebertaTokenizer, GPT2Tokenizer, LongformerTokenizer, Qwen2Tokenizer,"
                                    + " RobertaTokenizer");
            };
        }
        return switch (optional("config.json").optionalString("model_type").orElse("")) {
            case "roberta", "longformer", "bart" -> Kind.ROBERTA;
            case "qwen2", "qwen3" -> Kind.QWEN2;
            case "deberta" -> Kind.DEBERTA;
            case "gpt2" -> Kind.GPT2;
            // Nothing says; the names of the special tokens do.
            default ->
                vocabulary.id("<s>") >= 0 && vocabulary.id("</s>") >= 0 && vocabulary.id("<mask>") >= 0
                        ? Kind.ROBERTA
                        : Kind.GPT2;
        };
    }

    /**
     * The added tokens: those of the files by id, then the special tokens that are not among them.
     *
     * @param usual the special tokens by their keys, where no file says otherwise
     * @param normalized whether special tokens that are only named are looked for in normalised text
     */
    private List<AddedToken> added(Map<String, String> usual, boolean normalized) throws IOException {
        var tokens = new ArrayList<>(VocabTxt.addedTokens(config));
        var special = new ArrayList<AddedToken>();
        for (var key : SPECIALS) {
            var value = value(key);
            var name = value == null ? usual.get(key) : text(value);
            if (name != null) {
                special.add(
                        value instanceof JsonObject object
                                ? flagged(name, object)
                                : new AddedToken(
                                        0,
                                        name,
                                        false,
                                        key.equals("mask_token"),
                                        false,
                                        normalized && !key.equals("mask_token"),
                                        true));
            }
        }
        if (tokens.isEmpty()) {
            for (var member : optional("added_tokens.json").members().entrySet()) {
                boolean isSpecial =
                        special.stream().anyMatch(token -> token.content().equals(member.getKey()));
                tokens.add(new AddedToken(
                        Components.natural(member.getValue()),
                        member.getKey(),
                        false,
                        false,
                        false,
                        !isSpecial,
                        isSpecial));
            }
        }
        tokens.sort(Comparator.comparingInt(AddedToken::id));
        for (var token : special) {
            int known = -1;
            for (int i = 0; i < tokens.size(); i++) {
                known = tokens.get(i).content().equals(token.content()) ? i : known;
            }
            if (known < 0) {
                tokens.add(token);
            } else if (!tokens.get(known).special()) {
                tokens.set(known, token);
            }
        }
        return tokens;
    }

    private static AddedToken flagged(String name, JsonObject token) throws ModelFormatException {
        return new AddedToken(
                0,
                name,
                token.optionalBool("single_word").orElse(false),
                token.optionalBool("lstrip").orElse(false),
                token.optionalBool("rstrip").orElse(false),
                token.optionalBool("normalized").orElse(true),
                true);
    }

    private String name(String key, String usual) throws ModelFormatException {
        var value = value(key);
        return value == null ? usual : text(value);
    }

    /** What special_tokens_map.json says, or else tokenizer_config.json; null for nothing. */
    private JsonValue value(String key) {
        for (var object : List.of(specials, config)) {
            var value = object.get(key);
            if (value != null && !(value instanceof JsonNull)) {
                return value;
            }
        }
        return null;
    }

    private static String text(JsonValue token) throws ModelFormatException {
        return token instanceof JsonString string
                ? string.value()
                : token.asObject().string("content");
    }

    private String present(String token) throws ModelFormatException {
        if (vocabulary.id(token) < 0) {
            throw ModelFormatException.in(
                    directory.resolve(VOCABULARY).toString(),
                    "the vocabulary of " + vocabulary.size() + " tokens has no \"" + token
                            + "\", which is to stand around texts");
        }
        return token;
    }

    private Merges merges() throws IOException {
        var file = directory.resolve(MERGES);
        var text = VocabTxt.text(file);
        var merges = new MergeList(vocabulary, "", Math.toIntExact(text.lines().count()));
        int line = 0;
        for (var merge : text.lines().toList()) {
            line++;
            if (merge.startsWith("#version") || merge.isEmpty()) {
                continue;
            }
            var problem = merges.add(merge);
            if (problem != null) {
                throw ModelFormatException.in(file.toString(), "line " + line + " " + problem);
            }
        }
        return merges.build();
    }

    private JsonObject optional(String name) throws IOException {
        var file = directory.resolve(name);
        return Files.exists(file) ? Json.read(file).asObject() : JsonObject.of(Map.of());
    }
}
