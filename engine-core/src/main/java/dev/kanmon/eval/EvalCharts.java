package dev.kanmon.eval;

import dev.kanmon.chart.Axis;
import dev.kanmon.chart.LineChart;
import dev.kanmon.chart.Series;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Pictures of what a guard does on labelled texts, as SVG documents. */
public final class EvalCharts {

    /**
     * A model's answers.
     *
     * @param name for the legend
     * @param probabilities of being harmful, in the order of the labels
     * @param threshold probability from which on a text counts as flagged
     */
    public record Answers(String name, double[] probabilities, double threshold) {}

    private EvalCharts() {}

    /**
     * How often texts are harmful that a model gives a probability, in the {@value Metrics#BINS} bins of the calibration
     * error: a model whose probabilities are shares lies on the diagonal. Bars are the first model's shares of texts.
     */
    public static String reliability(String title, List<Answers> models, boolean[] labels) {
        LineChart chart = LineChart.of(
                        title,
                        Axis.of("probability, mean of a bin").between(0, 1),
                        Axis.of("share of harmful texts").between(0, 1))
                .withDiagonal("calibrated");
        for (Answers model : models) {
            double[] n = new double[Metrics.BINS];
            double[] sums = new double[Metrics.BINS];
            double[] harmful = new double[Metrics.BINS];
            for (int i = 0; i < labels.length; i++) {
                int bin = Metrics.bin(model.probabilities[i]);
                n[bin]++;
                sums[bin] += model.probabilities[i];
                harmful[bin] += labels[i] ? 1 : 0;
            }
            if (chart.series().isEmpty()) {
                double[] middles = new double[n.length];
                double[] shares = new double[n.length];
                Arrays.setAll(middles, b -> (b + 0.5) / n.length);
                Arrays.setAll(shares, b -> n[b] / labels.length);
                chart = chart.with(Series.bars("share of all texts", middles, shares, 1.0 / n.length));
            }
            int[] filled = IntStream.range(0, n.length).filter(b -> n[b] > 0).toArray();
            chart = chart.with(Series.line(
                            model.name,
                            Arrays.stream(filled)
                                    .mapToDouble(b -> sums[b] / n[b])
                                    .toArray(),
                            Arrays.stream(filled)
                                    .mapToDouble(b -> harmful[b] / n[b])
                                    .toArray())
                    .marked());
        }
        return chart.svg();
    }

    /**
     * Precision against recall at every threshold, as steps whose area is the average precision; a dot is the model's own
     * threshold. Without harmful texts there is no curve.
     */
    public static String precisionRecall(String title, List<Answers> models, boolean[] labels) {
        LineChart chart = LineChart.of(
                title, Axis.of("recall").between(0, 1), Axis.of("precision").between(0, 1));
        for (Answers model : models) {
            SortedRows rows = new SortedRows(model.probabilities, labels);
            Metrics metrics = rows.metrics(model.threshold);
            String name = metrics.auprc().isPresent()
                    ? String.format(
                            Locale.ROOT,
                            "%s (%.3f)",
                            model.name,
                            metrics.auprc().getAsDouble())
                    : model.name;
            chart = chart.with(steps(name, rows, metrics.harmful()));
            OptionalDouble recall = metrics.recall();
            OptionalDouble precision = metrics.precision();
            if (recall.isPresent() && precision.isPresent()) {
                chart = chart.with(
                        Series.line("", new double[] {recall.getAsDouble()}, new double[] {precision.getAsDouble()})
                                .marked()
                                .inThePreviousColour());
            }
        }
        return chart.svg();
    }

    private static Series steps(String name, SortedRows rows, int positives) {
        double[] recall = new double[2 * rows.size()];
        double[] precision = new double[2 * rows.size()];
        int points = 0;
        int hits = 0;
        for (int rank = 0; rank < rows.size() && positives > 0; ) {
            int end = rows.endOfTies(rank);
            recall[points] = (double) hits / positives;
            for (; rank < end; rank++) {
                hits += rows.harmful(rank) ? 1 : 0;
            }
            precision[points] = (double) hits / end;
            recall[points + 1] = (double) hits / positives;
            precision[points + 1] = precision[points];
            points += 2;
        }
        return Series.line(name, Arrays.copyOf(recall, points), Arrays.copyOf(precision, points));
    }
}
