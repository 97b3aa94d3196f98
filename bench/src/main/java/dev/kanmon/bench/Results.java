package dev.kanmon.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * What was measured, kept in a folder with one file for each piece of work, so that a run can be made in pieces and
 * resumed. A file says above its figures on what machine, JDK and commit they were taken.
 */
public final class Results {
    private static final String SUFFIX = ".tsv";
    private static final String COMMENT = "# ";

    private final Path folder;

    private Results(Path folder) {
        this.folder = folder;
    }

    /** Those of a folder, made when something is saved. */
    public static Results in(Path folder) {
        return new Results(folder);
    }

    /** Whether a piece was measured with this JVM's commit and JDK. */
    public boolean has(String piece) throws IOException {
        var file = file(piece);
        if (!Files.exists(file)) {
            return false;
        }
        var there = comments(file);
        return Machine.description().stream()
                .filter(line -> line.startsWith("commit") || line.startsWith("JDK"))
                .allMatch(there::contains);
    }

    /** Keeps a piece, in place of what there was. */
    public void save(String piece, List<Measure> measures) throws IOException {
        Files.createDirectories(folder);
        var lines = new ArrayList<String>();
        Machine.description().forEach(line -> lines.add(COMMENT + line));
        measures.forEach(measure -> lines.add(measure.toLine()));
        Files.write(file(piece), lines, StandardCharsets.UTF_8);
    }

    /** All figures of all pieces. */
    public List<Measure> all() throws IOException {
        var measures = new ArrayList<Measure>();
        for (var file : files()) {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                if (!line.startsWith(COMMENT) && !line.isBlank()) {
                    measures.add(Measure.ofLine(line));
                }
            }
        }
        return measures;
    }

    /** The different descriptions that pieces were measured under: one, unless the run was put together. */
    public SequencedSet<List<String>> descriptions() throws IOException {
        var found = new LinkedHashSet<List<String>>();
        for (var file : files()) {
            // the load differs from piece to piece and is no other machine
            found.add(comments(file).stream()
                    .map(line -> line.replaceFirst(", load [0-9.]+$", ""))
                    .toList());
        }
        return found;
    }

    /** The time of the last piece, if there is one. */
    public Optional<String> date() throws IOException {
        String latest = null;
        for (var file : files()) {
            String time = Files.getLastModifiedTime(file).toString().substring(0, 10);
            latest = latest == null || time.compareTo(latest) > 0 ? time : latest;
        }
        return Optional.ofNullable(latest);
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> comments(Path file) throws IOException {
        return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                .filter(line -> line.startsWith(COMMENT))
                .map(line -> line.substring(COMMENT.length()))
                .toList();
    }

    private Path file(String piece) {
        return folder.resolve(piece + SUFFIX);
    }
}
