package dev.kanmon.bench.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Times several engines in turns, so that whatever else happens on the machine happens to all of them. Between turns all
 * rest for {@value #PAUSE_MILLIS} ms, in which threads that spin for more work go to sleep.
 */
final class Turns {
    static final long PAUSE_MILLIS = 5;

    /** An engine's first turn is longer: C2 compiles, caches and pools fill. */
    private static final Length WARM_UP = new Length(1500, 1);

    private Turns() {}

    /**
     * How long a turn is.
     *
     * @param millis after which no further call begins
     * @param calls that are made in any case
     */
    record Length(long millis, int calls) {
        /** A length of which a turn's first call, not counted, is a small part. */
        static final Length DEFAULT = new Length(60, 2);
    }

    /** What an engine does in one call. */
    interface Call {
        void run() throws IOException;
    }

    /**
     * Milliseconds of each call. A first one is not counted, since it finds caches and threads as somebody else left
     * them; of calls of 250 ms and more that does not show, and it is.
     */
    static double[] calls(Length length, Call call) throws IOException {
        long start = System.nanoTime();
        call.run();
        var times = new ArrayList<Double>();
        long now = System.nanoTime();
        if (now - start > TimeUnit.MILLISECONDS.toNanos(250)) {
            times.add((now - start) / 1e6);
        }
        long end = now + TimeUnit.MILLISECONDS.toNanos(length.millis);
        while (times.size() < length.calls || now < end) {
            long from = now;
            call.run();
            now = System.nanoTime();
            times.add((now - from) / 1e6);
        }
        return times.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** The times of each engine, in the order of {@code engines}, over all rounds. */
    static List<double[]> of(List<? extends Engine> engines, int rounds, Length length)
            throws IOException, InterruptedException {
        var times = new ArrayList<List<Double>>();
        for (var engine : engines) {
            engine.turn(WARM_UP);
            times.add(new ArrayList<>());
        }
        for (int round = 0; round < rounds; round++) {
            for (int e = 0; e < engines.size(); e++) {
                Thread.sleep(PAUSE_MILLIS);
                for (double time : engines.get(e).turn(length)) {
                    times.get(e).add(time);
                }
            }
        }
        return times.stream()
                .map(all -> all.stream().mapToDouble(Double::doubleValue).toArray())
                .toList();
    }
}
