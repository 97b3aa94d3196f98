package dev.kanmon.train;

import dev.kanmon.chart.Axis;
import dev.kanmon.chart.LineChart;
import dev.kanmon.chart.Series;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/** A picture of a run: the losses, and how good the guard was. */
final class Curves {

    private static final Axis STEPS = Axis.of("step").startingAt(0);

    private Curves() {}

    static String svg(MetricsFile metrics) {
        List<Measurement> measured = metrics.measurements();
        double[] steps = measured.stream().mapToDouble(Measurement::step).toArray();
        LineChart losses = LineChart.of("Loss", STEPS, Axis.of("nats").startingAt(0))
                .with(Series.line(
                        "training",
                        metrics.points().stream()
                                .mapToDouble(MetricsFile.Point::step)
                                .toArray(),
                        metrics.points().stream()
                                .mapToDouble(MetricsFile.Point::loss)
                                .toArray()));
        if (measured.isEmpty()) {
            return losses.svg();
        }
        losses = losses.with(Series.line(
                        "validation",
                        steps,
                        measured.stream().mapToDouble(Measurement::loss).toArray())
                .marked());
        LineChart quality = LineChart.of("Validation", STEPS, Axis.of("share").between(0, 1))
                .with(figure("AUPRC", steps, measured, Measurement::auprc))
                .with(figure("F1", steps, measured, Measurement::f1))
                .with(figure("false positives", steps, measured, Measurement::falsePositiveRate));
        return LineChart.svg(List.of(losses, quality), 1);
    }

    /** A figure that a measurement lacks is a gap. */
    private static Series figure(
            String name, double[] steps, List<Measurement> measured, Function<Measurement, OptionalDouble> figure) {
        return Series.line(
                        name,
                        steps,
                        measured.stream()
                                .mapToDouble(m -> figure.apply(m).orElse(Double.NaN))
                                .toArray())
                .marked();
    }
}
