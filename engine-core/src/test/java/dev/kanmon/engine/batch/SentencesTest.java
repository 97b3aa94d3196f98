package dev.kanmon.engine.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentencesTest {

    /** Sentences are written with a bar where one ends and the next begins. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "One.| Two!| three?| four",
                "no mark at all",
                "lower case.| does not hide it.",
                "Wait...| what?!| Yes…| no",
                "He said \"go.\"| Then (why?)| he left.’| ok",
                "*Bold.*| next",
                "3.14 is a number, a.b.c a name",
                "first line|\nsecond line|\r\n\n  - third",
                "  leading blanks.|  and more",
                "一つ目。|二つ目！|三つ目",
                "「はい。」|次",
                "a.|\u2003b|\u2028c",
                "\uD83D\uDE00.| \uD83D\uDE00 x",
                "trailing.| "
            })
    void sentencesEndWhereTheBarsAre(String marked) {
        List<Integer> expected = new ArrayList<>();
        int position = 0;
        for (int c : marked.codePoints().toArray()) {
            if (c == '|') {
                expected.add(position);
            } else {
                position++;
            }
        }
        expected.add(position);
        String text = marked.replace("|", "");
        int[] ends = Sentences.ends(text);
        assertArrayEquals(
                expected.stream().mapToInt(Integer::intValue).toArray(),
                ends,
                () -> "\"" + text + "\" ended at " + Arrays.toString(ends));
        Sentences.Scanner chars = new Sentences.Scanner();
        assertEquals(
                ends.length - 1,
                text.chars().filter(chars::read).count(),
                "the same char by char, but for the text's end");
    }

    @Test
    void theEmptyTextHasNone() {
        assertEquals(0, Sentences.ends("").length);
    }

    @Test
    void endsRiseAndTheLastIsTheTextsEnd() {
        int[] alphabet = {'a', ' ', '.', '!', '\n', ')', '"', '。', 0x1F600, 0xD800, '…', '\t'};
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int i = 1 + random.nextInt(60); i > 0; i--) {
                text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
            }
            int[] ends = Sentences.ends(text);
            int before = 0;
            for (int end : ends) {
                assertTrue(end > before, "seed " + seed + ": an end at " + end + " after one at " + before);
                before = end;
            }
            assertEquals(text.codePointCount(0, text.length()), before, "seed " + seed);
        }
    }
}
