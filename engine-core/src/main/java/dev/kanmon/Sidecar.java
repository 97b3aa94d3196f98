package dev.kanmon;

import dev.kanmon.engine.SidecarWeights;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/**
 * What {@code kanmon.json} says of verdicts: {@code {"labels"?: [..], "harmful"?: [..], "threshold"?: p,
 * "temperature"?: t, "policies"?: {NAME: p}, "cascade"?: {"low": p, "high": p, "threshold"?: p}, "weights"?: {..}}}.
 * {@link SidecarWeights} says what {@code weights} holds.
 *
 * @param policy where the user has no other
 * @param policies thresholds by name, in the order of the file
 * @param cascade where this guard is undecided when a larger one helps it
 */
record Sidecar(Policy policy, SequencedMap<String, Double> policies, Optional<Cascade.Calibrated> cascade) {

    /** Of a model that has none. */
    static final Sidecar NONE = new Sidecar(Policy.OF_THE_MODEL, new LinkedHashMap<>(), Optional.empty());

    private static final String POLICIES = "policies";

    private static final String CASCADE = "cascade";

    private static final List<String> KNOWN =
            List.of("labels", "harmful", "threshold", "temperature", POLICIES, CASCADE, SidecarWeights.KEY);

    Sidecar {
        policies = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(policies));
    }

    static Sidecar read(Optional<JsonObject> sidecar) throws ModelFormatException {
        return sidecar.isPresent() ? read(sidecar.get()) : NONE;
    }

    static Sidecar read(JsonObject sidecar) throws ModelFormatException {
        requireKnown(sidecar, KNOWN);
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
        return new Sidecar(policy, policies(sidecar), cascade(sidecar));
    }

    private static void requireKnown(JsonObject object, List<String> known) throws ModelFormatException {
        for (String key : object.members().keySet()) {
            if (!known.contains(key)) {
                throw object.get(key).error("is not known here; known: " + String.join(", ", known));
            }
        }
    }

    private static Optional<Cascade.Calibrated> cascade(JsonObject sidecar) throws ModelFormatException {
        if (!sidecar.has(CASCADE)) {
            return Optional.empty();
        }
        JsonObject cascade = sidecar.object(CASCADE);
        requireKnown(cascade, List.of("low", "high", "threshold"));
        OptionalDouble threshold = cascade.optionalNumber("threshold");
        if (threshold.isPresent() && !(threshold.getAsDouble() >= 0 && threshold.getAsDouble() <= 1)) {
            throw cascade.get("threshold")
                    .error("found the threshold " + threshold.getAsDouble() + ", expected a probability from 0 to 1");
        }
        try {
            return Optional.of(
                    new Cascade.Calibrated(new Cascade.Band(cascade.number("low"), cascade.number("high")), threshold));
        } catch (IllegalArgumentException e) {
            throw cascade.error(e.getMessage());
        }
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
