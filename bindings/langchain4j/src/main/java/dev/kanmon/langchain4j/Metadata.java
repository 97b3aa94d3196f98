package dev.kanmon.langchain4j;

import dev.kanmon.Ruling;
import dev.langchain4j.guardrail.GuardrailRequestParams;
import java.util.HashMap;
import java.util.Map;

/** Verdicts in the parameters of an invocation, which AI services hand from the caller to whoever takes part. */
final class Metadata {

    private Metadata() {}

    /** Puts a verdict there, or takes an older one away where nobody judged. */
    static void record(GuardrailRequestParams params, String key, Ruling ruling) {
        switch (ruling) {
            case Ruling.Judged judged -> map(params).put(key, judged.verdict());
            case Ruling.Unjudged unjudged -> forget(params, key);
        }
    }

    /** Takes away what an earlier call with the same parameters left. */
    static void forget(GuardrailRequestParams params, String key) {
        map(params).remove(key);
    }

    private static Map<String, Object> map(GuardrailRequestParams params) {
        var invocation = params.invocationContext();
        return invocation == null || invocation.invocationParameters() == null
                ? new HashMap<>()
                : invocation.invocationParameters().asMap();
    }
}
