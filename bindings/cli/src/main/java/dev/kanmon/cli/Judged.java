package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import dev.kanmon.cli.Main.Streams;
import java.util.ArrayList;
import java.util.List;

/**
 * A guard's verdicts on a file's rows.
 *
 * @param verdicts in the order of the rows
 * @param threshold the guard's
 * @param textsPerSecond how fast it was
 */
record Judged(List<Verdict> verdicts, double threshold, double textsPerSecond) {

    /** Rows judged together: enough to keep all threads busy, few enough for the progress line to move. */
    static final int BATCH = 16;

    /** Judges all of them, with a line that says how far it is. */
    static Judged of(Guard guard, List<Exchange> exchanges, String what, Streams streams) {
        List<Verdict> verdicts = new ArrayList<>(exchanges.size());
        long start = System.nanoTime();
        try (Progress progress = new Progress(streams, what, "texts", exchanges.size())) {
            for (int from = 0; from < exchanges.size(); from += BATCH) {
                verdicts.addAll(guard.checkAll(exchanges.subList(from, Math.min(from + BATCH, exchanges.size()))));
                progress.update(verdicts.size());
            }
        }
        long incomplete = verdicts.stream().filter(Verdict::incomplete).count();
        if (incomplete > 0) {
            streams.note(what + ": " + incomplete + " of " + verdicts.size()
                    + " texts were not read whole (--max-work); they count by what was read");
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Judged(verdicts, guard.info().threshold(), exchanges.size() / seconds);
    }

    double[] probabilities() {
        return verdicts.stream().mapToDouble(Verdict::probability).toArray();
    }

    boolean[] flags() {
        boolean[] flags = new boolean[verdicts.size()];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = verdicts.get(i).harmful();
        }
        return flags;
    }
}
