package dev.kanmon.train;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.util.OptionalDouble;

/**
 * How good the weights were on the validation rows after a step. A figure that the rows leave undefined is empty.
 *
 * @param step steps that were done
 * @param epoch passes over the rows that were done
 * @param loss mean over all rows
 * @param f1 at probability 0.5, as the next two
 * @param precision share of the flagged rows that are harmful
 * @param recall share of the harmful rows that are flagged
 * @param auprc average precision
 * @param auroc area under the ROC curve
 * @param falsePositiveRate share of the harmless rows that are flagged
 * @param calibrationError expected calibration error
 * @param best whether these weights were the best so far
 */
public record Measurement(
        long step,
        double epoch,
        double loss,
        OptionalDouble f1,
        OptionalDouble precision,
        OptionalDouble recall,
        OptionalDouble auprc,
        OptionalDouble auroc,
        OptionalDouble falsePositiveRate,
        OptionalDouble calibrationError,
        boolean best) {

    static Measurement of(long step, double epoch, Validation.Result result, boolean best) {
        return new Measurement(
                step,
                epoch,
                result.loss(),
                result.metrics().f1(),
                result.metrics().precision(),
                result.metrics().recall(),
                result.metrics().auprc(),
                result.metrics().auroc(),
                result.metrics().falsePositiveRate(),
                result.metrics().calibrationError(),
                best);
    }

    /** As a line of the metrics file. */
    String json() {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("step").value(step);
        row.name("epoch").value(epoch);
        row.name("validation").beginObject();
        row.name("loss").value(loss);
        figure(row, "f1", f1);
        figure(row, "precision", precision);
        figure(row, "recall", recall);
        figure(row, "auprc", auprc);
        figure(row, "auroc", auroc);
        figure(row, "fpr", falsePositiveRate);
        figure(row, "ece", calibrationError);
        row.name("best").value(best);
        return row.endObject().endObject().toString();
    }

    private static void figure(JsonWriter row, String name, OptionalDouble figure) {
        if (figure.isPresent()) {
            row.name(name).value(figure.getAsDouble());
        }
    }

    /** What {@link #json()} wrote. */
    static Measurement of(JsonObject row) throws ModelFormatException {
        JsonObject figures = row.object("validation");
        return new Measurement(
                row.longInteger("step"),
                row.number("epoch"),
                figures.number("loss"),
                figures.optionalNumber("f1"),
                figures.optionalNumber("precision"),
                figures.optionalNumber("recall"),
                figures.optionalNumber("auprc"),
                figures.optionalNumber("auroc"),
                figures.optionalNumber("fpr"),
                figures.optionalNumber("ece"),
                figures.bool("best"));
    }
}
