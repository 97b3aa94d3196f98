package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.tokenizer.model.Bpe;
import dev.kanmon.tokenizer.model.BpeSettings;
import dev.kanmon.tokenizer.model.Merges;
import dev.kanmon.tokenizer.model.Vocabulary;
import java.util.List;

/**
 * The {@code model} of a tokenizer.json with the type BPE; its merges are strings with a blank between the two parts, or
 * pairs.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/models/bpe/serialization.rs">serialization.rs</a>
 */
final class BpeJson {
    /** How files of an older kind start the list of merges. */
    private static final String VERSION_LINE = "#version";

    private static final int MAX_AFFIX = 64;

    private BpeJson() {}

    static Bpe read(JsonObject model, Vocabulary vocabulary) throws ModelFormatException {
        return new Bpe(vocabulary, merges(model, vocabulary), settings(model));
    }

    /** Everything but vocabulary and merges. */
    static BpeSettings settings(JsonObject model) throws ModelFormatException {
        var dropout = model.optionalNumber("dropout");
        if (dropout.isPresent() && dropout.getAsDouble() != 0) {
            throw model.get("dropout")
                    .error("is " + dropout.getAsDouble()
                            + ", which makes tokens random and is not supported; expected null or 0");
        }
        return new BpeSettings(
                model.optionalString("unk_token").orElse(null),
                affix(model, "continuing_subword_prefix"),
                affix(model, "end_of_word_suffix"),
                model.optionalBool("fuse_unk").orElse(false),
                model.optionalBool("byte_fallback").orElse(false),
                model.optionalBool("ignore_merges").orElse(false));
    }

    /** It is spelled out for each character that is looked up, so that a long one would make a text slow. */
    private static String affix(JsonObject model, String key) throws ModelFormatException {
        var affix = model.optionalString(key).orElse("");
        if (affix.length() > MAX_AFFIX) {
            throw model.get(key).error("has " + affix.length() + " characters, expected at most " + MAX_AFFIX);
        }
        return affix;
    }

    private static Merges merges(JsonObject model, Vocabulary vocabulary) throws ModelFormatException {
        var list = model.array("merges");
        var merges = new MergeList(
                vocabulary, model.optionalString("continuing_subword_prefix").orElse(""), list.size());
        for (var element : list) {
            var problem = element instanceof JsonString string && string.value().startsWith(VERSION_LINE)
                    ? null
                    : add(element, merges);
            if (problem != null) {
                throw element.error(problem);
            }
        }
        return merges.build();
    }

    private static String add(JsonValue element, MergeList merges) throws ModelFormatException {
        if (element instanceof JsonArray pair) {
            if (pair.size() != 2) {
                return "has " + pair.size() + " parts, expected two";
            }
            return merges.add(pair.get(0).asString(), pair.get(1).asString());
        }
        return merges.add(element.asString());
    }

    /** The merges as pairs. */
    static void writeMerges(Bpe model, JsonWriter out) {
        var merges = model.merges();
        out.beginArray();
        for (int rank = 0; rank < merges.size(); rank++) {
            if (!merges.isOverridden(rank)) {
                var parts = parts(model, rank);
                out.beginArray().value(parts.get(0)).value(parts.get(1)).endArray();
            }
        }
        out.endArray();
    }

    /** The texts of a merge; where several tokens have one id, those that make a token together. */
    static List<String> parts(Bpe model, int rank) {
        var vocabulary = model.vocabulary();
        var merges = model.merges();
        var left = vocabulary.token(merges.left(rank));
        var right = vocabulary.token(merges.right(rank));
        if (makes(left, right, model, rank)) {
            return List.of(left, right);
        }
        for (int first = 0; first < vocabulary.size(); first++) {
            if (vocabulary.entryId(first) != merges.left(rank)) {
                continue;
            }
            for (int second = 0; second < vocabulary.size(); second++) {
                if (vocabulary.entryId(second) == merges.right(rank)
                        && makes(vocabulary.entryToken(first), vocabulary.entryToken(second), model, rank)) {
                    return List.of(vocabulary.entryToken(first), vocabulary.entryToken(second));
                }
            }
        }
        throw new IllegalStateException("merge " + rank + " was read once before");
    }

    private static boolean makes(String left, String right, Bpe model, int rank) {
        var joined = MergeList.joined(left, right, model.settings().continuingSubwordPrefix());
        return joined != null && model.vocabulary().id(joined) == model.merges().result(rank);
    }
}
