package dev.kanmon;

import dev.kanmon.engine.SidecarWeights;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code kanmon.json}: {@code {"labels"?: [..], "harmful"?: [..], "threshold"?: p, "temperature"?: t, "weights"?: {..}}}.
 * {@link SidecarWeights} says what {@code weights} holds.
 */
final class Sidecar {

    private static final List<String> KNOWN =
            List.of("labels", "harmful", "threshold", "temperature", SidecarWeights.KEY);

    private Sidecar() {}

    static Policy read(JsonObject sidecar) throws ModelFormatException {
        for (String key : sidecar.members().keySet()) {
            if (!KNOWN.contains(key)) {
                throw sidecar.get(key).error("is not known here; known: " + String.join(", ", KNOWN));
            }
        }
        SidecarWeights.read(sidecar);
        try {
            return new Policy(
                    strings(sidecar, "labels"),
                    strings(sidecar, "harmful"),
                    sidecar.optionalNumber("threshold"),
                    sidecar.optionalNumber("temperature"));
        } catch (IllegalArgumentException e) {
            throw sidecar.error(e.getMessage());
        }
    }

    private static List<String> strings(JsonObject sidecar, String key) throws ModelFormatException {
        Optional<JsonArray> array = sidecar.optionalArray(key);
        return array.isPresent() ? array.get().strings() : List.of();
    }
}
