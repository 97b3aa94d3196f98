package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;

/** What the kinds of generation share. */
final class Generation {

    /** Requests that one call of a generator gets for each that it computes side by side: all slots stay busy. */
    static final int ROUNDS = 2;

    /** The member that holds how a row was made. */
    static final String SETTINGS = "settings";

    /** The member that holds which of many a row is, and what became of those before it. */
    static final String MADE = "made";

    /** The member of a row with a reply that says how the reply was made. */
    static final String REPLY = "reply";

    private Generation() {}

    /** Adds how is sampled, but for the seed, which each request has of its own. */
    static void put(JsonObject.Builder settings, Sampling sampling) {
        settings.put("temperature", sampling.temperature())
                .put("top_p", sampling.topP())
                .put("top_k", sampling.topK())
                .put("min_p", sampling.minP())
                .put("max_tokens", sampling.maxTokens());
        if (!sampling.stop().isEmpty()) {
            settings.put(
                    "stop",
                    JsonArray.of(sampling.stop().stream().map(JsonString::of).toList()));
        }
    }
}
