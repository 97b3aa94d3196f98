package dev.kanmon.augment;

import java.util.List;

/** A way to make new rows out of rows. */
public interface Method {

    /** What {@code kanmon augment --method} calls it. */
    String name();

    /**
     * Makes rows.
     *
     * @param rows to start from; not changed
     * @param count rows to make, at most; fewer where the method finds no more
     * @param seed decides every choice: the same rows, count and seed give the same result
     * @return new rows, each with its own source, and in its extras what it was made of and how
     * @throws IllegalArgumentException if {@code count} is negative, or the rows hold nothing that it could start from
     */
    List<Row> apply(List<Row> rows, int count, long seed);
}
