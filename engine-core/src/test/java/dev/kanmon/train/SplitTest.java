package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {

    private static Example row(String instruction, String response) {
        return Example.labelled(instruction, response, false);
    }

    @Test
    void nearCopiesAreOnOneSide() {
        double place = Split.place("How do I bake bread?");
        assertEquals(place, Split.place("  how do I BAKE bread!!"));
        assertEquals(place, Split.place("How - do I bake\nbread"));
        assertNotEquals(place, Split.place("How do I bake breads"));
        assertNotEquals(Split.place("?!"), Split.place("!?"), "a text without words stands for itself");
        assertTrue(place >= 0 && place < 1);
    }

    @Test
    void aRowStaysOnItsSideWhateverElseIsThere() {
        List<Example> rows = IntStream.range(0, 2000)
                .mapToObj(i -> row("text number " + i / 2, "reply " + i))
                .toList();
        Split whole = Split.of(rows, 0.1);
        Split half = Split.of(rows.subList(500, 1500), 0.1);
        assertEquals(2000, whole.train().size() + whole.validation().size());
        assertEquals(200, whole.validation().size(), 60, "about a tenth, four standard deviations");
        assertTrue(new HashSet<>(whole.validation()).containsAll(half.validation()));
        assertTrue(new HashSet<>(whole.train()).containsAll(half.train()));
        assertEquals(0, whole.validation().size() % 2, "an instruction is on one side with all its replies");
        assertTrue(new HashSet<>(Split.of(rows, 0.2).validation()).containsAll(whole.validation()), "a larger share");
        assertEquals(0, Split.of(rows, 0).validation().size());
    }
}
