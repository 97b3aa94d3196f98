package dev.kanmon.augment;

import dev.kanmon.Exchange;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;

/**
 * Writes what a teacher thinks into rows: {@code teacher}, its probability of harm, {@code teacher_logit}, and
 * {@code teacher_by}, who it is. Everything else of a row stays as it is, and so does the order of rows.
 */
public final class Labelling {

    /** The member that says who the teacher is. */
    static final String BY = "teacher_by";

    private Labelling() {}

    /** Hears how far it is. */
    @FunctionalInterface
    public interface Listener {
        /** Called after every batch, rows of earlier runs included. */
        void progress(int done, int total);
    }

    /**
     * Labels rows and appends them to a log, from the first one on that it does not hold.
     *
     * @param rows {@code {"instruction", "response"?, …}}
     * @param batch rows that the teacher gets at once
     * @throws IllegalArgumentException if what the log holds is not the beginning of these rows, labelled by this teacher
     * @throws IOException if a row is malformed, or the log cannot be written
     */
    public static void run(List<JsonObject> rows, Teacher teacher, RowLog log, int batch, Listener listener)
            throws IOException {
        String by = teacher.description();
        int done = log.objects().size();
        requireBeginning(rows, log, by);
        log.append(List.of());
        listener.progress(done, rows.size());
        for (int from = done; from < rows.size(); from += batch) {
            List<JsonObject> together = rows.subList(from, Math.min(from + batch, rows.size()));
            List<Exchange> exchanges = new ArrayList<>(together.size());
            for (JsonObject row : together) {
                exchanges.add(exchange(row));
            }
            double[] logits = teacher.logits(exchanges);
            List<JsonObject> labelled = new ArrayList<>(together.size());
            for (int i = 0; i < logits.length; i++) {
                labelled.add(labelled(together.get(i), logits[i], by));
            }
            log.append(labelled);
            listener.progress(from + together.size(), rows.size());
        }
    }

    private static void requireBeginning(List<JsonObject> rows, RowLog log, String by) {
        List<JsonObject> there = log.objects();
        for (int i = 0; i < there.size(); i++) {
            JsonObject found = there.get(i);
            JsonValue teacher = found.get(BY);
            if (teacher == null) {
                throw new IllegalArgumentException(
                        log.file() + ": row " + (i + 1) + " was not labelled by this command; give a file of its own");
            }
            if (!teacher.equals(JsonString.of(by))) {
                throw new IllegalArgumentException(log.file() + ": its rows were labelled by " + teacher.describe()
                        + ", this run's teacher is " + by + "; give the same teacher to go on, or another file");
            }
            if (i >= rows.size() || !same(found, rows.get(i), "instruction") || !same(found, rows.get(i), "response")) {
                throw new IllegalArgumentException(log.file() + ": row " + (i + 1) + " is not row " + (i + 1)
                        + " of the input; give the same input to go on, or another file");
            }
        }
    }

    private static boolean same(JsonObject first, JsonObject second, String member) {
        return Objects.equals(first.get(member), second.get(member));
    }

    private static Exchange exchange(JsonObject row) throws IOException {
        String instruction = row.string("instruction");
        String response = row.optionalString("response").orElse("");
        if (instruction.isBlank() && response.isBlank()) {
            throw row.error("has neither instruction nor response; there is nothing to judge");
        }
        return Exchange.of(instruction, response);
    }

    private static JsonObject labelled(JsonObject row, double logit, String by) {
        LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>(row.members());
        members.put("teacher", JsonNumber.of(Teacher.probability(logit)));
        members.put("teacher_logit", JsonNumber.of(logit));
        members.put(BY, JsonString.of(by));
        return JsonObject.of(members);
    }
}
