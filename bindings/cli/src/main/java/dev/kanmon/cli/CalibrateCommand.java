package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.Joining;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.SidecarWeights;
import dev.kanmon.eval.Agreement;
import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.PolicyGoal;
import dev.kanmon.eval.WeightCalibration;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code kanmon calibrate}: what a guard's sidecar should say, found on texts: a temperature and the thresholds of
 * policies, or which matrices have to stay more exact than the others.
 */
@Command(
        name = "calibrate",
        description = {
            "Fits a temperature and the thresholds of policies (strict, balanced, permissive) on rows"
                    + " {\"instruction\",",
            "\"response\"?, \"harmful\": 0|1}, and writes them into the model's sidecar kanmon.json. With --weights"
                    + " int8 (or",
            "bf16): finds the matrices that must not be kept so if verdicts are to stay those of f32, on rows like"
                    + " those",
            "the guard will see, and writes these. With --cascade LARGE: finds where a larger guard has to be asked.",
            "On rows like these, labels or not, the verdicts of both together differ from the larger guard's in at"
                    + " most",
            "the share --error."
        })
final class CalibrateCommand extends KanmonCommand {

    @Mixin
    private GuardArguments guardArguments;

    @Mixin
    private BootstrapArguments bootstrapArguments;

    @Option(
            names = "--policy",
            paramLabel = "NAME=GOAL",
            description =
                    "A policy and its goal: recall:SHARE (at least), f1 (the best), fpr:SHARE (at most); repeatable."
                            + " Always there unless named otherwise: strict=recall:0.95, balanced=f1,"
                            + " permissive=fpr:0.01.")
    private List<String> policies = List.of();

    @Option(
            names = "--undecided",
            paramLabel = "D",
            description =
                    "With --weights: a text may flip whose probability in f32 is nearer than this to the threshold"
                            + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "" + Agreement.UNDECIDED)
    private double undecided;

    @Option(
            names = "--cascade",
            paramLabel = "DIR|FILE.gguf|bundled",
            description = "Find where this larger guard has to be asked. --threshold is this one's.")
    private String large;

    @Option(
            names = "--error",
            paramLabel = "E",
            description = "With --cascade: the share of the verdicts that may differ from the larger guard's (default:"
                    + " ${DEFAULT-VALUE}).",
            defaultValue = "0.01")
    private double error;

    @Option(names = "--out", paramLabel = "FILE", description = "Write the sidecar here (default: beside the model).")
    private Path out;

    @Option(names = "--dry-run", description = "Write no sidecar.")
    private boolean dryRun;

    @Option(names = "--json", description = "Write one JSON object instead of a table.")
    private boolean json;

    @Parameters(
            paramLabel = "FILE.jsonl",
            arity = "1..*",
            description = "Rows; with --weights or --cascade they need no labels.")
    private List<Path> files;

    private boolean anyBad;

    @Override
    public Integer call() throws IOException, BadInput {
        if (large != null) {
            cascade();
            return anyBad ? ExitStatus.BAD_INPUT : ExitStatus.OK;
        }
        Optional<WeightType> type = guardArguments.weights();
        boolean complete = type.isPresent() ? weights(type.get()) : policies();
        return anyBad || !complete ? ExitStatus.BAD_INPUT : ExitStatus.OK;
    }

    /** Whether all was found that was looked for. */
    private boolean policies() throws IOException, BadInput {
        if (guardArguments.options().windows().joining() instanceof Joining.MeanOfTop) {
            throw new BadInput(
                    "--windows: found top:K; a temperature is fitted to the logits of one window, expected max");
        }
        SequencedMap<String, PolicyGoal> goals = PolicyCalibration.goals(policies);
        Optional<Bootstrap> bootstrap = bootstrapArguments.bootstrap();
        Optional<Path> sidecar = sidecar();
        LabelledRows rows = LabelledRows.read(files, streams);
        anyBad |= rows.anyBad();
        try (Guard guard = guardArguments.open()) {
            PolicyCalibration found = PolicyCalibration.of(guard, rows, goals, bootstrap, streams);
            if (json) {
                streams.line(found.row());
            } else {
                found.print(streams, guardArguments.name());
            }
            if (sidecar.isPresent() && !found.isEmpty()) {
                JsonObject before = SidecarFile.read(sidecar.get(), ofTheModel(guard));
                write(sidecar.get(), SidecarFile.with(before, found.temperature(), found.thresholds()));
                warnOfWhatStays(before, guard.info().temperature(), found);
            }
            return found.isComplete();
        }
    }

    /** Thresholds that were not found now are of probabilities at the temperature that there was. */
    private void warnOfWhatStays(JsonObject before, double present, PolicyCalibration found) throws IOException {
        if (found.temperature().orElse(present) == present) {
            return;
        }
        List<String> stale = new ArrayList<>();
        if (before.has("threshold") && before.number("threshold") != 0.5) {
            stale.add("threshold");
        }
        if (before.has("policies")) {
            stale.addAll(before.object("policies").members().keySet());
            stale.removeAll(found.thresholds().keySet());
        }
        if (before.has("cascade")) {
            stale.add("cascade");
        }
        if (!stale.isEmpty()) {
            streams.note("as they were, though the temperature under them changed: " + String.join(", ", stale));
        }
    }

    private boolean weights(WeightType type) throws IOException, BadInput {
        if (type == WeightType.F32) {
            throw new BadInput("--weights: found f32, which is exact; expected int8 or bf16, or no --weights");
        }
        if (!policies.isEmpty()) {
            throw new BadInput("--policy: sets a goal for a threshold; --weights looks for none");
        }
        if (!(undecided >= 0 && undecided <= 1)) {
            throw new BadInput("--undecided: found " + undecided + ", expected a probability from 0 to 1");
        }
        GuardOptions options = guardArguments.options();
        Optional<Path> sidecar = sidecar();
        List<Exchange> texts = texts();
        JsonObject[] ofTheModel = {null};
        WeightCalibration.Result result = calibrate(options, texts, type, ofTheModel);
        if (json) {
            streams.line(WeightReport.row(type, result));
        } else {
            WeightReport.print(streams, guardArguments.name(), type, result);
        }
        if (sidecar.isPresent()) {
            JsonObject before = SidecarFile.read(sidecar.get(), ofTheModel[0]);
            write(sidecar.get(), SidecarWeights.with(before, type, result.exceptions()));
        }
        return true;
    }

    private void cascade() throws IOException, BadInput {
        if (!policies.isEmpty()) {
            throw new BadInput("--policy: sets a goal for a threshold; --cascade looks for none");
        }
        if (!(error >= 0 && error < 1)) {
            throw new BadInput("--error: found " + error + ", expected a share from 0 to below 1");
        }
        Optional<Bootstrap> bootstrap = bootstrapArguments.bootstrap();
        Optional<Path> sidecar = sidecar();
        List<Exchange> texts = texts();
        try (Guard small = guardArguments.openWithoutPolicy();
                Guard larger = CascadeArguments.openLarge(guardArguments, large)) {
            Judged ofLarge = Judged.of(larger, texts, "the larger guard", streams);
            Judged ofSmall = Judged.of(small, texts, "the small guard", streams);
            CascadeReport found = CascadeReport.of(ofSmall, ofLarge, error, bootstrap);
            if (json) {
                streams.line(found.row());
            } else {
                found.print(streams, guardArguments.name(), CascadeArguments.name(large));
            }
            if (sidecar.isPresent()) {
                JsonObject before = SidecarFile.read(sidecar.get(), ofTheModel(small));
                write(
                        sidecar.get(),
                        SidecarFile.withCascade(before, found.chosen().band(), found.threshold()));
            }
        }
    }

    private void write(Path sidecar, JsonObject content) throws IOException {
        SidecarFile.write(sidecar, content);
        streams.note("written: " + sidecar);
    }

    private static JsonObject ofTheModel(Guard guard) {
        return guard.sidecar().orElse(JsonObject.builder().build());
    }

    /** Where to write; empty for nowhere. */
    private Optional<Path> sidecar() throws IOException, BadInput {
        if (dryRun) {
            return Optional.empty();
        }
        if (out != null) {
            return Optional.of(out);
        }
        Path model = guardArguments
                .model()
                .orElseThrow(
                        () -> new BadInput("--out: name a file; the bundled guard's own sidecar is part of its jar"));
        try (ModelFiles opened = ModelFiles.open(model)) {
            return opened.sidecarPath();
        }
    }

    /** The rows without their labels. */
    private List<Exchange> texts() throws IOException, BadInput {
        List<Exchange> texts = new ArrayList<>();
        for (Path file : files) {
            read(file, texts);
        }
        if (texts.isEmpty()) {
            throw new BadInput(
                    files.getFirst() + ": found no row that could be read, expected {\"instruction\"} a line");
        }
        return texts;
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

    /** @param ofTheModel its first element becomes what the model's sidecar says */
    private WeightCalibration.Result calibrate(
            GuardOptions options, List<Exchange> texts, WeightType type, JsonObject[] ofTheModel) throws IOException {
        String[] current = {null};
        Progress[] progress = {null};
        try {
            return WeightCalibration.run(
                    plan -> {
                        Guard guard = guardArguments.open(options.withWeights(plan));
                        ofTheModel[0] = ofTheModel(guard);
                        return guard;
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
}
