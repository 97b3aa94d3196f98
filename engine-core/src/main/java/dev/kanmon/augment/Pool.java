package dev.kanmon.augment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Rows to draw from, one source after the other, so that a large source does not drown the rest: each source goes through
 * its rows in a new order before any of them comes again.
 */
final class Pool {

    private final List<List<Row>> sources;
    private final List<Deque<Row>> left = new ArrayList<>();
    private final SplittableRandom random;
    private int next;

    private Pool(List<List<Row>> sources, SplittableRandom random) {
        this.sources = sources;
        this.random = random;
        sources.forEach(_ -> left.add(new ArrayDeque<>()));
    }

    /** The rows that suit. */
    static Pool of(List<Row> rows, Predicate<Row> suits, SplittableRandom random) {
        Map<String, List<Row>> bySource = new LinkedHashMap<>();
        for (Row row : rows) {
            if (suits.test(row)) {
                bySource.computeIfAbsent(row.source(), _ -> new ArrayList<>()).add(row);
            }
        }
        return new Pool(List.copyOf(bySource.values()), random);
    }

    /** Whether there is nothing to draw. */
    boolean isEmpty() {
        return sources.isEmpty();
    }

    /** The next row. */
    Row draw() {
        int source = next++ % sources.size();
        Deque<Row> rows = left.get(source);
        if (rows.isEmpty()) {
            List<Row> order = new ArrayList<>(sources.get(source));
            for (int i = order.size() - 1; i > 0; i--) {
                order.set(i, order.set(random.nextInt(i + 1), order.get(i)));
            }
            rows.addAll(order);
        }
        return rows.poll();
    }

    /** Whether a row is an instruction alone, and labelled. */
    static boolean isInstruction(Row row) {
        return row.response().isEmpty() && row.harmful().isPresent();
    }

    /** Whether a row is labelled so. */
    static boolean is(Row row, int label) {
        return row.harmful().isPresent() && row.harmful().getAsInt() == label;
    }
}
