package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.eval.EvalCharts.Answers;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Pictures say what the figures say: points are read back out of the SVG, whose panel is 64 to 542 by 312 to 58. */
class EvalChartsTest {
    private static final double[] P = {0.9, 0.8, 0.8, 0.3};
    private static final boolean[] Y = {true, false, true, true};
    private static final Pattern CURVE = Pattern.compile("<path class=\"l[0-9]\" d=\"M([^\"]*)\" fill=\"none\"");
    private static final Pattern DOT = Pattern.compile("<circle class=\"f([0-9])\" cx=\"([0-9.]+)\" cy=\"([0-9.]+)\"");

    @Test
    void theAreaUnderTheStepsIsTheAveragePrecision() {
        String svg = EvalCharts.precisionRecall("t", List.of(new Answers("a guard", P, 0.5)), Y);
        List<double[]> curve = points(svg).getFirst();
        double area = 0;
        for (int i = 1; i < curve.size(); i++) {
            area += (curve.get(i)[0] - curve.get(i - 1)[0]) * (curve.get(i)[1] + curve.get(i - 1)[1]) / 2;
        }
        assertEquals(Metrics.of(P, Y, 0.5).auprc().getAsDouble(), area, 0.003, svg);
        assertTrue(svg.contains("a guard (0.806)"), svg);
        Matcher dot = DOT.matcher(svg);
        assertTrue(dot.find(), svg);
        assertEquals("0", dot.group(1), "the dot has the curve's colour");
        assertEquals(2 / 3.0, x(dot.group(2)), 0.001, "recall at 0.5");
        assertEquals(2 / 3.0, y(dot.group(3)), 0.001, "precision at 0.5");
    }

    @Test
    void binsLieAtTheirMeanAndTheirShare() {
        String svg = EvalCharts.reliability("t", List.of(new Answers("a guard", P, 0.5)), Y);
        List<double[]> curve = points(svg).getFirst();
        double[][] expected = {{0.3, 1}, {0.8, 0.5}, {0.9, 1}};
        assertEquals(expected.length, curve.size(), svg);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i][0], curve.get(i)[0], 0.001, svg);
            assertEquals(expected[i][1], curve.get(i)[1], 0.001, svg);
        }
        assertTrue(svg.contains("calibrated") && svg.contains("share of all texts"), svg);
    }

    @Test
    void oneClassAndTwoModelsAreDrawnToo() {
        boolean[] harmless = new boolean[4];
        List<Answers> models = List.of(new Answers("one", P, 0.5), new Answers("two", new double[] {0, 0, 1, 1}, 0.5));
        assertEquals(List.of(), points(EvalCharts.precisionRecall("t", models, harmless)));
        assertEquals(2, points(EvalCharts.precisionRecall("t", models, Y)).size());
        assertEquals(2, points(EvalCharts.reliability("t", models, harmless)).size());
    }

    private static List<List<double[]>> points(String svg) {
        List<List<double[]>> curves = new ArrayList<>();
        for (Matcher curve = CURVE.matcher(svg); curve.find(); ) {
            List<double[]> points = new ArrayList<>();
            for (String point : curve.group(1).split("L")) {
                String[] both = point.split(" ");
                points.add(new double[] {x(both[0]), y(both[1])});
            }
            curves.add(points);
        }
        return curves;
    }

    private static double x(String pixels) {
        return (Double.parseDouble(pixels) - 64) / 478;
    }

    private static double y(String pixels) {
        return (312 - Double.parseDouble(pixels)) / 254;
    }
}
