package dev.kanmon.train;

import dev.kanmon.formats.DType;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.SafetensorsFile;
import dev.kanmon.formats.SafetensorsWriter;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.train.model.AdamW;
import dev.kanmon.train.model.Parameter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that a run needs to go on as if it had not been interrupted: parameters, what the optimiser remembers of each,
 * and a few numbers. A safetensors file, so that other programs can look into it: {@code value/NAME}, {@code mean/NAME},
 * {@code square/NAME}, and the rest as JSON under {@code kanmon.training} of its metadata. It is written beside the one
 * before and put in its place when it is whole.
 *
 * @param step steps that are done
 * @param texts rows that were seen
 * @param seconds that it took
 * @param lossSum of the steps since the last line of the metrics
 * @param lossSteps how many those are
 * @param bestStep step after which the best weights were measured; 0 for none
 * @param bestScore what they scored
 * @param stale measurements since
 */
record Checkpoint(
        long step,
        long texts,
        double seconds,
        double lossSum,
        long lossSteps,
        long bestStep,
        double bestScore,
        int stale) {

    private static final String KEY = "kanmon.training";
    private static final String VALUE = "value/";
    private static final String MEAN = "mean/";
    private static final String SQUARE = "square/";

    /** Before the first step. */
    static final Checkpoint START = new Checkpoint(0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * Writes it.
     *
     * @param identity what must be the same in the run that goes on
     */
    void write(Path file, Map<String, String> identity, List<Parameter> parameters, AdamW optimiser)
            throws IOException {
        List<Stored> tensors = new ArrayList<>();
        parameters.forEach(parameter -> tensors.add(new Stored(VALUE, parameter, parameter.value())));
        for (AdamW.Moved moved : optimiser.moved()) {
            tensors.add(new Stored(MEAN, moved.parameter(), moved.mean()));
            tensors.add(new Stored(SQUARE, moved.parameter(), moved.square()));
        }
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            writer.metadata(KEY, json(identity));
            tensors.forEach(tensor -> writer.declare(tensor.name(), DType.F32, tensor.parameter.count()));
            for (Stored tensor : tensors) {
                writer.write(
                        tensor.name(),
                        (from, count, to, at) -> MemorySegment.copy(
                                tensor.memory, ValueLayout.JAVA_FLOAT, from * Float.BYTES, to, at, count));
            }
            writer.finish();
        }
    }

    private record Stored(String kind, Parameter parameter, MemorySegment memory) {

        String name() {
            return kind + parameter.name();
        }
    }

    private String json(Map<String, String> identity) {
        JsonWriter json = JsonWriter.compact().beginObject();
        json.name("step").value(step);
        json.name("texts").value(texts);
        json.name("seconds").value(seconds);
        json.name("loss_sum").value(lossSum);
        json.name("loss_steps").value(lossSteps);
        json.name("best_step").value(bestStep);
        json.name("best_score").value(bestScore);
        json.name("stale").value(stale);
        json.name("identity").beginObject();
        identity.forEach((name, value) -> json.name(name).value(value));
        return json.endObject().endObject().toString();
    }

    /**
     * Reads one back, if there is one.
     *
     * @param parameters overwritten
     * @param optimiser its memory is overwritten
     * @return {@link #START} if there is none, and nothing is overwritten then
     * @throws ModelFormatException if it is of a run with other options, rows or another student, or malformed
     */
    static Checkpoint restore(Path file, Map<String, String> identity, List<Parameter> parameters, AdamW optimiser)
            throws IOException {
        if (!Files.exists(file)) {
            return START;
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            String text = tensors.metadata().get(KEY);
            if (text == null) {
                throw ModelFormatException.in(file.toString(), "found no \"" + KEY + "\", expected a checkpoint");
            }
            JsonObject json = Json.parse(file.toString(), text).asObject();
            requireSame(file, json.object("identity"), identity);
            for (Parameter parameter : parameters) {
                read(tensors, VALUE + parameter.name(), parameter.count(), parameter.value());
            }
            for (AdamW.Moved moved : optimiser.moved()) {
                Parameter parameter = moved.parameter();
                read(tensors, MEAN + parameter.name(), parameter.count(), moved.mean());
                read(tensors, SQUARE + parameter.name(), parameter.count(), moved.square());
            }
            return new Checkpoint(
                    json.longInteger("step"),
                    json.longInteger("texts"),
                    json.number("seconds"),
                    json.number("loss_sum"),
                    json.longInteger("loss_steps"),
                    json.longInteger("best_step"),
                    json.number("best_score"),
                    json.integer("stale"));
        }
    }

    /**
     * Refuses to go on with what another run began.
     *
     * @throws ModelFormatException which names the first difference
     */
    static void requireSame(Path file, JsonObject found, Map<String, String> expected) throws ModelFormatException {
        for (Map.Entry<String, String> entry : expected.entrySet()) {
            String was = found.optionalString(entry.getKey()).orElse("nothing");
            if (!was.equals(entry.getValue())) {
                throw ModelFormatException.in(
                        file.toString(),
                        "this run began with " + entry.getKey() + " " + was + ", found " + entry.getValue()
                                + "; give what it began with, or another directory to write to");
            }
        }
    }

    private static void read(SafetensorsFile file, String name, long count, MemorySegment to)
            throws ModelFormatException {
        if (!file.tensors().containsKey(name)
                || file.tensors().get(name).elements() != count
                || file.tensors().get(name).dtype() != DType.F32) {
            throw ModelFormatException.in(
                    file.path().toString(), "expected a tensor \"" + name + "\" of " + count + " F32 numbers");
        }
        file.tensor(name).read(0, Math.toIntExact(count), to, 0);
    }
}
