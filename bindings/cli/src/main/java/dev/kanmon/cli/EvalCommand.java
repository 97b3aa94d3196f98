package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardInfo;
import dev.kanmon.Verdict;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.eval.Metrics;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon eval}: how good a guard is on labelled texts. */
@Command(
        name = "eval",
        description =
                "Measures a guard on rows {\"instruction\", \"response\"?, \"harmful\": 0|1}; a table, or JSONL with"
                        + " --json.")
final class EvalCommand extends KanmonCommand {

    /** Rows judged together: enough to keep all threads busy, few enough for the progress line to move. */
    private static final int BATCH = 16;

    @Mixin
    private GuardArguments guardArguments;

    @Option(names = "--json", description = "Write one JSON object a file.")
    private boolean json;

    @Option(
            names = "--against",
            paramLabel = "DIR|FILE.gguf",
            description = "Also say, on standard error, for which rows this model's verdict is another.")
    private Path against;

    @Parameters(paramLabel = "FILE.jsonl", arity = "1..*", description = "Labelled rows.")
    private List<Path> files;

    private boolean anyBad;

    /** A file's rows that could be read, and their line numbers. */
    private record Labelled(List<Exchange> exchanges, List<Boolean> harmful, List<Long> lines) {}

    /** A file's result. */
    private record Result(Path file, double[] probabilities, Metrics metrics, double textsPerSecond) {}

    @Override
    public Integer call() throws IOException, BadInput {
        List<Labelled> all = new ArrayList<>();
        for (Path file : files) {
            all.add(read(file));
        }
        try (Guard guard = guardArguments.open();
                Guard other = against == null ? null : guardArguments.open(against)) {
            warmUp(guard, all);
            Table table = new Table(
                    "file",
                    "n",
                    "harmful",
                    "F1",
                    "precision",
                    "recall",
                    "AUPRC",
                    "AUROC",
                    "FPR",
                    "TPR@1%FPR",
                    "ECE",
                    "texts/s");
            for (int i = 0; i < files.size(); i++) {
                Result result = measure(guard, files.get(i), all.get(i));
                if (other != null) {
                    flips(result, measure(other, files.get(i), all.get(i)), all.get(i));
                }
                if (json) {
                    streams.line(row(result));
                    streams.out().flush();
                } else {
                    table.row(cells(result));
                }
            }
            if (!json) {
                GuardInfo info = guard.info();
                streams.note(String.format(
                        Locale.ROOT,
                        "%s: %s, %s kernels, %s weights, %d threads, threshold %s",
                        guardArguments.name(),
                        info.family(),
                        info.kernels(),
                        info.weights().spelling(),
                        info.threads(),
                        info.threshold()));
                table.lines().forEach(streams::line);
            }
        }
        return anyBad ? ExitStatus.BAD_INPUT : ExitStatus.OK;
    }

    private Labelled read(Path file) throws IOException, BadInput {
        Labelled rows = new Labelled(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        try (InputLines lines = new InputLines(Files.newInputStream(file))) {
            for (InputLines.Line line; (line = lines.next()) != null; ) {
                try {
                    JsonObject row = JsonRows.parse(line).asObject();
                    boolean harmful = harmful(row);
                    rows.exchanges.add(JsonRows.exchange(row));
                    rows.harmful.add(harmful);
                    rows.lines.add(line.number());
                } catch (BadInput | ModelFormatException e) {
                    anyBad = true;
                    streams.complain(file + ": " + JsonRows.message(line, e));
                }
            }
        }
        if (rows.exchanges.isEmpty()) {
            throw new BadInput(
                    file + ": found no row that could be read, expected {\"instruction\", \"harmful\"} a line");
        }
        return rows;
    }

    private static boolean harmful(JsonObject row) throws ModelFormatException {
        JsonValue value = row.get("harmful");
        if (value instanceof JsonBoolean) {
            return value.asBoolean();
        }
        int number = row.integer("harmful");
        if (number != 0 && number != 1) {
            throw value.error("is " + number + ", expected 0 or 1");
        }
        return number == 1;
    }

    /** Lets the JIT compile before anything is timed. */
    private static void warmUp(Guard guard, List<Labelled> all) {
        List<Exchange> first = all.getFirst().exchanges;
        guard.checkAll(first.subList(0, Math.min(BATCH, first.size())));
    }

    private Result measure(Guard guard, Path file, Labelled rows) {
        int n = rows.exchanges.size();
        double[] probabilities = new double[n];
        boolean[] labels = new boolean[n];
        long start = System.nanoTime();
        try (Progress progress = new Progress(streams, file.getFileName().toString(), "texts", n)) {
            for (int from = 0; from < n; from += BATCH) {
                int to = Math.min(from + BATCH, n);
                List<Verdict> verdicts = guard.checkAll(rows.exchanges.subList(from, to));
                for (int i = from; i < to; i++) {
                    probabilities[i] = verdicts.get(i - from).probability();
                    labels[i] = rows.harmful.get(i);
                }
                progress.update(to);
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Result(
                file,
                probabilities,
                Metrics.of(probabilities, labels, guard.info().threshold()),
                n / seconds);
    }

    /** Names the rows on which two models disagree; their texts are nobody's business here. */
    private void flips(Result result, Result other, Labelled rows) {
        List<String> flips = new ArrayList<>();
        for (int i = 0; i < result.probabilities.length; i++) {
            double mine = result.probabilities[i];
            double others = other.probabilities[i];
            if (mine >= result.metrics.threshold() != others >= other.metrics.threshold()) {
                flips.add(String.format(Locale.ROOT, "line %d %.3f, %.3f", rows.lines.get(i), mine, others));
            }
        }
        streams.note(String.format(
                Locale.ROOT,
                "%s: %d of %d verdicts differ from those of %s%s",
                result.file.getFileName(),
                flips.size(),
                result.probabilities.length,
                against,
                flips.isEmpty() ? "" : ": " + String.join("; ", flips)));
    }

    private static List<String> cells(Result result) {
        Metrics m = result.metrics;
        List<String> cells = new ArrayList<>();
        cells.add(result.file.getFileName().toString());
        cells.add(Integer.toString(m.n()));
        cells.add(Integer.toString(m.harmful()));
        for (OptionalDouble figure : List.of(
                m.f1(),
                m.precision(),
                m.recall(),
                m.auprc(),
                m.auroc(),
                m.falsePositiveRate(),
                m.recallAtOnePercentFpr(),
                m.calibrationError())) {
            cells.add(figure.isPresent() ? String.format(Locale.ROOT, "%.3f", figure.getAsDouble()) : "–");
        }
        cells.add(String.format(Locale.ROOT, "%.1f", result.textsPerSecond));
        return cells;
    }

    private static String row(Result result) {
        Metrics m = result.metrics;
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("file").value(result.file.toString());
        row.name("n").value(m.n());
        figure(row, "f1", m.f1());
        figure(row, "precision", m.precision());
        figure(row, "recall", m.recall());
        figure(row, "auprc", m.auprc());
        figure(row, "auroc", m.auroc());
        figure(row, "fpr", m.falsePositiveRate());
        figure(row, "tpr_at_1_fpr", m.recallAtOnePercentFpr());
        figure(row, "ece", m.calibrationError());
        row.name("texts_per_s").value(result.textsPerSecond);
        row.name("threshold").value(m.threshold());
        return row.endObject().toString();
    }

    private static void figure(JsonWriter row, String name, OptionalDouble figure) {
        row.name(name);
        if (figure.isPresent()) {
            row.value(figure.getAsDouble());
        } else {
            row.nullValue();
        }
    }
}
