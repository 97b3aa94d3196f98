package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.GuardInfo;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.EvalCharts;
import dev.kanmon.eval.EvalCharts.Answers;
import dev.kanmon.eval.Figure;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon eval}: how good a guard is on labelled texts. */
@Command(
        name = "eval",
        description =
                "Measures a guard on rows {\"instruction\", \"response\"?, \"harmful\": 0|1, \"source\"?}; a table, or"
                        + " JSONL with --json.")
final class EvalCommand extends KanmonCommand {

    private static final Figure[] FIGURES = Figure.values();

    @Mixin
    private PolicyArguments guardArguments;

    @Mixin
    private BootstrapArguments bootstrapArguments;

    @Option(names = "--json", description = "Write one JSON object a file.")
    private boolean json;

    @Option(
            names = "--by",
            paramLabel = "source,length",
            split = ",",
            description = "Measure the rows of each source, or of each length in tokens, on their own, too.")
    private List<String> by = List.of();

    @Option(
            names = "--charts",
            paramLabel = "DIR",
            description = "Draw a reliability diagram and a precision-recall curve of each file here (SVG).")
    private Path charts;

    @Option(
            names = "--against",
            paramLabel = "DIR|FILE.gguf",
            description = "Compare with this model on the same rows; standard error names rows of another verdict.")
    private Path against;

    @Parameters(paramLabel = "FILE.jsonl", arity = "1..*", description = "Labelled rows.")
    private List<Path> files;

    private Optional<Bootstrap> bootstrap;
    private List<Slices> slicings;
    private final Set<String> drawn = new HashSet<>();

    /** A slice's figures. */
    private record Part(String name, Measured measured) {}

    /** A file's result; {@code comparison} may be null. */
    private record Result(
            Path file, Judged judged, Measured measured, Map<Slices, List<Part>> parts, Comparison comparison) {}

    @Override
    public Integer call() throws IOException, BadInput {
        bootstrap = bootstrapArguments.bootstrap();
        slicings = new ArrayList<>();
        for (String name : by) {
            slicings.add(Slices.of(name));
        }
        List<LabelledRows> all = new ArrayList<>();
        for (Path file : files) {
            all.add(LabelledRows.read(List.of(file), streams));
        }
        if (charts != null) {
            Files.createDirectories(charts);
        }
        try (Guard guard = guardArguments.open();
                Guard other = against == null ? null : guardArguments.open(against)) {
            warmUp(guard, all.getFirst());
            List<Result> results = new ArrayList<>();
            for (int i = 0; i < files.size(); i++) {
                Result result = measure(guard, other, files.get(i), all.get(i));
                results.add(result);
                if (json) {
                    streams.line(row(guard.info(), result));
                    streams.out().flush();
                }
            }
            if (!json) {
                print(guard.info(), results);
            }
        }
        return all.stream().anyMatch(LabelledRows::anyBad) ? ExitStatus.BAD_INPUT : ExitStatus.OK;
    }

    /** Lets the JIT compile before anything is timed. */
    private static void warmUp(Guard guard, LabelledRows rows) {
        guard.checkAll(rows.exchanges().subList(0, Math.min(Judged.BATCH, rows.size())));
    }

    private Result measure(Guard guard, Guard other, Path file, LabelledRows rows) throws IOException {
        String name = file.getFileName().toString();
        Judged judged = Judged.of(guard, rows.exchanges(), name, streams);
        double[] probabilities = judged.probabilities();
        boolean[] labels = rows.labels();
        Map<Slices, List<Part>> parts = new EnumMap<>(Slices.class);
        for (Slices slicing : slicings) {
            List<Part> ofSlicing = new ArrayList<>();
            for (Slices.Slice slice : slicing.of(rows, judged)) {
                double[] some = new double[slice.rows().length];
                boolean[] theirs = new boolean[some.length];
                for (int i = 0; i < some.length; i++) {
                    some[i] = probabilities[slice.rows()[i]];
                    theirs[i] = labels[slice.rows()[i]];
                }
                ofSlicing.add(new Part(slice.name(), Measured.of(some, theirs, judged.threshold(), bootstrap)));
            }
            parts.put(slicing, ofSlicing);
        }
        List<Answers> answers = new ArrayList<>();
        answers.add(new Answers(
                guardArguments.model().map(EvalCommand::shortName).orElse(guardArguments.name()),
                probabilities,
                judged.threshold()));
        Comparison comparison = null;
        if (other != null) {
            Judged others = Judged.of(other, rows.exchanges(), name + ", " + shortName(against), streams);
            comparison = Comparison.of(rows, judged, others, bootstrap);
            answers.add(new Answers(shortName(against), others.probabilities(), others.threshold()));
            streams.note(name + ": " + comparison.flips().size() + " of " + rows.size()
                    + " verdicts differ from those of " + against
                    + (comparison.flips().isEmpty() ? "" : ": " + String.join("; ", comparison.flips())));
        }
        if (charts != null) {
            draw(name, answers, labels);
        }
        return new Result(
                file,
                judged,
                Measured.of(probabilities, labels, judged.threshold(), bootstrap),
                Collections.unmodifiableMap(parts),
                comparison);
    }

    private static String shortName(Path path) {
        return path.toAbsolutePath().normalize().getFileName().toString();
    }

    private void draw(String file, List<Answers> answers, boolean[] labels) throws IOException {
        String stem = file.endsWith(".jsonl") ? file.substring(0, file.length() - ".jsonl".length()) : file;
        String unique = stem;
        for (int i = 2; !drawn.add(unique); i++) { // files of the same name in two folders
            unique = stem + "-" + i;
        }
        Files.writeString(
                charts.resolve(unique + ".reliability.svg"),
                EvalCharts.reliability("Reliability on " + stem + ", " + labels.length + " texts", answers, labels));
        Files.writeString(
                charts.resolve(unique + ".precision-recall.svg"),
                EvalCharts.precisionRecall(
                        "Precision and recall on " + stem + ", " + labels.length + " texts", answers, labels));
    }

    private void print(GuardInfo info, List<Result> results) {
        streams.note(String.format(
                Locale.ROOT,
                "%s: %s, %s kernels, %s weights, %d threads, threshold %s%s",
                guardArguments.name(),
                info.family(),
                info.kernels(),
                info.weights().spelling(),
                info.threads(),
                info.threshold(),
                info.policy().map(name -> " (" + name + ")").orElse("")));
        List<String> heading = new ArrayList<>(List.of("file", "n", "harmful"));
        for (Figure figure : FIGURES) {
            heading.add(figure.title());
        }
        heading.add("texts/s");
        Table table = new Table(heading.toArray(String[]::new));
        for (Result result : results) {
            rows(
                    table,
                    "",
                    result.file.getFileName().toString(),
                    result.measured,
                    String.format(Locale.ROOT, "%.1f", result.judged.textsPerSecond()));
            result.parts.forEach((slicing, parts) ->
                    parts.forEach(part -> rows(table, "  ", slicing.key() + " " + part.name, part.measured, "")));
        }
        table.lines().forEach(streams::line);
        if (against != null) {
            Table comparisons = Comparison.table();
            results.forEach(result -> comparisons.row(
                    result.comparison.cells(result.file.getFileName().toString())));
            streams.line("");
            streams.line("against " + against);
            comparisons.lines().forEach(streams::line);
        }
    }

    private static void rows(Table table, String indent, String name, Measured measured, String speed) {
        List<String> cells = new ArrayList<>();
        cells.add(indent + name);
        cells.add(Integer.toString(measured.metrics().n()));
        cells.add(Integer.toString(measured.metrics().harmful()));
        cells.addAll(measured.cells(FIGURES));
        cells.add(speed);
        table.row(cells);
        if (!measured.intervals().isEmpty()) {
            List<String> below = new ArrayList<>(List.of(indent + "  95 %", "", ""));
            below.addAll(measured.intervalCells(FIGURES));
            below.add("");
            table.row(below);
        }
    }

    private String row(GuardInfo info, Result result) {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("file").value(result.file.toString());
        row.name("n").value(result.measured.metrics().n());
        result.measured.write(row, FIGURES);
        row.name("texts_per_s").value(result.judged.textsPerSecond());
        row.name("threshold").value(result.judged.threshold());
        row.name("policy");
        if (info.policy().isPresent()) {
            row.value(info.policy().get());
        } else {
            row.nullValue();
        }
        row.name("harmful").value(result.measured.metrics().harmful());
        bootstrap.ifPresent(draws -> row.name("bootstrap")
                .beginObject()
                .name("replicates")
                .value(draws.replicates())
                .name("confidence")
                .value(draws.confidence())
                .name("seed")
                .value(draws.seed())
                .endObject());
        result.measured.writeIntervals(row, FIGURES);
        if (!result.parts.isEmpty()) {
            row.name("by").beginObject();
            result.parts.forEach((slicing, parts) -> {
                row.name(slicing.key()).beginArray();
                for (Part part : parts) {
                    row.beginObject().name(slicing.key()).value(part.name);
                    row.name("n").value(part.measured.metrics().n());
                    row.name("harmful").value(part.measured.metrics().harmful());
                    part.measured.write(row, FIGURES);
                    part.measured.writeIntervals(row, FIGURES);
                    row.endObject();
                }
                row.endArray();
            });
            row.endObject();
        }
        if (result.comparison != null) {
            result.comparison.write(row.name("against"), against.toString());
        }
        return row.endObject().toString();
    }
}
