package dev.kanmon.server;

import dev.kanmon.Outcome;
import dev.kanmon.formats.json.JsonWriter;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** What the last ten minutes were like, in steps of five seconds. Safe to share; takes the same memory always. */
final class Stats {

    /** How a request ended. */
    enum End {
        HARMLESS,
        HARMFUL,
        INCOMPLETE,
        /** Refused because there was too much to do: 429, 503. */
        REJECTED,
        /** Anything else that was not answered. */
        ERROR
    }

    static final int STEP_SECONDS = 5;
    static final int STEPS = 120;

    private final LongSupplier epochMillis;
    private final Bucket[] buckets = new Bucket[STEPS];

    Stats() {
        this(System::currentTimeMillis);
    }

    /** @param epochMillis the clock */
    Stats(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
        Arrays.setAll(buckets, _ -> new Bucket());
    }

    private long step() {
        return epochMillis.getAsLong() / (1000 * STEP_SECONDS);
    }

    /** The server's clock, in seconds of the epoch: what the buckets' times are to be compared with. */
    long now() {
        return epochMillis.getAsLong() / 1000;
    }

    /** A request that asked for one verdict or several, and what it took. */
    void request(long nanos) {
        long step = step();
        Bucket bucket = buckets[(int) (step % STEPS)];
        synchronized (bucket) {
            bucket.begin(step);
            bucket.requests++;
            bucket.latencies[Bucket.slot(nanos)]++;
        }
    }

    /** A verdict. */
    void count(Outcome outcome) {
        count(
                switch (outcome) {
                    case HARMLESS -> End.HARMLESS;
                    case HARMFUL -> End.HARMFUL;
                    case INCOMPLETE -> End.INCOMPLETE;
                });
    }

    /** How a request ended. */
    void count(End end) {
        long step = step();
        Bucket bucket = buckets[(int) (step % STEPS)];
        synchronized (bucket) {
            bucket.begin(step);
            bucket.ends[end.ordinal()]++;
        }
    }

    /** Writes the array of the buckets in which anything happened, oldest first. */
    void write(JsonWriter out) {
        out.beginArray();
        long now = step();
        for (long step = Math.max(0, now - STEPS + 1); step <= now; step++) {
            Bucket bucket = buckets[(int) (step % STEPS)];
            synchronized (bucket) {
                if (bucket.step == step) {
                    bucket.write(out);
                }
            }
        }
        out.endArray();
    }

    private static final class Bucket {

        /** Slots of the latencies' logarithms: eight to a doubling, from 10 µs. */
        private static final int PER_DOUBLING = 8;

        private static final double LEAST_NANOS = 10_000;
        private static final int SLOTS = 28 * PER_DOUBLING;

        private long step = -1;
        private long requests;
        private final long[] ends = new long[End.values().length];
        private final int[] latencies = new int[SLOTS];

        static int slot(long nanos) {
            double doublings = Math.log(Math.max(nanos, LEAST_NANOS) / LEAST_NANOS) / Math.log(2);
            return Math.min(SLOTS - 1, (int) (doublings * PER_DOUBLING));
        }

        private static double millis(int slot) {
            return LEAST_NANOS * Math.pow(2, (slot + 0.5) / PER_DOUBLING) / 1e6;
        }

        void begin(long now) {
            if (step != now) {
                step = now;
                requests = 0;
                Arrays.fill(ends, 0);
                Arrays.fill(latencies, 0);
            }
        }

        /** The latency below which this share of the requests is, within 5 %; 0 without requests. */
        private double quantile(double share) {
            long rank = (long) Math.ceil(share * requests);
            long seen = 0;
            for (int slot = 0; slot < SLOTS; slot++) {
                seen += latencies[slot];
                if (seen >= rank && seen > 0) {
                    return Math.round(millis(slot) * 1000) / 1000.0;
                }
            }
            return 0;
        }

        void write(JsonWriter out) {
            out.beginObject().name("t").value(step * STEP_SECONDS);
            out.name("requests").value(requests);
            out.name("harmless").value(ends[End.HARMLESS.ordinal()]);
            out.name("harmful").value(ends[End.HARMFUL.ordinal()]);
            out.name("incomplete").value(ends[End.INCOMPLETE.ordinal()]);
            out.name("rejected").value(ends[End.REJECTED.ordinal()]);
            out.name("errors").value(ends[End.ERROR.ordinal()]);
            out.name("p50_ms").value(quantile(0.5));
            out.name("p99_ms").value(quantile(0.99));
            out.endObject();
        }
    }
}
