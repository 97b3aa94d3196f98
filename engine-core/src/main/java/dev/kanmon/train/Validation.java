package dev.kanmon.train;

import dev.kanmon.eval.Metrics;
import dev.kanmon.train.model.TrainableModel;
import java.util.List;
import java.util.OptionalDouble;

/** Measures a model on rows that it does not learn from. */
final class Validation {

    private static final double THRESHOLD = 0.5;

    private final List<List<Lesson>> passes;
    private final Losses losses;

    /** Of rows without a label only the loss is measured. */
    Validation(TrainOptions options, List<Lesson> rows) {
        passes = Lesson.passes(Lesson.byLength(rows), options.passTokens());
        losses = new Losses(options.loss(), rows.stream().map(Lesson::example).toList());
    }

    /**
     * What was measured.
     *
     * @param loss mean over all rows
     * @param metrics of the rows with a label, at threshold 0.5
     */
    record Result(double loss, Metrics metrics) {

        /** What the best weights have most of; empty where the rows leave it undefined. */
        OptionalDouble score(TrainOptions.Watching.Metric metric) {
            return switch (metric) {
                case AUPRC -> metrics.auprc();
                case F1 -> metrics.f1();
                case LOSS -> OptionalDouble.of(-loss);
            };
        }
    }

    /** Runs the model over all rows, nothing dropped. */
    Result of(TrainableModel model) {
        int labelled = 0;
        for (List<Lesson> pass : passes) {
            for (Lesson row : pass) {
                labelled += row.example().harmful().isPresent() ? 1 : 0;
            }
        }
        double[] probabilities = new double[labelled];
        boolean[] labels = new boolean[labelled];
        float[] unused = new float[2];
        double loss = 0;
        int n = 0;
        for (List<Lesson> pass : passes) {
            float[][] logits = model.forward(pass.stream().map(Lesson::tokens).toList(), null);
            for (int i = 0; i < logits.length; i++) {
                Example example = pass.get(i).example();
                loss += losses.of(example, logits[i], unused);
                if (example.harmful().isPresent()) {
                    probabilities[n] = Losses.probability(logits[i]);
                    labels[n++] = example.harmful().getAsInt() == 1;
                }
            }
        }
        return new Result(loss, Metrics.of(probabilities, labels, THRESHOLD));
    }
}
