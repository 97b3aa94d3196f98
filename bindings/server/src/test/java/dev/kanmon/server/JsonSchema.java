package dev.kanmon.server;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The part of JSON Schema that our OpenAPI document uses; a keyword beyond it is an error, not ignored. */
final class JsonSchema {

    private static final Set<String> WORDS_ABOUT = Set.of("description", "default");

    private final JsonObject document;
    private final List<String> violations = new ArrayList<>();

    private JsonSchema(JsonObject document) {
        this.document = document;
    }

    /** What in {@code value} is not as the schema has it, each with its place; references are looked up in the document. */
    static List<String> violations(JsonObject document, JsonObject schema, JsonValue value)
            throws ModelFormatException {
        JsonSchema check = new JsonSchema(document);
        check.check("$", schema, value);
        return check.violations;
    }

    /** What {@code #/a/b} names. */
    static JsonObject resolve(JsonObject document, String reference) throws ModelFormatException {
        if (!reference.startsWith("#/")) {
            throw new IllegalArgumentException(reference + ": expected a reference within the document");
        }
        JsonObject at = document;
        for (String step : reference.substring(2).split("/")) {
            at = at.object(step.replace("~1", "/").replace("~0", "~"));
        }
        return at;
    }

    private void check(String place, JsonObject schema, JsonValue value) throws ModelFormatException {
        if (schema.has("$ref")) {
            check(place, resolve(document, schema.string("$ref")), value);
            return;
        }
        for (Map.Entry<String, JsonValue> rule : schema.members().entrySet()) {
            JsonValue wanted = rule.getValue();
            switch (rule.getKey()) {
                case "type" -> require(place, isOf(wanted, value), "expected " + wanted, value);
                case "enum" ->
                    require(place, ((JsonArray) wanted).values().contains(value), "expected one of " + wanted, value);
                case "minimum" ->
                    require(
                            place,
                            !(value instanceof JsonNumber n) || n.doubleValue() >= number(wanted),
                            "expected at least " + wanted,
                            value);
                case "maximum" ->
                    require(
                            place,
                            !(value instanceof JsonNumber n) || n.doubleValue() <= number(wanted),
                            "expected at most " + wanted,
                            value);
                case "minItems" ->
                    require(
                            place,
                            !(value instanceof JsonArray a) || a.size() >= number(wanted),
                            "expected at least " + wanted,
                            value);
                case "maxItems" ->
                    require(
                            place,
                            !(value instanceof JsonArray a) || a.size() <= number(wanted),
                            "expected at most " + wanted,
                            value);
                case "items" -> {
                    if (value instanceof JsonArray array) {
                        for (int i = 0; i < array.size(); i++) {
                            check(place + "[" + i + "]", (JsonObject) wanted, array.get(i));
                        }
                    }
                }
                case "required" -> {
                    for (String name : ((JsonArray) wanted).strings()) {
                        require(
                                place,
                                !(value instanceof JsonObject o) || o.has(name),
                                "expected a member " + name,
                                value);
                    }
                }
                case "properties", "additionalProperties" -> {
                    if (value instanceof JsonObject object) {
                        members(place, schema, rule.getKey(), object);
                    }
                }
                case "oneOf" -> {
                    int fitting = 0;
                    for (JsonValue one : (JsonArray) wanted) {
                        fitting += violations(document, one.asObject(), value).isEmpty() ? 1 : 0;
                    }
                    require(place, fitting == 1, "found " + fitting + " schemas that fit, expected one", value);
                }
                default -> {
                    if (!WORDS_ABOUT.contains(rule.getKey())) {
                        throw new IllegalArgumentException(rule.getKey() + ": a keyword that is not checked yet");
                    }
                }
            }
        }
    }

    private void members(String place, JsonObject schema, String rule, JsonObject object) throws ModelFormatException {
        JsonObject known = schema.has("properties") ? schema.object("properties") : JsonObject.of(Map.of());
        for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
            String at = place + "." + member.getKey();
            if (rule.equals("properties") && known.has(member.getKey())) {
                check(at, known.object(member.getKey()), member.getValue());
            } else if (rule.equals("additionalProperties") && !known.has(member.getKey())) {
                switch (schema.get("additionalProperties")) {
                    case JsonBoolean allowed ->
                        require(at, allowed.value(), "expected no such member", member.getValue());
                    case JsonValue more -> check(at, more.asObject(), member.getValue());
                }
            }
        }
    }

    private static double number(JsonValue value) {
        return ((JsonNumber) value).doubleValue();
    }

    private static boolean isOf(JsonValue types, JsonValue value) throws ModelFormatException {
        if (types instanceof JsonArray several) {
            for (JsonValue type : several) {
                if (isOf(type, value)) {
                    return true;
                }
            }
            return false;
        }
        String type = ((JsonString) types).value();
        return switch (value) {
            case JsonObject _ -> type.equals("object");
            case JsonArray _ -> type.equals("array");
            case JsonString _ -> type.equals("string");
            case JsonNumber n -> type.equals("number") || type.equals("integer") && n.isLong();
            case JsonBoolean _ -> type.equals("boolean");
            case JsonNull _ -> type.equals("null");
        };
    }

    private void require(String place, boolean holds, String expected, JsonValue found) {
        if (!holds) {
            violations.add(place + ": " + expected + ", found " + found.describe());
        }
    }
}
