package dev.kanmon.server;

import dev.kanmon.Exchange;
import dev.kanmon.Outcome;
import dev.kanmon.Verdict;
import dev.kanmon.formats.json.JsonWriter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.core.JsonToken;

/**
 * {@code POST /v1/moderations} in the shape of
 * <a href="https://platform.openai.com/docs/api-reference/moderations/create">OpenAI's endpoint</a>, so that its clients
 * work unchanged. The guard knows one kind of harm. So that a client that looks at one category, or has a threshold of its
 * own, lets nothing pass that the guard would refuse, every category has the guard's verdict and its probability; of a
 * text that was not read to its end they are true and 1. The member {@code kanmon} says what the guard said.
 */
final class ModerationEndpoint implements Endpoint {

    /** OpenAI's categories. */
    static final List<String> CATEGORIES = List.of(
            "harassment",
            "harassment/threatening",
            "hate",
            "hate/threatening",
            "illicit",
            "illicit/violent",
            "self-harm",
            "self-harm/instructions",
            "self-harm/intent",
            "sexual",
            "sexual/minors",
            "violence",
            "violence/graphic");

    /** Texts of one request. */
    private static final int MOST_INPUTS = 256;

    private final Service service;

    ModerationEndpoint(Service service) {
        this.service = service;
    }

    @Override
    public void answer(Call call) throws ApiError {
        List<String> texts = texts(call.jsonBody());
        List<Verdict> verdicts = service.judge(texts.stream().map(Exchange::of).toList());
        JsonWriter out = JsonWriter.compact().beginObject();
        out.name("id")
                .value("modr-"
                        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
        out.name("model").value(service.model());
        out.name("results").beginArray();
        Outcome worst = Outcome.HARMLESS;
        int tokens = 0;
        for (Verdict verdict : verdicts) {
            service.stats().count(verdict.outcome());
            if (worst != Outcome.HARMFUL && verdict.outcome() != Outcome.HARMLESS) {
                worst = verdict.outcome();
            }
            tokens += verdict.tokens();
            result(out, verdict, call.nanos());
        }
        call.found(worst, tokens);
        call.json(200, out.endArray().endObject().toString());
    }

    private void result(JsonWriter out, Verdict verdict, long nanos) {
        boolean flagged = verdict.harmful();
        double score = verdict.outcome() == Outcome.INCOMPLETE ? 1 : verdict.probability();
        out.beginObject().name("flagged").value(flagged);
        out.name("categories").beginObject();
        CATEGORIES.forEach(category -> out.name(category).value(flagged));
        out.endObject().name("category_scores").beginObject();
        CATEGORIES.forEach(category -> out.name(category).value(score));
        out.endObject().name("category_applied_input_types").beginObject();
        CATEGORIES.forEach(
                category -> out.name(category).beginArray().value("text").endArray());
        out.endObject().name("kanmon").beginObject();
        VerdictJson.members(out, verdict, service.policy(), service, nanos);
        out.endObject().endObject();
    }

    private static List<String> texts(byte[] body) throws ApiError {
        List<String> texts = new ArrayList<>();
        JsonInput.read(body, false, (name, value) -> { // other members are for other servers
            if (!name.equals("input")) {
                return false;
            }
            switch (value.token()) {
                case VALUE_STRING -> texts.add(value.string());
                case START_ARRAY -> elements(value, texts);
                default -> throw input("expected a string, strings, or parts of type text");
            }
            return true;
        });
        if (texts.isEmpty()) {
            throw input("is missing or empty");
        }
        for (String text : texts) {
            if (text.isEmpty()) {
                throw input("found an empty text, expected one to judge");
            }
        }
        return texts;
    }

    /** Strings are a text each; parts are one text together, as they are one message. */
    private static void elements(JsonInput value, List<String> texts) throws ApiError {
        StringBuilder parts = null;
        for (JsonToken token = value.next(); token != JsonToken.END_ARRAY; token = value.next()) {
            if (token == JsonToken.VALUE_STRING && parts == null) {
                if (texts.size() == MOST_INPUTS) {
                    throw input("found more than " + MOST_INPUTS + " texts, expected at most");
                }
                texts.add(value.string());
            } else if (token == JsonToken.START_OBJECT && texts.isEmpty()) {
                parts = parts == null ? new StringBuilder() : parts.append('\n');
                parts.append(part(value));
            } else {
                throw input("expected strings, or parts of type text, and not both");
            }
        }
        if (parts != null) {
            texts.add(parts.toString());
        }
    }

    private static String part(JsonInput value) throws ApiError {
        String text = null;
        boolean isText = false;
        while (value.next() == JsonToken.PROPERTY_NAME) {
            String name = value.currentName();
            value.next();
            switch (name) {
                case "type" -> isText = value.string().equals("text");
                case "text" -> text = value.string();
                default -> value.skip();
            }
        }
        if (!isText) {
            throw input("found a part of another type than text, which this model cannot judge");
        }
        return Optional.ofNullable(text).orElseThrow(() -> input("found a part without text"));
    }

    private static ApiError input(String what) {
        return ApiError.bad("input: " + what, "input");
    }
}
