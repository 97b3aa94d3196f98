package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.train.Distiller;
import dev.kanmon.train.Example;
import dev.kanmon.train.Measurement;
import dev.kanmon.train.Report;
import dev.kanmon.train.TrainOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kanmon distill}: makes a guard from labelled rows and a teacher's probabilities. */
@Command(
        name = "distill",
        description = {
            "Trains a guard on rows {\"instruction\", \"response\"?, \"harmful\"?: 0|1, \"teacher\"?: P, \"source\"?,"
                    + " \"weight\"?}.",
            "--out becomes a Hugging Face directory. A run that was killed goes on when it is started again."
        })
final class DistillCommand extends KanmonCommand {

    /** How long a JVM that is asked to end waits for the checkpoint. */
    private static final long CHECKPOINT_SECONDS = 120;

    @Option(
            names = "--student",
            required = true,
            paramLabel = "DIR|FILE",
            description = "The model to start from, with a classification head or without.")
    private Path student;

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE.jsonl",
            description = "Rows to learn from.")
    private List<Path> data;

    @Option(
            names = "--validation",
            arity = "1..*",
            paramLabel = "FILE.jsonl",
            description = "Rows to measure with (default: some of --data are held back).")
    private List<Path> validation = List.of();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where to write.")
    private Path out;

    @Option(names = "--json", description = "Write one JSON object instead of a table.")
    private boolean json;

    @Mixin
    private TrainingArguments arguments;

    @Override
    public Integer call() throws IOException, BadInput {
        List<Example> rows = read(data);
        List<Example> held = read(validation);
        TrainOptions options = arguments.options(rows);
        TrainingNews news = new TrainingNews(streams);
        CountDownLatch ended = new CountDownLatch(1);
        Thread onExit = new Thread(() -> {
            news.askToStop();
            try {
                if (!ended.await(CHECKPOINT_SECONDS, TimeUnit.SECONDS)) {
                    streams.complain("the checkpoint took too long; the run goes on from the one before");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(onExit);
        try {
            Report report = Distiller.run(student, rows, held, out, options, news);
            news.clear();
            tell(report);
        } finally {
            ended.countDown();
            forget(onExit);
        }
        return ExitStatus.OK;
    }

    private static void forget(Thread onExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The JVM is ending, which is why the run did.
        }
    }

    private static List<Example> read(List<Path> files) throws IOException, BadInput {
        List<Example> rows = new ArrayList<>();
        for (Path file : files) {
            int before = rows.size();
            try (InputLines lines = new InputLines(Files.newInputStream(file))) {
                for (InputLines.Line line; (line = lines.next()) != null; ) {
                    try {
                        rows.add(example(JsonRows.parse(line).asObject()));
                    } catch (BadInput | ModelFormatException | IllegalArgumentException e) {
                        throw new BadInput(file + ": " + JsonRows.message(line, e));
                    }
                }
            }
            if (rows.size() == before) {
                throw new BadInput(file + ": found no row, expected {\"instruction\", \"harmful\"} a line");
            }
        }
        return rows;
    }

    private static Example example(JsonObject row) throws ModelFormatException {
        return new Example(
                row.string("instruction"),
                row.optionalString("response").orElse(""),
                row.get("harmful") instanceof JsonBoolean said
                        ? OptionalInt.of(said.value() ? 1 : 0)
                        : row.optionalInteger("harmful"),
                row.optionalNumber("teacher"),
                row.optionalString("source").orElse(""),
                row.optionalNumber("weight").orElse(1));
    }

    private void tell(Report report) {
        if (!report.finished()) {
            streams.note("stopped behind step " + report.step() + "; started again, the run goes on from there");
            return;
        }
        if (json) {
            streams.line(json(report));
            return;
        }
        Table table =
                new Table("step", "epoch", "loss", "F1", "precision", "recall", "AUPRC", "AUROC", "FPR", "ECE", "");
        for (Measurement m : report.measurements()) {
            table.row(List.of(
                    Long.toString(m.step()),
                    String.format(Locale.ROOT, "%.2f", m.epoch()),
                    String.format(Locale.ROOT, "%.4f", m.loss()),
                    TrainingNews.figure(m.f1()),
                    TrainingNews.figure(m.precision()),
                    TrainingNews.figure(m.recall()),
                    TrainingNews.figure(m.auprc()),
                    TrainingNews.figure(m.auroc()),
                    TrainingNews.figure(m.falsePositiveRate()),
                    TrainingNews.figure(m.calibrationError()),
                    m.step() == report.bestStep() ? "kept" : ""));
        }
        if (!report.measurements().isEmpty()) {
            table.lines().forEach(streams::line);
        }
        streams.note(String.format(
                Locale.ROOT,
                "%s: %d steps, %d texts in %s, %.1f texts/s%s",
                out,
                report.step(),
                report.texts(),
                TrainingNews.duration(report.seconds()),
                report.texts() / report.seconds(),
                report.peakBytes() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", at most %.2f GB of memory", report.peakBytes() / 1e9)));
    }

    private String json(Report report) {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("out").value(out.toString());
        row.name("steps").value(report.step());
        row.name("best_step").value(report.bestStep());
        row.name("texts").value(report.texts());
        row.name("texts_per_s").value(report.texts() / report.seconds());
        row.name("seconds").value(report.seconds());
        row.name("peak_bytes").value(report.peakBytes());
        report.measurements().stream()
                .filter(m -> m.step() == report.bestStep())
                .findFirst()
                .ifPresent(best -> {
                    row.name("loss").value(best.loss());
                    best.f1().ifPresent(f1 -> row.name("f1").value(f1));
                    best.auprc().ifPresent(auprc -> row.name("auprc").value(auprc));
                    best.falsePositiveRate().ifPresent(rate -> row.name("fpr").value(rate));
                });
        return row.endObject().toString();
    }
}
