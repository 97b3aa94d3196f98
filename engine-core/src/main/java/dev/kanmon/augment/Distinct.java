package dev.kanmon.augment;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rows of different texts, up to a number. */
final class Distinct {

    private final int most;
    private final List<Row> rows = new ArrayList<>();
    private final Set<String> texts = new HashSet<>();

    Distinct(int most) {
        this.most = most;
    }

    /** Takes the row unless there is one of the same words, or there are enough. */
    void add(Row row) {
        if (rows.size() < most && texts.add(key(row))) {
            rows.add(row);
        }
    }

    /** What two rows are the same by. */
    static String key(Row row) {
        return Words.normalised(row.instruction()) + "\n" + Words.normalised(row.response());
    }

    int size() {
        return rows.size();
    }

    List<Row> rows() {
        return List.copyOf(rows);
    }
}
