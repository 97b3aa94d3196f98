package dev.kanmon;

import dev.kanmon.engine.SidecarWeights;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What {@code kanmon.json} says of verdicts: {@code {"labels"?: [..], "harmful"?: [..], "threshold"?: p,
 * "temperature"?: t, "policies"?: {NAME: p}, "weights"?: {..}}}. {@link SidecarWeights} says what {@code weights} holds.
 *
 * @param policy where the user has no other
 * @param policies thresholds by name, in the order of the file
 */
record Sidecar(Policy policy, SequencedMap<String, Double> policies) {

    /** Of a model that has none. */
    static final Sidecar NONE = new Sidecar(Policy.OF_THE_MODEL, new LinkedHashMap<>());

    private static final String POLICIES = "policies";

    private static final List<String> KNOWN =
            List.of("labels", "harmful", "threshold", "temperature", POLICIES, SidecarWeights.KEY);

    Sidecar {
        policies = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(policies));
    }

    static Sidecar read(Optional<JsonObject> sidecar) throws ModelFormatException {
        return sidecar.isPresent() ? read(sidecar.get()) : NONE;
    }

    static Sidecar read(JsonObject sidecar) throws ModelFormatException {
        for (String key : sidecar.members().keySet()) {
            if (!KNOWN.contains(key)) {
                throw sidecar.get(key).error("is not known here; known: " + String.join(", ", KNOWN));
            }
        }
        SidecarWeights.read(sidecar);
        Policy policy;
        try {
            policy = new Policy(
                    strings(sidecar, "labels"),
                    strings(sidecar, "harmful"),
                    sidecar.optionalNumber("threshold"),
                    Optional.empty(),
                    sidecar.optionalNumber("temperature"));
        } catch (IllegalArgumentException e) {
            throw sidecar.error(e.getMessage());
        }
        return new Sidecar(policy, policies(sidecar));
    }

    private static SequencedMap<String, Double> policies(JsonObject sidecar) throws ModelFormatException {
        SequencedMap<String, Double> policies = new LinkedHashMap<>();
        if (sidecar.has(POLICIES)) {
            JsonObject thresholds = sidecar.object(POLICIES);
            for (String name : thresholds.members().keySet()) {
                double threshold = thresholds.number(name);
                if (name.isBlank()) {
                    throw thresholds.get(name).error("found a policy without a name");
                }
                if (!(threshold >= 0 && threshold <= 1)) {
                    throw thresholds
                            .get(name)
                            .error("found the threshold " + threshold + ", expected a probability from 0 to 1");
                }
                policies.put(name, threshold);
            }
        }
        return policies;
    }

    /**
     * The threshold of a policy.
     *
     * @throws IllegalArgumentException if there is none of this name, in a sentence that names those there are
     */
    double threshold(String name, String model) {
        Double threshold = policies.get(name);
        if (threshold == null) {
            throw new IllegalArgumentException(model + ": has no policy \"" + name + "\"; "
                    + (policies.isEmpty()
                            ? "it has none at all, `kanmon calibrate` finds some"
                            : "it has " + String.join(", ", policies.keySet())));
        }
        return threshold;
    }

    private static List<String> strings(JsonObject sidecar, String key) throws ModelFormatException {
        Optional<JsonArray> array = sidecar.optionalArray(key);
        return array.isPresent() ? array.get().strings() : List.of();
    }
}
