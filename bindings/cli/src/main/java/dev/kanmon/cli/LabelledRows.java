package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.cli.Main.Streams;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Rows {@code {"instruction", "response"?, "harmful": 0|1, "source"?}} of a file, as far as they could be read. */
final class LabelledRows {

    /** Source of a row that names none. */
    private static final String NO_SOURCE = "–";

    private final List<Exchange> exchanges = new ArrayList<>();
    private final List<Boolean> harmful = new ArrayList<>();
    private final List<String> sources = new ArrayList<>();
    private final List<Long> lines = new ArrayList<>();
    private boolean anyBad;

    private LabelledRows() {}

    /** Reads files one after the other; each line that is none is complained of. */
    static LabelledRows read(List<Path> files, Streams streams) throws IOException, BadInput {
        LabelledRows rows = new LabelledRows();
        for (Path file : files) {
            int before = rows.size();
            rows.read(file, streams);
            if (rows.size() == before) {
                throw new BadInput(
                        file + ": found no row that could be read, expected {\"instruction\", \"harmful\"} a line");
            }
        }
        return rows;
    }

    private void read(Path file, Streams streams) throws IOException {
        try (InputLines input = new InputLines(Files.newInputStream(file))) {
            for (InputLines.Line line; (line = input.next()) != null; ) {
                try {
                    JsonObject row = JsonRows.parse(line).asObject();
                    boolean label = harmful(row);
                    String source = row.optionalString("source").orElse(NO_SOURCE);
                    exchanges.add(JsonRows.exchange(row));
                    harmful.add(label);
                    sources.add(source);
                    lines.add(line.number());
                } catch (BadInput | ModelFormatException e) {
                    anyBad = true;
                    streams.complain(file + ": " + JsonRows.message(line, e));
                }
            }
        }
    }

    private static boolean harmful(JsonObject row) throws ModelFormatException {
        JsonValue value = row.get("harmful");
        if (value instanceof JsonBoolean) {
            return value.asBoolean();
        }
        int number = row.integer("harmful");
        if (number != 0 && number != 1) {
            throw value.error("is " + number + ", expected 0 or 1");
        }
        return number == 1;
    }

    int size() {
        return exchanges.size();
    }

    List<Exchange> exchanges() {
        return exchanges;
    }

    /** Whether each is harmful. */
    boolean[] labels() {
        boolean[] labels = new boolean[size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = harmful.get(i);
        }
        return labels;
    }

    String source(int row) {
        return sources.get(row);
    }

    /** The number of its line in its file, from 1. */
    long line(int row) {
        return lines.get(row);
    }

    /** Whether there was a line that is no such row. */
    boolean anyBad() {
        return anyBad;
    }
}
