package dev.kanmon.cli;

import dev.kanmon.cli.Main.Streams;
import dev.kanmon.eval.Agreement;
import dev.kanmon.eval.WeightCalibration;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.kernels.WeightType;
import java.util.List;
import java.util.Locale;

/** What {@code calibrate --weights} found. */
final class WeightReport {

    private WeightReport() {}

    /** A table of what each matrix costs. */
    static void print(Streams streams, String model, WeightType type, WeightCalibration.Result result) {
        streams.note("all of " + model + " in " + type.spelling() + ": " + result.without());
        if (result.costs().isEmpty()) {
            streams.note("no matrix has to be kept in another type");
            return;
        }
        Table table = new Table("matrix", "numbers", "mean |ΔP|", "largest", "flips", "undecided", "kept in");
        for (WeightCalibration.Cost cost : result.costs()) {
            table.row(List.of(
                    String.join(", ", cost.matrix().patterns()),
                    String.format(Locale.ROOT, "%,d", cost.matrix().size()),
                    String.format(Locale.ROOT, "%.5f", cost.alone().meanDifference()),
                    String.format(Locale.ROOT, "%.4f", cost.alone().largestDifference()),
                    Integer.toString(cost.alone().flips()),
                    Integer.toString(cost.alone().undecidedFlips()),
                    cost.matrix().type().spelling()));
        }
        table.lines().forEach(streams::line);
        streams.note(
                "each alone in " + type.spelling() + ", on the " + result.near() + " texts nearest to the threshold");
        streams.note(result.exceptions().size() + " of " + result.costs().size() + " matrices in another type: "
                + result.with());
    }

    /** The same as a JSON object. */
    static String row(WeightType type, WeightCalibration.Result result) {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("weights").value(type.spelling());
        agreement(row.name("without"), result.without());
        row.name("matrices").beginArray();
        for (WeightCalibration.Cost cost : result.costs()) {
            row.beginObject().name("tensors").beginArray();
            cost.matrix().tensors().forEach(row::value);
            row.endArray();
            row.name("mean_square").value(cost.meanSquare());
            agreement(row.name("alone"), cost.alone());
            row.name("type").value(cost.matrix().type().spelling()).endObject();
        }
        row.endArray();
        agreement(row.name("with"), result.with());
        return row.endObject().toString();
    }

    private static void agreement(JsonWriter row, Agreement agreement) {
        row.beginObject();
        row.name("n").value(agreement.n());
        row.name("mean_difference").value(agreement.meanDifference());
        row.name("largest_difference").value(agreement.largestDifference());
        row.name("flips").value(agreement.flips());
        row.name("undecided_flips").value(agreement.undecidedFlips());
        row.name("farthest_flip").value(agreement.farthestFlip());
        row.endObject();
    }
}
