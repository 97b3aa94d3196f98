package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.SidecarWeights;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.eval.Agreement;
import dev.kanmon.eval.WeightCalibration;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon calibrate}: which matrices of a guard have to stay more exact than the others. */
@Command(
        name = "calibrate",
        description = {
            "Finds the matrices that must not be kept in int8 (or bf16) if verdicts are to stay those of f32, on rows",
            "{\"instruction\", \"response\"?} like those the guard will see, and writes them into its sidecar"
                    + " kanmon.json."
        })
final class CalibrateCommand extends KanmonCommand {

    @Mixin
    private GuardArguments guardArguments;

    @Option(
            names = "--undecided",
            paramLabel = "D",
            description = "A text may flip whose probability in f32 is nearer than this to the threshold"
                    + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "" + Agreement.UNDECIDED)
    private double undecided;

    @Option(names = "--out", paramLabel = "FILE", description = "Write the sidecar here (default: beside the model).")
    private Path out;

    @Option(names = "--dry-run", description = "Write no sidecar.")
    private boolean dryRun;

    @Option(names = "--json", description = "Write one JSON object instead of a table.")
    private boolean json;

    @Parameters(paramLabel = "FILE.jsonl", arity = "1..*", description = "Rows; labels are not needed.")
    private List<Path> files;

    private boolean anyBad;

    @Override
    public Integer call() throws IOException, BadInput {
        WeightType type = guardArguments
                .weights()
                .filter(named -> named != WeightType.F32)
                .orElseThrow(() -> new BadInput("--weights: name the type to calibrate, int8 or bf16"));
        if (!(undecided >= 0 && undecided <= 1)) {
            throw new BadInput("--undecided: found " + undecided + ", expected a probability from 0 to 1");
        }
        Path sidecar = sidecar();
        List<Exchange> texts = new ArrayList<>();
        for (Path file : files) {
            read(file, texts);
        }
        if (texts.isEmpty()) {
            throw new BadInput(
                    files.getFirst() + ": found no row that could be read, expected {\"instruction\"} a line");
        }
        WeightCalibration.Result result = calibrate(texts, type);
        if (json) {
            streams.line(row(type, result));
        } else {
            print(type, result);
        }
        if (sidecar != null) {
            Files.writeString(sidecar, SidecarWeights.with(existing(sidecar), type, result.exceptions()) + "\n");
            streams.note("written: " + sidecar);
        }
        return anyBad ? ExitStatus.BAD_INPUT : ExitStatus.OK;
    }

    /** Where to write; null for nowhere. */
    private Path sidecar() throws IOException, BadInput {
        if (dryRun || out != null) {
            return out;
        }
        Path model = guardArguments
                .model()
                .orElseThrow(
                        () -> new BadInput("--out: name a file; the bundled guard's own sidecar is part of its jar"));
        try (ModelFiles opened = ModelFiles.open(model)) {
            return opened.sidecarPath().orElseThrow();
        }
    }

    /** What the sidecar says already, or the model's own one if there is none at that place. */
    private JsonObject existing(Path sidecar) throws IOException {
        if (Files.exists(sidecar)) {
            return Json.read(sidecar).asObject();
        }
        if (guardArguments.model().isEmpty()) {
            return JsonObject.builder().build();
        }
        try (ModelFiles opened = ModelFiles.open(guardArguments.model().get())) {
            return opened.sidecar().orElse(JsonObject.builder().build());
        }
    }

    private void read(Path file, List<Exchange> texts) throws IOException {
        try (InputLines lines = new InputLines(Files.newInputStream(file))) {
            for (InputLines.Line line; (line = lines.next()) != null; ) {
                try {
                    texts.add(JsonRows.exchange(JsonRows.parse(line).asObject()));
                } catch (BadInput | ModelFormatException e) {
                    anyBad = true;
                    streams.complain(file + ": " + JsonRows.message(line, e));
                }
            }
        }
    }

    private WeightCalibration.Result calibrate(List<Exchange> texts, WeightType type) throws IOException, BadInput {
        guardArguments.open(WeightPlan.everywhere(type)).close(); // bad options are complained of here
        String[] current = {null};
        Progress[] progress = {null};
        try {
            return WeightCalibration.run(
                    plan -> {
                        try {
                            return guardArguments.open(plan);
                        } catch (BadInput e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    texts,
                    type,
                    undecided,
                    (what, done, total) -> {
                        if (!what.equals(current[0])) {
                            if (progress[0] != null) {
                                progress[0].close();
                            }
                            current[0] = what;
                            progress[0] = new Progress(streams, what, "texts", total);
                        }
                        progress[0].update(done);
                    });
        } finally {
            if (progress[0] != null) {
                progress[0].close();
            }
        }
    }

    private void print(WeightType type, WeightCalibration.Result result) {
        streams.note("all of " + guardArguments.name() + " in " + type.spelling() + ": " + result.without());
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

    private static String row(WeightType type, WeightCalibration.Result result) {
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
