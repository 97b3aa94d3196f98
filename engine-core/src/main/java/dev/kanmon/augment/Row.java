package dev.kanmon.augment;

import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One row of a training file: a text, or a text and the reply to it, and what is known of them.
 *
 * @param instruction the user's side
 * @param response the reply; empty where there is none
 * @param harmful 1 or 0 where somebody labelled the row: the reply where there is one, else the instruction
 * @param teacher a teacher's probability of harm, 0 to 1
 * @param source where the row comes from; empty where nothing says so
 * @param licence of the source; empty where nothing says so
 * @param extras every other member, in its order; none of them has the name of a component
 */
public record Row(
        String instruction,
        String response,
        OptionalInt harmful,
        OptionalDouble teacher,
        String source,
        String licence,
        JsonObject extras) {

    private static final JsonObject NOTHING = JsonObject.builder().build();

    public Row {
        Objects.requireNonNull(instruction, "instruction");
        Objects.requireNonNull(response, "response");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(licence, "licence");
        if (harmful.isPresent() && harmful.getAsInt() != 0 && harmful.getAsInt() != 1) {
            throw new IllegalArgumentException("harmful: found " + harmful.getAsInt() + ", expected 0 or 1");
        }
        if (teacher.isPresent() && !(teacher.getAsDouble() >= 0 && teacher.getAsDouble() <= 1)) {
            throw new IllegalArgumentException(
                    "teacher: found " + teacher.getAsDouble() + ", expected a probability from 0 to 1");
        }
        for (String name : Rows.NAMES) {
            if (extras.has(name)) {
                throw new IllegalArgumentException("extras: found \"" + name + "\", which is a component of a row");
            }
        }
    }

    /** A row of texts alone. */
    public static Row of(String instruction, String response) {
        return new Row(instruction, response, OptionalInt.empty(), OptionalDouble.empty(), "", "", NOTHING);
    }

    /** With other texts. */
    public Row withTexts(String newInstruction, String newResponse) {
        return new Row(newInstruction, newResponse, harmful, teacher, source, licence, extras);
    }

    /** With a label: 1 for harmful, 0 for harmless. */
    public Row withHarmful(int label) {
        return new Row(instruction, response, OptionalInt.of(label), teacher, source, licence, extras);
    }

    /** Without a label and without a teacher's probability. */
    public Row unlabelled() {
        return new Row(instruction, response, OptionalInt.empty(), OptionalDouble.empty(), source, licence, extras);
    }

    /** With a teacher's probability of harm. */
    public Row withTeacher(double probability) {
        return new Row(instruction, response, harmful, OptionalDouble.of(probability), source, licence, extras);
    }

    /** With another source and its licence. */
    public Row withSource(String newSource, String newLicence) {
        return new Row(instruction, response, harmful, teacher, newSource, newLicence, extras);
    }

    /** With one more member; one of the same name takes the new value and keeps its place. */
    public Row withExtra(String name, JsonValue value) {
        LinkedHashMap<String, JsonValue> more = new LinkedHashMap<>(extras.members());
        more.put(name, value);
        return new Row(instruction, response, harmful, teacher, source, licence, JsonObject.of(more));
    }
}
