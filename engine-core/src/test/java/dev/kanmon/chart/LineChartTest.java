package dev.kanmon.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LineChartTest {

    private static final Pattern TAG = Pattern.compile("<(/?)([a-zA-Z]+)((?: [a-zA-Z-]+=\"[^\"<]*\")*)(/?)>|<|>");
    private static final Pattern CURVE = Pattern.compile("<path class=\"l[0-9]\" d=\"([^\"]*)\" fill=\"none\"");

    @Test
    void pointsLieWhereTheAxesSay() {
        String svg = LineChart.of("t", Axis.of("x").between(0, 4), Axis.of("y").between(0, 1))
                .with(Series.line("a", new double[] {0, 1, 4}, new double[] {0, 0.5, 1}))
                .svg();
        // The panel is 560 × 360 with margins of 64, 18, 58 and 48.
        assertEquals(List.of("M64.0 312.0L183.5 185.0L542.0 58.0"), curves(svg), svg);
    }

    @Test
    void aPointThatIsNotFiniteIsAGap() {
        String svg = LineChart.of("t", Axis.of("x").between(0, 4), Axis.of("y").between(0, 1))
                .with(Series.line("a", new double[] {0, 1, 2, 4}, new double[] {0, 0.5, Double.NaN, 1}))
                .svg();
        assertEquals(List.of("M64.0 312.0L183.5 185.0M542.0 58.0"), curves(svg), svg);
    }

    @Test
    void manyPointsKeepTheirExtremes() {
        double[] x = new double[100_000];
        double[] y = new double[x.length];
        Arrays.setAll(x, i -> i);
        y[54_321] = 1;
        y[54_322] = -1;
        String svg = LineChart.of("t", Axis.of("x"), Axis.of("y"))
                .with(Series.line("a", x, y))
                .svg();
        String curve = curves(svg).getFirst();
        assertTrue(svg.length() < 60_000, () -> svg.length() + " characters");
        assertTrue(curve.contains(" 58.0") && curve.contains(" 312.0"), () -> "without the peaks: " + curve);
    }

    static List<LineChart> odd() {
        double[] nothing = {};
        double[] one = {3};
        double[] nan = {Double.NaN};
        LineChart empty = LineChart.of("a < b & \"c\" > d", Axis.of("x<y"), Axis.of("&"));
        return List.of(
                empty,
                empty.with(Series.line("", nothing, nothing)).withDiagonal("x & y"),
                empty.with(Series.line("one", one, one).marked()),
                empty.with(Series.line("none", nan, one)),
                empty.with(Series.bars("zero", one, new double[] {0}, 1)),
                LineChart.of(
                                "outside",
                                Axis.of("x").startingAt(10),
                                Axis.of("y").between(-1, 1))
                        .with(Series.line("below", one, one)),
                LineChart.of("tiny", Axis.of("x"), Axis.of("y"))
                        .with(Series.line("t", new double[] {1e-9, 2e-9}, new double[] {-1e12, 1e12})));
    }

    @ParameterizedTest
    @MethodSource("odd")
    void whateverIsDrawnIsWellFormedAndFinite(LineChart chart) {
        String svg = chart.svg();
        wellFormed(svg);
        assertTrue(!svg.contains("NaN") && !svg.contains("Infinity"), svg);
        assertTrue(svg.contains("<text"), svg);
    }

    @Test
    void severalChartsStandInRows() {
        LineChart chart = LineChart.of("one", Axis.of("x"), Axis.of("y"))
                .with(Series.bars("bars", new double[] {0.5}, new double[] {2}, 1))
                .with(Series.line("line", new double[] {0, 1}, new double[] {1, 2})
                        .marked());
        String svg = LineChart.svg(List.of(chart, chart, chart), 2);
        wellFormed(svg);
        assertTrue(svg.contains("viewBox=\"0 0 1120 720\""), svg);
        assertEquals(3, curves(svg).size(), svg);
        assertThrows(IllegalArgumentException.class, () -> LineChart.svg(List.of(), 1));
        assertThrows(IllegalArgumentException.class, () -> Series.line("a", new double[1], new double[2]));
        assertThrows(
                IllegalArgumentException.class, () -> Axis.of("x").startingAt(2).between(3, 3));
    }

    @Test
    void ticksAreRoundNumbers() {
        String svg = LineChart.of("t", Axis.of("x").between(0, 1), Axis.of("y").between(0, 30_000))
                .svg();
        List<String> texts = new ArrayList<>();
        for (Matcher text = Pattern.compile("<text [^>]*>([^<]*)<").matcher(svg); text.find(); ) {
            texts.add(text.group(1));
        }
        assertEquals(
                List.of(
                        "t", "0", "5000", "10000", "15000", "20000", "25000", "30000", "0.0", "0.2", "0.4", "0.6",
                        "0.8", "1.0", "x", "y"),
                texts);
    }

    private static List<String> curves(String svg) {
        List<String> curves = new ArrayList<>();
        for (Matcher curve = CURVE.matcher(svg); curve.find(); ) {
            curves.add(curve.group(1));
        }
        return curves;
    }

    /** Every tag is closed in order, and no character is left that would need an escape. */
    private static void wellFormed(String svg) {
        var open = new ArrayDeque<String>();
        for (Matcher tag = TAG.matcher(svg); tag.find(); ) {
            assertTrue(tag.group(2) != null, () -> "a stray " + tag.group() + " at " + tag.start() + " of " + svg);
            if (!tag.group(1).isEmpty()) {
                assertEquals(open.poll(), tag.group(2), svg);
            } else if (tag.group(4).isEmpty()) {
                open.push(tag.group(2));
            }
        }
        assertTrue(open.isEmpty(), () -> "open: " + open + " in " + svg);
    }
}
