package dev.kanmon.train;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.train.model.TrainableModel;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory of a run. While it learns: {@code checkpoint.safetensors}, {@code metrics.jsonl}, {@code curves.svg}, and
 * {@code best}, a model. At the end the model lies in the directory itself, with {@code training.json} beside it, and
 * checkpoint and {@code best} are gone.
 *
 * @param directory all of them lie in
 */
record RunFiles(Path directory) {

    private static final String SUMMARY = "training.json";
    private static final String BEST = "best";
    private static final String WHOLE = "whole";

    /** Makes the directory, and clears away what a killed run left half written. */
    static RunFiles open(Path directory) throws IOException {
        Files.createDirectories(directory);
        RunFiles files = new RunFiles(directory);
        try (DirectoryStream<Path> halves = Files.newDirectoryStream(directory, ".*.part")) {
            for (Path half : halves) {
                Files.delete(half);
            }
        }
        Path next = files.next();
        if (Files.exists(next.resolve(WHOLE)) && !Files.exists(files.best())) {
            Files.move(next, files.best());
        }
        deleteDirectory(next);
        return files;
    }

    Path checkpoint() {
        return directory.resolve("checkpoint.safetensors");
    }

    Path metrics() {
        return directory.resolve("metrics.jsonl");
    }

    private Path best() {
        return directory.resolve(BEST);
    }

    private Path next() {
        return directory.resolve(BEST + ".next");
    }

    /** Writes the picture of what was measured. */
    void draw(MetricsFile metrics) throws IOException {
        Files.writeString(directory.resolve("curves.svg"), Curves.svg(metrics));
    }

    /** Keeps a model as the best one, in place of the one before. */
    void keepBest(TrainableModel model) throws IOException {
        Path next = next();
        deleteDirectory(next);
        model.save(next);
        Files.createFile(next.resolve(WHOLE)); // who finds it knows that everything else is there
        deleteDirectory(best());
        Files.move(next, best());
    }

    /**
     * Puts the model that came out in its place and takes away what a run needs to go on.
     *
     * @param model the last weights, which are saved if no better ones were kept
     */
    void finish(TrainableModel model, Report report, Map<String, String> identity) throws IOException {
        if (report.bestStep() > 0) {
            try (Stream<Path> files = Files.list(best())) {
                for (Path file : files.filter(f -> !f.endsWith(WHOLE)).toList()) {
                    Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } else {
            model.save(directory);
        }
        Files.writeString(directory.resolve(SUMMARY), summary(report, identity));
        Files.deleteIfExists(checkpoint());
        deleteDirectory(best());
    }

    private static String summary(Report report, Map<String, String> identity) {
        JsonWriter json = JsonWriter.indented().beginObject();
        json.name("steps").value(report.step());
        json.name("best_step").value(report.bestStep());
        json.name("texts").value(report.texts());
        json.name("seconds").value(report.seconds());
        json.name("peak_bytes").value(report.peakBytes());
        json.name("identity").beginObject();
        identity.forEach((name, value) -> json.name(name).value(value));
        return json.endObject().endObject().toString() + "\n";
    }

    /**
     * What a run that ended here reported, if one did.
     *
     * @throws dev.kanmon.formats.ModelFormatException if it was another run
     */
    Optional<Report> finished(Map<String, String> identity) throws IOException {
        Path file = directory.resolve(SUMMARY);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        JsonObject json = Json.read(file).asObject();
        Checkpoint.requireSame(file, json.object("identity"), identity);
        long steps = json.longInteger("steps");
        return Optional.of(new Report(
                true,
                steps,
                json.longInteger("best_step"),
                json.longInteger("texts"),
                json.number("seconds"),
                json.longInteger("peak_bytes"),
                MetricsFile.open(metrics(), steps).measurements()));
    }

    private static void deleteDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
