package dev.kanmon.cli;

import dev.kanmon.Cascade;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/** A sidecar that is changed. */
final class SidecarFile {

    private SidecarFile() {}

    /** What it says now; where there is no such file, what the model says elsewhere. */
    static JsonObject read(Path file, JsonObject ofTheModel) throws IOException {
        return Files.exists(file) ? Json.read(file).asObject() : ofTheModel;
    }

    /** Writes it so that a reader finds the old one or the new one, never a part. */
    static void write(Path file, JsonObject sidecar) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(temporary, Json.writeIndented(sidecar) + "\n");
            try {
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * A sidecar with another temperature and more policies; everything else stays as it is.
     *
     * @param temperature empty to keep it
     * @param policies thresholds by name, in place of those of the same name
     */
    static JsonObject with(JsonObject sidecar, OptionalDouble temperature, Map<String, Double> policies)
            throws IOException {
        SequencedMap<String, JsonValue> members = new LinkedHashMap<>(sidecar.members());
        temperature.ifPresent(t -> members.put("temperature", JsonNumber.of(t)));
        SequencedMap<String, JsonValue> thresholds = new LinkedHashMap<>();
        if (sidecar.has("policies")) {
            thresholds.putAll(sidecar.object("policies").members());
        }
        policies.forEach((name, threshold) -> thresholds.put(name, JsonNumber.of(threshold)));
        if (!thresholds.isEmpty()) {
            members.put("policies", JsonObject.of(thresholds));
        }
        return JsonObject.of(members);
    }

    /**
     * A sidecar with another band; everything else stays as it is.
     *
     * @param band where the model is undecided when a larger guard helps it
     * @param threshold the larger guard's, for which that was found
     */
    static JsonObject withCascade(JsonObject sidecar, Cascade.Band band, double threshold) {
        SequencedMap<String, JsonValue> cascade = new LinkedHashMap<>();
        cascade.put("low", JsonNumber.of(band.low()));
        cascade.put("high", JsonNumber.of(band.high()));
        cascade.put("threshold", JsonNumber.of(threshold));
        SequencedMap<String, JsonValue> members = new LinkedHashMap<>(sidecar.members());
        members.put("cascade", JsonObject.of(cascade));
        return JsonObject.of(members);
    }
}
