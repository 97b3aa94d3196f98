package dev.kanmon.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiguresTest {
    @Test
    void ofSeveralLaunchesTheBestMinimumAndTheMiddleMedianCount() {
        var figures = Figures.of(List.of(time("ort", 5, 9), time("ort", 4, 11), time("ort", 6, 10)));
        assertEquals(List.of(time("ort", 4, 10)), figures.all());
    }

    @Test
    void ofRatesMoreIsBetter() {
        var slow = new Measure("gemm", "8x8", 1, 1, "ort-a", "fp32", "Gop/s", 5, 5);
        var fast = new Measure("gemm", "8x8", 1, 1, "ort-b", "fp32", "Gop/s", 7, 6);
        assertEquals(fast, Figures.of(List.of(fast, slow)).best("ort", "fp32").orElseThrow());
        assertEquals(
                7,
                Measure.of("gemm", "8x8", 1, 1, "ort", "fp32", "Gop/s", new double[] {5, 7, 6})
                        .min());
        assertEquals(
                5,
                Measure.of("gemm", "8x8", 1, 1, "ort", "fp32", "ms", new double[] {5, 7, 6})
                        .min());
    }

    @Test
    void whatIsSavedIsReadBackWithItsConditions(@TempDir Path folder) throws IOException {
        var results = Results.in(folder.resolve("new"));
        results.save("a", List.of(time("ort", 5, 9)));
        results.save("b", List.of(time("kanmon-machine", 1.25, 2.5)));
        assertEquals(List.of(time("ort", 5, 9), time("kanmon-machine", 1.25, 2.5)), results.all());
        assertEquals(true, results.has("a"));
        assertEquals(false, results.has("c"));
        assertEquals(1, results.descriptions().size(), results.descriptions().toString());
    }

    @Test
    void anotherLineIsRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> Measure.ofLine("encoder\tbert"));
        assertEquals("a measure of 2 cells, expected 9: \"encoder\tbert\"", e.getMessage());
    }

    @Test
    void tablesAreAlignedAndMarkdownIsEscaped() {
        var table = Table.of("shape", "ms").row("a|b", "1.5").row("long name", "10.25");
        assertEquals("shape         ms\na|b          1.5\nlong name  10.25\n", table.text());
        assertEquals("| shape | ms |\n|---|--:|\n| a\\|b | 1.5 |\n| long name | 10.25 |\n", table.markdown());
        assertThrows(IllegalArgumentException.class, () -> table.row("one cell"));
    }

    private static Measure time(String engine, double min, double median) {
        return new Measure("encoder", "bert-base", 1, 32, engine, "fp32", "ms", min, median);
    }
}
