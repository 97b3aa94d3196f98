package dev.kanmon.train;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Rows to learn from and rows held back to measure with. A hash of the instruction decides, its case, punctuation and
 * blanks apart, so that the same row is on the same side in every run, whatever else is in the files, and on the same
 * side as its near copies and as the same instruction with another response.
 *
 * @param train to learn from
 * @param validation held back
 */
record Split(List<Example> train, List<Example> validation) {

    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final double TWO_TO_53 = 0x1p53;

    /** Holds about {@code share} of the rows back. */
    static Split of(List<Example> rows, double share) {
        List<Example> train = new ArrayList<>();
        List<Example> validation = new ArrayList<>();
        for (Example row : rows) {
            (place(row.instruction()) < share ? validation : train).add(row);
        }
        return new Split(train, validation);
    }

    /** A number from 0 to 1 that the words of a text decide. */
    static double place(String text) {
        String words =
                NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
        byte[] bytes = (words.isEmpty() ? text : words).getBytes(StandardCharsets.UTF_8);
        return (ByteBuffer.wrap(Lesson.sha256().digest(bytes)).getLong() >>> 11) / TWO_TO_53;
    }
}
