package dev.kanmon.train;

import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * An exchange and what a guard should say about it: a label, a teacher's probability, or both.
 *
 * @param instruction the user's side
 * @param response the reply; empty for none
 * @param harmful 1 for harmful, 0 for safe; empty where nobody said
 * @param teacher the teacher's probability of harm; empty where it was not asked
 * @param source where the row is from; empty where nobody said
 * @param weight of its loss beside that of other rows, above 0; 1 for an ordinary row
 */
public record Example(
        String instruction,
        String response,
        OptionalInt harmful,
        OptionalDouble teacher,
        String source,
        double weight) {

    /** From this probability on a row without a label counts as harmful, where classes are counted. */
    private static final double HARMFUL = 0.5;

    public Example {
        Objects.requireNonNull(source, "source");
        if (instruction.isBlank() && response.isBlank()) {
            throw new IllegalArgumentException("the text is empty; there is nothing to learn");
        }
        if (harmful.isEmpty() && teacher.isEmpty()) {
            throw new IllegalArgumentException(
                    "found neither \"harmful\" nor \"teacher\", expected one of them or both");
        }
        if (harmful.isPresent() && harmful.getAsInt() != 0 && harmful.getAsInt() != 1) {
            throw new IllegalArgumentException("harmful: found " + harmful.getAsInt() + ", expected 0 or 1");
        }
        if (teacher.isPresent() && !(teacher.getAsDouble() >= 0 && teacher.getAsDouble() <= 1)) {
            throw new IllegalArgumentException(
                    "teacher: found " + teacher.getAsDouble() + ", expected a probability from 0 to 1");
        }
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("weight: found " + weight + ", expected a number above 0");
        }
    }

    /** A row with a label and nothing else. */
    public static Example labelled(String instruction, String response, boolean harmful) {
        return new Example(instruction, response, OptionalInt.of(harmful ? 1 : 0), OptionalDouble.empty(), "", 1);
    }

    /** The class that its label names, or its teacher where it has no label: 1 for harmful, 0 for safe. */
    int label() {
        return harmful.orElseGet(() -> teacher.orElseThrow() >= HARMFUL ? 1 : 0);
    }
}
