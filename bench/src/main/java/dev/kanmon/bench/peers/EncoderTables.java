package dev.kanmon.bench.peers;

import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/** What {@link Peers} measured, as tables: a row for each length and number of threads, a column for each engine. */
public final class EncoderTables {
    private static final List<String> FORMS = List.of("fp32", "bf16", "int8");

    private EncoderTables() {}

    /** As text. */
    static String text(Figures figures) {
        var text = new StringBuilder();
        each(
                figures,
                (title, table) -> text.append('\n').append(title).append('\n').append(table.text()));
        return text.toString();
    }

    /** As Markdown. */
    public static String markdown(Figures figures) {
        var text = new StringBuilder();
        each(
                figures,
                (title, table) ->
                        text.append("\n**").append(title).append("**\n\n").append(table.markdown()));
        return text.toString();
    }

    private static void each(Figures figures, BiConsumer<String, Table> consumer) {
        var encoder = figures.of("encoder");
        for (String shape : encoder.distinct(Measure::subject)) {
            var of = encoder.on(shape);
            consumer.accept(shape + ", batch 1, ms a call, minimum / median", times(of));
            consumer.accept(shape + ", share of the roof, % (useful work of the whole model, minimum)", shares(of));
            var faithful = figures.of("faithful").on(shape);
            if (!faithful.all().isEmpty()) {
                consumer.accept(
                        shape + ", hidden states against our fp32: largest and mean difference", differences(faithful));
            }
        }
    }

    /** Columns: our siblings one by one, of a peer the best of its settings. */
    private static List<List<String>> columns(Figures of) {
        var columns = new ArrayList<List<String>>();
        for (String engine : of.distinct(Measure::engine)) {
            String column = engine.startsWith("kanmon") ? engine : engine.split("-")[0];
            for (String form : FORMS) {
                boolean there = of.all().stream()
                        .anyMatch(m -> m.engine().equals(engine) && m.form().equals(form));
                if (there && !column.equals("roof") && !columns.contains(List.of(column, form))) {
                    columns.add(List.of(column, form));
                }
            }
        }
        return columns;
    }

    private static Figures only(Figures cell, String engine) {
        return Figures.of(cell.all().stream()
                .filter(m -> m.engine().equals(engine) || m.engine().startsWith(engine + "-"))
                .toList());
    }

    private static Table times(Figures of) {
        return rows(of, (measure, _) -> String.format(Locale.ROOT, "%.2f / %.2f", measure.min(), measure.median()));
    }

    private static Table shares(Figures of) {
        return rows(
                of,
                (measure, cell) -> cell.best("roof", measure.form())
                        .map(roof -> String.format(Locale.ROOT, "%.0f", 100 * roof.min() / measure.min()))
                        .orElse("-"));
    }

    private interface Cell {
        String text(Measure measure, Figures cell);
    }

    private static Table rows(Figures of, Cell text) {
        var columns = columns(of);
        var head = new ArrayList<>(List.of("tokens, threads"));
        columns.forEach(column -> head.add(String.join(" ", column)));
        var table = Table.of(head);
        for (int threads : of.numbers(Measure::threads)) {
            for (int tokens : of.threads(threads).numbers(Measure::size)) {
                var cell = of.threads(threads).size(tokens);
                var row = new ArrayList<>(List.of(tokens + ", " + threads));
                for (var column : columns) {
                    var engine = only(cell, column.getFirst());
                    row.add((column.getFirst().startsWith("kanmon")
                                    ? engine.best("kanmon", column.getLast())
                                    : engine.best(column.getFirst(), column.getLast()))
                            .map(measure -> text.text(measure, cell))
                            .orElse("-"));
                }
                table.row(row);
            }
        }
        return table;
    }

    /** Over all lengths and numbers of threads: the largest of the largest, and the largest of the means. */
    private static Table differences(Figures faithful) {
        var table = Table.of("engine", "largest", "mean");
        for (String form : FORMS) {
            for (String engine : faithful.distinct(Measure::engine)) {
                var of = faithful.all().stream()
                        .filter(m -> m.engine().equals(engine) && m.form().equals(form))
                        .toList();
                if (!of.isEmpty()) {
                    table.row(
                            engine + " " + form,
                            digits(of.stream().mapToDouble(Measure::min).max().orElseThrow()),
                            digits(of.stream()
                                    .mapToDouble(Measure::median)
                                    .max()
                                    .orElseThrow()));
                }
            }
        }
        return table;
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, "%.2g", value);
    }
}
