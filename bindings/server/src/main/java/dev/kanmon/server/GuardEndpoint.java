package dev.kanmon.server;

import dev.kanmon.Explanation;
import dev.kanmon.ExplanationJson;
import dev.kanmon.Verdict;
import dev.kanmon.formats.json.JsonWriter;
import java.util.List;
import java.util.OptionalDouble;

/** {@code POST /v1/guard}: the verdict on an instruction, or on the reply to it. */
final class GuardEndpoint implements Endpoint {

    private final Service service;
    private final SideWork explanations;
    private final StreamEndpoints streams;

    GuardEndpoint(Service service, SideWork explanations, StreamEndpoints streams) {
        this.service = service;
        this.explanations = explanations;
        this.streams = streams;
    }

    @Override
    public void answer(Call call) throws ApiError {
        GuardRequest asked = GuardRequest.parse(call.jsonBody(), service);
        if (asked.stream()) {
            streams.replay(call, asked);
            return;
        }
        Verdict judged = service.judge(List.of(asked.exchange())).getFirst();
        Verdict verdict = judgedBy(asked.threshold(), judged);
        Explanation explanation = asked.explain() ? explain(judged) : null;
        call.found(verdict.outcome(), verdict.tokens());
        service.stats().count(verdict.outcome());
        JsonWriter out = JsonWriter.compact().beginObject();
        VerdictJson.members(out, verdict, asked.policy(), service, call.nanos());
        if (explanation != null) {
            ExplanationJson.write(out.name("explanation"), explanation);
        }
        call.json(200, out.endObject().toString());
    }

    private Explanation explain(Verdict verdict) throws ApiError {
        if (verdict.origin() == null) {
            throw ApiError.server(501, "not_supported", "this server: has no guard that explains its verdicts");
        }
        return explanations.run(verdict::explain);
    }

    static Verdict judgedBy(OptionalDouble threshold, Verdict verdict) {
        return threshold.isPresent() ? verdict.withThreshold(threshold.getAsDouble()) : verdict;
    }
}
