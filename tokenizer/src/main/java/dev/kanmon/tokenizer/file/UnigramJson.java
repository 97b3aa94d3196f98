package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.tokenizer.model.Unigram;
import dev.kanmon.tokenizer.model.Vocabulary;
import java.util.HashMap;
import java.util.Map;

/** The {@code model} of a tokenizer.json with the type Unigram: its vocabulary is a list of tokens and scores. */
final class UnigramJson {
    private UnigramJson() {}

    static Unigram read(JsonObject model) throws ModelFormatException {
        var pieces = model.array("vocab");
        var builder = new Vocabulary.Builder(pieces.size());
        var scores = new double[pieces.size()];
        for (int id = 0; id < scores.length; id++) {
            var piece = pieces.get(id).asArray();
            if (piece.size() != 2) {
                throw piece.error("has " + piece.size() + " elements, expected a token and its score");
            }
            builder.add(piece.get(0).asString(), id);
            scores[id] = score(piece.get(1));
        }
        var vocabulary = builder.build();
        var repeated = new HashMap<Integer, String>();
        for (int id = 0; vocabulary.size() < scores.length && id < scores.length; id++) {
            var token = pieces.get(id).asArray().get(0).asString();
            if (vocabulary.id(token) != id) {
                repeated.put(id, token);
            }
        }
        return of(model, vocabulary, repeated, scores);
    }

    /** The model of these settings with a vocabulary from elsewhere. */
    static Unigram of(JsonObject model, Vocabulary vocabulary, Map<Integer, String> repeated, double[] scores)
            throws ModelFormatException {
        var unknown = model.get("unk_id");
        int unknownId = unknown == null || unknown instanceof JsonNull ? -1 : Components.natural(unknown);
        if (unknownId >= scores.length) {
            throw unknown.error("is " + unknownId + ", expected the number of one of the " + scores.length + " tokens");
        }
        if (scores.length == 0) {
            throw model.error("has no tokens, expected one for the unknown at least");
        }
        return new Unigram(
                vocabulary,
                repeated,
                scores,
                unknownId,
                model.optionalBool("byte_fallback").orElse(false));
    }

    static void writeVocabulary(Unigram model, JsonWriter out) {
        out.beginArray();
        for (int id = 0; id < model.size(); id++) {
            out.beginArray().value(model.token(id));
            out.value(JsonNumber.of(SerdeNumber.writable(model.score(id)))).endArray();
        }
        out.endArray();
    }

    private static double score(JsonValue value) throws ModelFormatException {
        if (!(value instanceof JsonNumber number)) {
            throw value.error("is " + value.describe() + ", expected a score");
        }
        double score = SerdeNumber.parse(number.text());
        if (Double.isInfinite(score)) {
            throw number.error("is beyond the range of a double");
        }
        return score;
    }
}
