package dev.kanmon.bench.cascade;

import dev.kanmon.Exchange;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.LoneSurrogates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows {@code {"instruction", "response"?, "harmful": 0|1}} of a file.
 *
 * @param name the file's, without its ending
 * @param exchanges what to judge
 * @param labels whether each is harmful, as many
 */
record Rows(String name, List<Exchange> exchanges, boolean[] labels) {

    /** Those of a file, or of each {@code .jsonl} file of a folder, by name. */
    static List<Rows> of(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(file(path));
        }
        var all = new ArrayList<Rows>();
        try (var files = Files.list(path)) {
            for (var file :
                    files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
                all.add(file(file));
            }
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(path + ": found no .jsonl file");
        }
        return all;
    }

    /** All of them together. */
    static Rows together(List<Rows> all) {
        var exchanges = new ArrayList<Exchange>();
        all.forEach(rows -> exchanges.addAll(rows.exchanges));
        var labels = new boolean[exchanges.size()];
        int at = 0;
        for (var rows : all) {
            System.arraycopy(rows.labels, 0, labels, at, rows.labels.length);
            at += rows.labels.length;
        }
        return new Rows("all", exchanges, labels);
    }

    private static Rows file(Path file) throws IOException {
        var exchanges = new ArrayList<Exchange>();
        var harmful = new ArrayList<Boolean>();
        for (var line : Files.readAllLines(file)) {
            var row = Json.parse(file.toString(), line, LoneSurrogates.REPLACE).asObject();
            exchanges.add(Exchange.of(
                    row.string("instruction"), row.optionalString("response").orElse("")));
            harmful.add(row.integer("harmful") == 1);
        }
        var labels = new boolean[exchanges.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = harmful.get(i);
        }
        return new Rows(file.getFileName().toString().replace(".jsonl", ""), exchanges, labels);
    }
}
