package dev.kanmon.server;

import dev.kanmon.Verdict;
import dev.kanmon.formats.json.JsonWriter;
import java.util.List;
import java.util.OptionalDouble;

/** {@code POST /v1/guard}: the verdict on an instruction, or on the reply to it. */
final class GuardEndpoint implements Endpoint {

    private final Service service;

    GuardEndpoint(Service service) {
        this.service = service;
    }

    @Override
    public void answer(Call call) throws ApiError {
        GuardRequest asked = GuardRequest.parse(call.jsonBody(), service);
        Verdict verdict = judgedBy(
                asked.threshold(), service.judge(List.of(asked.exchange())).getFirst());
        call.found(verdict.outcome(), verdict.tokens());
        service.stats().count(Stats.End.valueOf(verdict.outcome().name()));
        JsonWriter out = JsonWriter.compact().beginObject();
        VerdictJson.members(out, verdict, asked.policy(), service, call.nanos());
        call.json(200, out.endObject().toString());
    }

    static Verdict judgedBy(OptionalDouble threshold, Verdict verdict) {
        return threshold.isPresent() ? verdict.withThreshold(threshold.getAsDouble()) : verdict;
    }
}
