package dev.kanmon.server;

import dev.kanmon.Verdict;
import dev.kanmon.formats.json.JsonWriter;
import java.util.Locale;
import java.util.Optional;

/** A verdict as {@code POST /v1/guard} answers it. */
final class VerdictJson {

    private VerdictJson() {}

    /** Writes the members into the object that was begun. */
    static JsonWriter members(
            JsonWriter out, Verdict verdict, Optional<String> policy, Service service, long elapsedNanos) {
        out.name("harmful").value(verdict.harmful());
        out.name("outcome").value(verdict.outcome().name().toLowerCase(Locale.ROOT));
        out.name("probability").value(verdict.probability());
        out.name("threshold").value(verdict.threshold());
        policy.ifPresent(name -> out.name("policy").value(name));
        policies(out, service);
        out.name("tokens").value(verdict.tokens());
        out.name("truncated").value(verdict.truncated());
        out.name("windows").beginArray();
        for (Verdict.Window window : verdict.windows()) {
            out.beginObject();
            span(out.name("instruction"), window.instruction());
            span(out.name("response"), window.response());
            out.name("tokens").value(window.tokens());
            out.name("probability").value(window.probability());
            out.endObject();
        }
        out.endArray();
        out.name("elapsed_ms").value(Math.round(elapsedNanos / 1e3) / 1e3);
        out.name("model").value(service.model());
        return out;
    }

    static void policies(JsonWriter out, Service service) {
        out.name("policies").beginObject();
        service.policies().forEach((name, threshold) -> out.name(name).value(threshold));
        out.endObject();
    }

    private static void span(JsonWriter out, Verdict.Span span) {
        out.beginArray().value(span.start()).value(span.end()).endArray();
    }
}
