package dev.kanmon.eval;

import java.util.OptionalDouble;
import java.util.function.Function;

/** One of {@link Metrics}' figures, for what is done with all of them. */
public enum Figure {
    F1("f1", "F1", Metrics::f1),
    PRECISION("precision", "precision", Metrics::precision),
    RECALL("recall", "recall", Metrics::recall),
    AUPRC("auprc", "AUPRC", Metrics::auprc),
    AUROC("auroc", "AUROC", Metrics::auroc),
    FALSE_POSITIVE_RATE("fpr", "FPR", Metrics::falsePositiveRate),
    RECALL_AT_ONE_PERCENT_FPR("tpr_at_1_fpr", "TPR@1%FPR", Metrics::recallAtOnePercentFpr),
    CALIBRATION_ERROR("ece", "ECE", Metrics::calibrationError),
    BRIER("brier", "Brier", Metrics::brier);

    private final String key;
    private final String title;
    private final Function<Metrics, OptionalDouble> value;

    Figure(String key, String title, Function<Metrics, OptionalDouble> value) {
        this.key = key;
        this.title = title;
        this.value = value;
    }

    /** Its key in JSON. */
    public String key() {
        return key;
    }

    /** Its heading in a table. */
    public String title() {
        return title;
    }

    /** Its value; empty where the rows leave it undefined. */
    public OptionalDouble of(Metrics metrics) {
        return value.apply(metrics);
    }
}
