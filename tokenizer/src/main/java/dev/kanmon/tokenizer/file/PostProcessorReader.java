package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.processor.BertProcessing;
import dev.kanmon.tokenizer.processor.BlankTrim;
import dev.kanmon.tokenizer.processor.ByteLevelProcessing;
import dev.kanmon.tokenizer.processor.EndOfText;
import dev.kanmon.tokenizer.processor.PostProcessor;
import dev.kanmon.tokenizer.processor.PostProcessorSequence;
import dev.kanmon.tokenizer.processor.RobertaProcessing;
import dev.kanmon.tokenizer.processor.TemplateProcessing;
import dev.kanmon.tokenizer.processor.TemplateProcessing.Part;
import java.util.ArrayList;
import java.util.List;

/** Reads the {@code post_processor} of a tokenizer.json. */
final class PostProcessorReader {
    private static final String KNOWN = "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing";

    private PostProcessorReader() {}

    static PostProcessor read(JsonObject component, Vocabulary vocabulary) throws ModelFormatException {
        return switch (component.string("type")) {
            case "BertProcessing" -> {
                var sep = tokenAndId(component, "sep");
                var cls = tokenAndId(component, "cls");
                yield new BertProcessing(
                        sep.get(0).asString(),
                        Components.natural(sep.get(1)),
                        cls.get(0).asString(),
                        Components.natural(cls.get(1)));
            }
            // Our own; see SentencePieceFamily.
            case "EndOfText" -> new EndOfText(component.string("token"), Components.natural(component, "id"));
            case "ByteLevel" -> new ByteLevelProcessing(trim(component, vocabulary));
            case "RobertaProcessing" -> {
                var sep = tokenAndId(component, "sep");
                var cls = tokenAndId(component, "cls");
                yield new RobertaProcessing(
                        sep.get(0).asString(),
                        Components.natural(sep.get(1)),
                        cls.get(0).asString(),
                        Components.natural(cls.get(1)),
                        trim(component, vocabulary));
            }
            case "Sequence" -> sequence(component, vocabulary);
            case "TemplateProcessing" ->
                new TemplateProcessing(parts(component, "single", false), parts(component, "pair", true));
            default -> throw Components.unknown(component, "post-processor", KNOWN);
        };
    }

    private static BlankTrim trim(JsonObject component, Vocabulary vocabulary) throws ModelFormatException {
        boolean addPrefixSpace = component.bool("add_prefix_space");
        return component.bool("trim_offsets") ? new BlankTrim(vocabulary, addPrefixSpace) : null;
    }

    private static PostProcessor sequence(JsonObject component, Vocabulary vocabulary) throws ModelFormatException {
        var processors = Components.sequence(component.array("processors"), part -> read(part, vocabulary));
        for (int i = 0; i < processors.size() - 1; i++) {
            boolean keepsTexts =
                    switch (processors.get(i)) {
                        case BertProcessing _, ByteLevelProcessing _, RobertaProcessing _ -> true;
                        case EndOfText _, PostProcessorSequence _, TemplateProcessing _ -> false;
                    };
            if (!keepsTexts) {
                // A template merges a pair into one row of parts; nothing that expects two texts can follow.
                throw component
                        .get("processors")
                        .error("has a processor behind number " + (i + 1)
                                + ", which is a template or a sequence, expected that to be the last");
            }
        }
        return new PostProcessorSequence(processors);
    }

    private static JsonArray tokenAndId(JsonObject component, String key) throws ModelFormatException {
        var array = component.array(key);
        if (array.size() != 2) {
            throw array.error("has " + array.size() + " elements, expected a token and its id");
        }
        return array;
    }

    private static List<Part> parts(JsonObject component, String key, boolean pair) throws ModelFormatException {
        var specials = component.object("special_tokens");
        var parts = new ArrayList<Part>();
        for (var element : component.array(key)) {
            var piece = element.asObject();
            if (piece.has("Sequence")) {
                parts.add(sequencePart(piece.object("Sequence"), pair));
            } else if (piece.has("SpecialToken")) {
                parts.add(specialPart(piece.object("SpecialToken"), specials));
            } else {
                throw piece.error("is " + piece.describe() + ", expected a Sequence or a SpecialToken");
            }
        }
        return parts;
    }

    private static Part sequencePart(JsonObject piece, boolean pair) throws ModelFormatException {
        var id = piece.string("id");
        boolean second = id.equals("B");
        if (!second && !id.equals("A") || second && !pair) {
            throw piece.get("id").error("is the sequence \"" + id + "\", expected " + (pair ? "A or B" : "A"));
        }
        return new Part.Sequence(second ? 1 : 0, Components.natural(piece, "type_id"));
    }

    private static Part specialPart(JsonObject piece, JsonObject specials) throws ModelFormatException {
        var id = piece.string("id");
        if (!specials.has(id)) {
            throw piece.get("id").error("is the special token \"" + id + "\", which special_tokens does not define");
        }
        var special = specials.object(id);
        var ids = special.array("ids");
        for (var number : ids) {
            Components.natural(number);
        }
        var names = special.array("tokens").strings();
        if (names.size() != ids.size()) {
            throw special.error("has " + ids.size() + " ids and " + names.size() + " tokens, expected as many");
        }
        return new Part.Special(ids.ints(), names, Components.natural(piece, "type_id"));
    }
}
