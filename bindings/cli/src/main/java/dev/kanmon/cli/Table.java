package dev.kanmon.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows of cells in columns, the first column to the left, the others to the right. */
final class Table {

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heading) {
        rows.add(List.of(heading));
    }

    void row(List<String> cells) {
        rows.add(List.copyOf(cells));
    }

    /** The lines, without their ends. */
    List<String> lines() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                String blanks = " ".repeat(widths[c] - row.get(c).length());
                line.append(c == 0 ? row.get(c) + blanks : "  " + blanks + row.get(c));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
