package dev.kanmon.cli;

import dev.kanmon.cli.Main.Streams;
import java.time.Duration;
import java.util.Locale;

/** A line on a terminal's standard error that says how far long work is; nothing where there is no terminal. */
final class Progress implements AutoCloseable {

    private static final long REFRESH_NANOS = 100_000_000;
    private static final int CELLS = 24;

    private final Streams streams;
    private final String what;
    private final String unit;
    private long total;
    private final long start = System.nanoTime();
    private long drawn = start - REFRESH_NANOS;

    /**
     * @param what is being done
     * @param unit of {@code total}, in the plural
     * @param total how much there is to do
     */
    Progress(Streams streams, String what, String unit, long total) {
        this.streams = streams;
        this.what = what;
        this.unit = unit;
        this.total = total;
    }

    /** Says that {@code done} of the total are done. */
    void update(long done) {
        long now = System.nanoTime();
        if (!streams.terminal().err() || now - drawn < REFRESH_NANOS && done < total) {
            return;
        }
        drawn = now;
        double share = total == 0 ? 1 : (double) done / total;
        double perSecond = done / Math.max(1e-9, (now - start) / 1e9);
        int full = (int) (share * CELLS);
        Duration left = Duration.ofSeconds(perSecond == 0 ? 0 : Math.round((total - done) / perSecond));
        streams.err()
                .print(String.format(
                        Locale.ROOT,
                        "\r\u001b[K%s %s%s %d of %d %s, %.0f/s, %d:%02d left",
                        what,
                        "━".repeat(full),
                        "╌".repeat(CELLS - full),
                        done,
                        total,
                        unit,
                        perSecond,
                        left.toMinutes(),
                        left.toSecondsPart()));
        streams.err().flush();
    }

    /** Says that {@code done} of {@code all} are done, where the total was not known at first. */
    void update(long done, long all) {
        total = all;
        update(done);
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (streams.terminal().err()) {
            streams.err().print("\r\u001b[K");
            streams.err().flush();
        }
    }
}
