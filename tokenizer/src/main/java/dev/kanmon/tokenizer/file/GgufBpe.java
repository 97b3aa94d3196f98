package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.model.Bpe;
import dev.kanmon.tokenizer.model.Merges;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.pretokenizer.ByteLevel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A byte-level BPE tokenizer in the metadata of a GGUF file, {@code tokenizer.ggml.model} being {@code gpt2}: tokens,
 * their types and the merges, with a name for the rest.
 */
final class GgufBpe {
    /** The name of such a tokenizer. */
    static final String MODEL = "gpt2";

    private static final String MERGES = "tokenizer.ggml.merges";
    /** How many tokens are the model's; those behind them are only added ones. */
    private static final String MODEL_SIZE = "kanmon.tokenizer_model_size";

    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
    private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";

    private GgufBpe() {}

    /** The tokenizer of our own key, of which vocabulary and merges are empty. */
    static LoadedTokenizer read(GgufFile file, JsonValue json) throws ModelFormatException {
        var tokens = file.strings(GgufTokenizer.TOKENS);
        long size = file.longInteger(MODEL_SIZE);
        if (size < 0 || size > tokens.size()) {
            throw error(file, MODEL_SIZE, "is " + size + ", expected at most the " + tokens.size() + " tokens");
        }
        var vocabulary = vocabulary(tokens.subList(0, (int) size));
        var model = json.asObject().object("model");
        var prefix = model.optionalString("continuing_subword_prefix").orElse("");
        return TokenizerJson.read(json, new Bpe(vocabulary, merges(file, vocabulary, prefix), BpeJson.settings(model)));
    }

    /** The tokenizer of llama.cpp's keys alone. */
    static LoadedTokenizer read(GgufFile file) throws ModelFormatException {
        var tokens = file.strings(GgufTokenizer.TOKENS);
        var types = GgufTokenizer.tokenTypes(file, tokens.size());
        var vocabulary = vocabulary(tokens);
        var pre = file.optionalString(GgufTokenizer.PRE).orElse("default");
        var patterns = GgufPatterns.of(pre);
        if (patterns == null) {
            throw error(file, GgufTokenizer.PRE, "is \"" + pre + "\", which is not supported");
        }
        var added = new ArrayList<AddedToken>();
        for (int id = 0; id < types.length; id++) {
            boolean isControl = types[id] == GgufTokenizer.CONTROL;
            if ((isControl || types[id] == GgufTokenizer.USER_DEFINED)
                    && !tokens.get(id).isEmpty()) {
                added.add(new AddedToken(id, tokens.get(id), false, false, false, false, isControl));
            }
        }
        return new BpeDefaults(
                        GgufPatterns.normalizer(pre),
                        patterns,
                        file.optionalBoolean("tokenizer.ggml.add_space_prefix").orElse(false),
                        postProcessor(file, pre, vocabulary),
                        GgufPatterns.ignoresMerges(pre),
                        added)
                .tokenizer(vocabulary, merges(file, vocabulary, ""));
    }

    private static JsonValue postProcessor(GgufFile file, String pre, Vocabulary vocabulary)
            throws ModelFormatException {
        var bos = file.optionalBoolean(ADD_BOS).orElse(GgufPatterns.addsBos(pre))
                ? GgufTokenizer.token(file, vocabulary, GgufTokenizer.BOS_ID)
                : null;
        var eos = file.optionalBoolean(ADD_EOS).orElse(false)
                ? GgufTokenizer.token(file, vocabulary, GgufTokenizer.EOS_ID)
                : null;
        if (pre.equals("roberta-bpe") && bos != null && eos != null) {
            return BpeDefaults.roberta(eos, bos, vocabulary, true, false);
        }
        if (bos == null && eos == null) {
            return BpeDefaults.byteLevel(true, false, true);
        }
        var single = new ArrayList<String>();
        if (bos != null) {
            single.add(bos);
        }
        single.add("$A");
        if (eos != null) {
            single.add(eos);
        }
        var pair = new ArrayList<>(single);
        if (eos == null) {
            pair.add(bos + ":1");
            pair.add("$B:1");
        } else {
            pair.add("$B");
            pair.add(eos);
        }
        return BpeDefaults.template(single, pair, vocabulary);
    }

    private static Vocabulary vocabulary(List<String> tokens) {
        var vocabulary = new Vocabulary.Builder(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.add(tokens.get(id), id);
        }
        return vocabulary.build();
    }

    private static Merges merges(GgufFile file, Vocabulary vocabulary, String prefix) throws ModelFormatException {
        var list = file.strings(MERGES);
        var merges = new MergeList(vocabulary, prefix, list.size());
        for (int rank = 0; rank < list.size(); rank++) {
            var problem = merges.add(list.get(rank));
            if (problem != null) {
                throw error(file, MERGES, "element " + rank + " " + problem);
            }
        }
        return merges.build();
    }

    /** The metadata that {@link GgufTokenizer#read} turns back into the same tokenizer. */
    static SequencedMap<String, GgufValue> write(LoadedTokenizer tokenizer, Bpe model) {
        var vocabulary = model.vocabulary();
        var added = tokenizer.pipeline().addedTokens().tokens();
        int size = GgufTokenizer.listSize(tokenizer.pipeline());
        var tokens = new String[size];
        var types = new int[size];
        for (int id = 0; id < size; id++) {
            tokens[id] = "[PAD" + id + "]";
            types[id] = GgufTokenizer.UNUSED;
        }
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            tokens[vocabulary.entryId(entry)] = vocabulary.entryToken(entry);
            types[vocabulary.entryId(entry)] = GgufTokenizer.NORMAL;
        }
        for (var token : added) {
            tokens[token.id()] = token.content();
            types[token.id()] = token.special() ? GgufTokenizer.CONTROL : GgufTokenizer.USER_DEFINED;
        }
        var merges = merges(model);
        boolean carried = isCarried(model, merges, added);
        var metadata = new LinkedHashMap<String, GgufValue>();
        metadata.put(GgufTokenizer.MODEL, GgufValue.of(MODEL));
        metadata.put(GgufTokenizer.PRE, GgufValue.of(GgufPatterns.nameOf(patterns(tokenizer))));
        metadata.put(GgufTokenizer.TOKENS, GgufValue.ofStrings(Arrays.asList(tokens)));
        metadata.put(GgufTokenizer.TOKEN_TYPE, GgufValue.ofInts(types));
        metadata.put(MERGES, GgufValue.ofStrings(merges));
        GgufTokenizer.putAround(tokenizer.pipeline(), metadata);
        if (carried) {
            metadata.put(MODEL_SIZE, GgufValue.u32(vocabulary.size()));
        }
        metadata.put(
                GgufTokenizer.OWN_JSON, GgufValue.of(carried ? tokenizer.header() : TokenizerJson.write(tokenizer)));
        return metadata;
    }

    private static List<String> merges(Bpe model) {
        var merges = model.merges();
        var list = new ArrayList<String>(merges.size());
        for (int rank = 0; rank < merges.size(); rank++) {
            if (!merges.isOverridden(rank)) {
                list.add(String.join(" ", BpeJson.parts(model, rank)));
            }
        }
        return list;
    }

    /** Whether the lists of tokens and merges say all there is to say. */
    private static boolean isCarried(Bpe model, List<String> merges, List<AddedToken> added) {
        var vocabulary = model.vocabulary();
        if (vocabulary.maxId() + 1 != vocabulary.size()
                || merges.stream().anyMatch(merge -> merge.indexOf(' ') != merge.lastIndexOf(' '))) {
            return false;
        }
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            // Two tokens with one id.
            if (!vocabulary.entryToken(entry).equals(vocabulary.token(vocabulary.entryId(entry)))) {
                return false;
            }
        }
        return added.stream()
                .allMatch(token ->
                        token.id() >= vocabulary.size() || token.content().equals(vocabulary.token(token.id())));
    }

    /** The expressions at whose matches the text is cut. */
    private static List<String> patterns(LoadedTokenizer tokenizer) {
        var patterns = new ArrayList<String>();
        try {
            var root = Json.parse("header", tokenizer.header()).asObject();
            var preTokenizer = root.optionalObject("pre_tokenizer");
            if (preTokenizer.isPresent()) {
                collect(preTokenizer.get(), patterns);
            }
        } catch (ModelFormatException impossible) {
            throw new IllegalStateException("the header was read once before", impossible);
        }
        return patterns;
    }

    private static void collect(JsonObject component, List<String> patterns) throws ModelFormatException {
        switch (component.string("type")) {
            case "Sequence" -> {
                for (var part : component.array("pretokenizers")) {
                    collect(part.asObject(), patterns);
                }
            }
            case "Split" ->
                patterns.add(component.object("pattern").optionalString("Regex").orElse(""));
            case "Digits" -> patterns.add(component.bool("individual_digits") ? "\\p{N}" : "\\p{N}+");
            case "ByteLevel" -> {
                if (component.optionalBool("use_regex").orElse(true)) {
                    patterns.add(ByteLevel.PATTERN);
                }
            }
            default -> patterns.add(component.string("type"));
        }
    }

    private static ModelFormatException error(GgufFile file, String key, String what) {
        return ModelFormatException.in(file.path().toString(), "metadata \"" + key + "\" " + what);
    }
}
