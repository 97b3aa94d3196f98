package dev.kanmon.train;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What was measured in a run, a line of JSON each: the loss of every few steps, and what the validation rows say. A run that
 * goes on takes away what was written behind its checkpoint, and does it again.
 */
final class MetricsFile {

    private final Path file;
    private final List<Point> points = new ArrayList<>();
    private final List<Measurement> measurements = new ArrayList<>();

    /**
     * A few steps of learning.
     *
     * @param step the last of them
     * @param epoch passes over the rows that were done
     * @param loss mean over these steps
     * @param learningRate of the last of them
     * @param gradientNorm of the last of them, before clipping
     * @param textsPerSecond of the steps alone, not of what is done between them
     */
    record Point(
            long step, double epoch, double loss, double learningRate, double gradientNorm, double textsPerSecond) {}

    private MetricsFile(Path file) {
        this.file = file;
    }

    /** Opens a file, with what it has up to step {@code until}. */
    static MetricsFile open(Path file, long until) throws IOException {
        MetricsFile metrics = new MetricsFile(file);
        if (!Files.exists(file)) {
            return metrics;
        }
        List<String> kept = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            JsonObject row;
            try {
                row = Json.parse(file + " line " + (i + 1), lines.get(i)).asObject();
            } catch (ModelFormatException e) {
                if (i == lines.size() - 1) {
                    break; // it was being written when the run was killed
                }
                throw e;
            }
            if (row.longInteger("step") <= until) {
                metrics.remember(row);
                kept.add(lines.get(i));
            }
        }
        Path shortened = file.resolveSibling(file.getFileName() + ".part");
        Files.write(shortened, kept);
        Files.move(shortened, file, StandardCopyOption.REPLACE_EXISTING);
        return metrics;
    }

    private void remember(JsonObject row) throws ModelFormatException {
        if (row.has("validation")) {
            measurements.add(Measurement.of(row));
        } else {
            points.add(new Point(
                    row.longInteger("step"),
                    row.number("epoch"),
                    row.number("loss"),
                    row.number("learning_rate"),
                    row.number("gradient_norm"),
                    row.number("texts_per_s")));
        }
    }

    void add(Point point) throws IOException {
        points.add(point);
        append(JsonWriter.compact()
                .beginObject()
                .name("step")
                .value(point.step)
                .name("epoch")
                .value(point.epoch)
                .name("loss")
                .value(point.loss)
                .name("learning_rate")
                .value(point.learningRate)
                .name("gradient_norm")
                .value(point.gradientNorm)
                .name("texts_per_s")
                .value(point.textsPerSecond)
                .endObject()
                .toString());
    }

    void add(Measurement measurement) throws IOException {
        measurements.add(measurement);
        append(measurement.json());
    }

    private void append(String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Every few steps of learning, in order. */
    List<Point> points() {
        return points;
    }

    /** What the validation rows said, in order. */
    List<Measurement> measurements() {
        return measurements;
    }
}
