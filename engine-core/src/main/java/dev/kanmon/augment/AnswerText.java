package dev.kanmon.augment;

import java.util.Optional;
import java.util.regex.Pattern;

/** Finds the instruction in what a model wrote when it was asked for one. */
final class AnswerText {

    /** Fewer words are no instruction that stands for itself. */
    private static final int FEWEST_WORDS = 3;

    private static final int MOST_CHARACTERS = 2000;

    /** Marks of lists, headings and emphasis, and words that announce what follows. */
    private static final Pattern INTRODUCTION = Pattern.compile(
            "^(?:[#>*_\\s]+|\\d{1,2}[.)]\\s+|-\\s+|(?:the |my |harmful |an? |single |example"
                    + " )*(?:prompt|instruction|idea|example)\\s*(?:is\\s*)?:\\s*)+",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Cntrl}\\u00A0]+");
    private static final String QUOTES = "\"\u201C\u201D\u00AB\u00BB`";

    private AnswerText() {}

    /**
     * The instruction: what stands in quotes if the answer begins with them, else its first line that is not empty, without
     * marks of lists and emphasis, on one line.
     *
     * @return empty if there is none of three words at least and 2,000 characters at most
     */
    static Optional<String> instruction(String answer) {
        String text = withoutIntroduction(answer.strip());
        String found = "";
        if (!text.isEmpty() && QUOTES.indexOf(text.charAt(0)) >= 0) {
            found = quoted(text);
        } else {
            int end = text.indexOf('\n');
            found = end < 0 ? text : text.substring(0, end);
        }
        String plain = BLANKS.matcher(found).replaceAll(" ").strip();
        plain = stripped(plain, QUOTES + "*_");
        boolean usable = plain.length() <= MOST_CHARACTERS
                && plain.split(" ").length >= FEWEST_WORDS
                && plain.codePoints().anyMatch(Character::isLetter);
        return usable ? Optional.of(plain) : Optional.empty();
    }

    private static String withoutIntroduction(String text) {
        return INTRODUCTION.matcher(text).replaceFirst("").strip();
    }

    /** What is between the first quote and the last one of the same paragraph. */
    private static String quoted(String text) {
        int paragraph = text.indexOf("\n\n");
        String first = paragraph < 0 ? text : text.substring(0, paragraph);
        for (int end = first.length() - 1; end > 0; end--) {
            if (QUOTES.indexOf(first.charAt(end)) >= 0) {
                return first.substring(1, end);
            }
        }
        int line = first.indexOf('\n');
        return line < 0 ? first.substring(1) : first.substring(1, line);
    }

    private static String stripped(String text, String marks) {
        int from = 0;
        int to = text.length();
        while (from < to && marks.indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && marks.indexOf(text.charAt(to - 1)) >= 0) {
            to--;
        }
        return text.substring(from, to).strip();
    }
}
