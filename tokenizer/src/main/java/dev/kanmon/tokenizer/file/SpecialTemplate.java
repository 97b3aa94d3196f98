package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import java.util.ArrayList;
import java.util.List;

/** A TemplateProcessing of a tokenizer.json in the making: the parts of both templates, front to back. */
final class SpecialTemplate {
    private final List<AddedToken> tokens;
    private final List<JsonValue> single = new ArrayList<>();
    private final List<JsonValue> pair = new ArrayList<>();
    private final JsonObject.Builder specials = JsonObject.builder();
    private final List<String> named = new ArrayList<>();

    SpecialTemplate(List<AddedToken> tokens) {
        this.tokens = tokens;
    }

    SpecialTemplate both(String token, int typeId) {
        single.add(BertDefaults.part("SpecialToken", token, typeId));
        return pairOnly(token, typeId);
    }

    SpecialTemplate pairOnly(String token, int typeId) {
        pair.add(BertDefaults.part("SpecialToken", token, typeId));
        if (!named.contains(token)) {
            named.add(token);
            int id = id(token);
            specials.put(
                    token,
                    JsonObject.builder()
                            .put("id", token)
                            .put("ids", JsonArray.of(JsonNumber.of(id)))
                            .put("tokens", JsonArray.of(JsonString.of(token)))
                            .build());
        }
        return this;
    }

    int id(String token) {
        return tokens.stream()
                .filter(added -> added.content().equals(token))
                .findFirst()
                .orElseThrow()
                .id();
    }

    SpecialTemplate text(int typeId) {
        single.add(BertDefaults.part("Sequence", "A", typeId));
        pair.add(BertDefaults.part("Sequence", "A", typeId));
        return this;
    }

    SpecialTemplate second(int typeId) {
        pair.add(BertDefaults.part("Sequence", "B", typeId));
        return this;
    }

    /** Each of one text or two between two tokens, the second text with type id 1; the empty name for none. */
    SpecialTemplate around(String before, String after) {
        if (!before.isEmpty()) {
            both(before, 0);
        }
        text(0);
        if (!after.isEmpty()) {
            both(after, 0);
        }
        if (!before.isEmpty()) {
            pairOnly(before, 1);
        }
        second(1);
        return after.isEmpty() ? this : pairOnly(after, 1);
    }

    JsonObject json() {
        return JsonObject.builder()
                .put("type", "TemplateProcessing")
                .put("single", JsonArray.of(single))
                .put("pair", JsonArray.of(pair))
                .put("special_tokens", specials.build())
                .build();
    }
}
