package dev.kanmon.cli;

import dev.kanmon.augment.Leakage;
import dev.kanmon.augment.Preparation;
import dev.kanmon.augment.Preparation.SourceReport;
import dev.kanmon.augment.Recipe;
import dev.kanmon.augment.Row;
import dev.kanmon.augment.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kanmon prepare}: the files of a training run. */
@Command(
        name = "prepare",
        description = {
            "Makes the files of a training run: leaves out what a recipe says and what is too close to a test set,",
            "holds rows back for validation and calibration, and makes wrapped, rewritten and edited rows of the rest."
        })
final class PrepareCommand extends KanmonCommand {

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE.jsonl",
            description = "Rows to train with, labelled or not.")
    private List<Path> data;

    @Option(
            names = "--against",
            required = true,
            arity = "1..*",
            paramLabel = "FILE.jsonl",
            description = "Test sets: no row that is made may be close to one of theirs.")
    private List<Path> against;

    @Option(
            names = "--recipe",
            required = true,
            paramLabel = "FILE.json",
            description = "Seed, shares, numbers of new rows, and what to do with each source.")
    private Path recipe;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Gets train, augmented, edited, validation, calibration and unlabelled .jsonl.")
    private Path out;

    @Override
    public Integer call() throws IOException {
        Recipe wanted = Recipe.read(recipe);
        Leakage tests = Leakage.against(rows(against));
        Preparation prepared = Preparation.of(rows(data), wanted, tests);
        Map<String, List<Row>> files = new LinkedHashMap<>();
        files.put("train", prepared.train());
        files.put("augmented", prepared.augmented());
        files.put("edited", prepared.edited());
        files.put("validation", prepared.validation());
        files.put("calibration", prepared.calibration());
        files.put("unlabelled", prepared.unlabelled());
        Files.createDirectories(out);
        Table table = new Table("file", "rows", "harmless", "harmful", "pairs");
        for (Map.Entry<String, List<Row>> file : files.entrySet()) {
            Path path = out.resolve(file.getKey() + ".jsonl");
            Rows.write(path, file.getValue());
            table.row(cells(file.getKey(), file.getValue()));
        }
        sources(prepared.report()).lines().forEach(streams::note);
        table.lines().forEach(streams::line);
        return ExitStatus.OK;
    }

    private static List<Row> rows(List<Path> files) throws IOException {
        List<Row> all = new ArrayList<>();
        for (Path file : files) {
            all.addAll(Rows.read(file));
        }
        return all;
    }

    private static List<String> cells(String name, List<Row> rows) {
        return List.of(
                name,
                Integer.toString(rows.size()),
                Long.toString(labelled(rows, 0)),
                Long.toString(labelled(rows, 1)),
                Long.toString(
                        rows.stream().filter(row -> !row.response().isEmpty()).count()));
    }

    private static long labelled(List<Row> rows, int label) {
        return rows.stream()
                .filter(row -> row.harmful().isPresent() && row.harmful().getAsInt() == label)
                .count();
    }

    private static Table sources(List<SourceReport> report) {
        Table table =
                new Table("source", "read", "left out", "too close", "repeated", "harmless", "harmful", "unlabelled");
        for (SourceReport source : report) {
            table.row(List.of(
                    source.source(),
                    Integer.toString(source.read()),
                    Integer.toString(source.leftOut()),
                    Integer.toString(source.leaked()),
                    Integer.toString(source.repeated()),
                    Integer.toString(source.harmless()),
                    Integer.toString(source.harmful()),
                    Integer.toString(source.unlabelled())));
        }
        return table;
    }
}
