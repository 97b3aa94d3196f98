package dev.kanmon.bench;

import java.util.ArrayList;
import java.util.List;

/** Rows of cells, as aligned text or as Markdown. The first column is set flush left, all others flush right. */
public final class Table {
    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();

    private Table(List<String> head) {
        this.head = head;
    }

    /** An empty table with these columns. */
    public static Table of(String... head) {
        return of(List.of(head));
    }

    /** An empty table with these columns. */
    public static Table of(List<String> head) {
        return new Table(List.copyOf(head));
    }

    /**
     * Adds a row.
     *
     * @throws IllegalArgumentException if it has another number of cells than the table has columns
     */
    public Table row(List<String> cells) {
        if (cells.size() != head.size()) {
            throw new IllegalArgumentException(
                    "a row of " + cells.size() + " cells, expected " + head.size() + ": " + cells);
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    /** Adds a row. */
    public Table row(String... cells) {
        return row(List.of(cells));
    }

    /** Whether there is no row. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Columns aligned with blanks. */
    public String text() {
        var widths = new int[head.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = head.get(column).length();
            for (var row : rows) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        var text = new StringBuilder(line(head, widths));
        rows.forEach(row -> text.append(line(row, widths)));
        return text.toString();
    }

    private static String line(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String blanks = " ".repeat(widths[column] - cells.get(column).length());
            line.append(column == 0 ? cells.get(column) + blanks : "  " + blanks + cells.get(column));
        }
        return line.toString().stripTrailing() + "\n";
    }

    /** A table of Markdown. */
    public String markdown() {
        var text = new StringBuilder(markdown(head));
        text.append("|---").append("|--:".repeat(head.size() - 1)).append("|\n");
        rows.forEach(row -> text.append(markdown(row)));
        return text.toString();
    }

    private static String markdown(List<String> cells) {
        var line = new StringBuilder();
        cells.forEach(cell -> line.append("| ").append(cell.replace("|", "\\|")).append(' '));
        return line.append("|\n").toString();
    }
}
