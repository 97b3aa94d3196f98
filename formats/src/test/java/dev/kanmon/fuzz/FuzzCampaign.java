package dev.kanmon.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Gives damaged files to a reader: each must be read, or be refused in the way that is allowed, within time and memory.
 *
 * <p>Three system properties change what is run: {@code kanmon.fuzz.times} multiplies the number of cases, {@code
 * kanmon.fuzz.seed} is the seed, and {@code kanmon.fuzz.case} runs that one case only, to look at a failure.
 */
public final class FuzzCampaign {
    /** Of the thread's own time, so that a busy machine fails nothing. */
    private static final long MOST_CPU_NANOS = 2_000_000_000L;
    /** What a reader may allocate: its own buffers and, for each byte of a file, a few objects. */
    private static final long ALLOCATION_BASE = 256 << 10;

    private static final long ALLOCATION_FACTOR = 64;
    private static final long HANG_MILLIS = 20_000;

    private static final List<BufferPoolMXBean> BUFFERS = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

    private final String name;
    private final Cases mutator;
    private final long mostBase;
    private final long seed;
    private long accepted;
    private long refused;
    private long mostAllocated;
    private volatile long runningSince;
    private volatile Mutator.Case running;

    /** Reads all of a file, and throws what the reader throws. */
    @FunctionalInterface
    public interface Target {
        /** Reads the file. */
        void read(byte[] bytes) throws Exception;
    }

    /** Judges what a reader threw. */
    @FunctionalInterface
    public interface Refusals {
        /** What is wrong with the exception; empty if it is the right way to refuse. */
        Optional<String> fault(Throwable thrown);
    }

    /** Makes the cases of a campaign. */
    public interface Cases {
        /** Well-formed files, which the target must read. */
        List<byte[]> seeds();

        /** Case {@code number}: always the same. */
        Mutator.Case make(long number);
    }

    private FuzzCampaign(String name, Cases mutator, long mostBase, long seed) {
        this.name = name;
        this.seed = seed;
        this.mutator = mutator;
        this.mostBase = mostBase;
    }

    /** The seed that this run of the tests is told to use. */
    public static long seed() {
        return Long.getLong("kanmon.fuzz.seed", 1);
    }

    /**
     * Runs a campaign of files of bytes and prints a line with what happened.
     *
     * @param name of the reader, for messages
     * @param seeds well-formed files, which the target must read
     * @param cases how many damaged ones
     * @throws AssertionError at the first case that breaks a rule; its message reproduces it
     */
    public static void run(String name, List<byte[]> seeds, long cases, Target target, Refusals refusals) {
        run(name, Mutator.of(seeds, seed()), cases, ALLOCATION_BASE, target, refusals);
    }

    /**
     * Runs a campaign and prints a line with what happened.
     *
     * @param name of the reader, for messages
     * @param mutator makes the cases, of {@link #seed()}
     * @param cases how many
     * @param allocationBase bytes that a case may allocate whatever its size, beside what its bytes may
     * @throws AssertionError at the first case that breaks a rule; its message reproduces it
     */
    public static void run(
            String name, Cases mutator, long cases, long allocationBase, Target target, Refusals refusals) {
        var campaign = new FuzzCampaign(name, mutator, allocationBase, seed());
        for (var bytes : mutator.seeds()) {
            try {
                target.read(bytes);
            } catch (Exception e) {
                throw new AssertionError(name + ": a seed file is refused, expected well-formed ones", e);
            }
        }
        var single = Long.getLong("kanmon.fuzz.case");
        long start = System.nanoTime();
        long from = single == null ? 0 : single;
        long to = single == null ? cases * Long.getLong("kanmon.fuzz.times", 1) : single + 1;
        var watchdog = campaign.watch(Thread.currentThread());
        try {
            for (long number = from; number < to; number++) {
                campaign.check(campaign.mutator.make(number), target, refusals);
            }
        } finally {
            watchdog.interrupt();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "fuzz %s: seed %d, %d cases (%d read, %d refused), %.0f cases/s, at most %d KB allocated%n",
                name,
                campaign.seed,
                to - from,
                campaign.accepted,
                campaign.refused,
                (to - from) / seconds,
                campaign.mostAllocated >> 10);
    }

    private void check(Mutator.Case test, Target target, Refusals refusals) {
        var run = measure(test, target);
        if (run.thrown == null) {
            accepted++;
        } else {
            refused++;
            var fault = refusals.fault(run.thrown);
            if (fault.isPresent()) {
                throw new AssertionError(describe(test) + ": " + fault.get(), run.thrown);
            }
        }
        long most = mostBase + ALLOCATION_FACTOR * test.bytes().length;
        if (run.cpuNanos > MOST_CPU_NANOS || run.allocated > most) {
            // The first to come this way pays for loading classes; the second does not.
            run = measure(test, target);
        }
        if (run.cpuNanos > MOST_CPU_NANOS) {
            throw new AssertionError(describe(test) + ": took " + run.cpuNanos / 1_000_000 + " ms", run.thrown);
        }
        if (run.allocated > most) {
            throw new AssertionError(
                    describe(test) + ": allocated " + run.allocated + " bytes for a file of " + test.bytes().length,
                    run.thrown);
        }
        mostAllocated = Math.max(mostAllocated, run.allocated);
    }

    /** What it took to read a case, and what was thrown, or null. */
    private record Run(long cpuNanos, long allocated, Throwable thrown) {}

    private Run measure(Mutator.Case test, Target target) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        running = test;
        runningSince = System.currentTimeMillis();
        long cpu = threads.getCurrentThreadCpuTime();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long direct = direct();
        Throwable thrown = null;
        // A reader may write to what it is given.
        var bytes = test.bytes().clone();
        try {
            target.read(bytes);
        } catch (Throwable e) {
            // Errors too: running out of stack or memory is what is looked for.
            thrown = e;
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated + Math.max(0, direct() - direct);
        cpu = threads.getCurrentThreadCpuTime() - cpu;
        runningSince = 0;
        return new Run(cpu, allocated, thrown);
    }

    /** Bytes beside the heap, of all threads, until they are collected. */
    private static long direct() {
        for (var pool : BUFFERS) {
            if (pool.getName().equals("direct")) {
                return pool.getMemoryUsed();
            }
        }
        throw new IllegalStateException("this JVM does not count direct memory");
    }

    private String describe(Mutator.Case test) {
        return name + ", -Dkanmon.fuzz.seed=" + seed + " -Dkanmon.fuzz.case=" + test.number() + " ("
                + test.description() + ")";
    }

    /** A reader that hangs cannot be stopped, but the case can be named before the build is given up. */
    private Thread watch(Thread reader) {
        return Thread.ofPlatform().daemon().name("fuzz watchdog").start(() -> {
            Mutator.Case named = null;
            while (true) {
                try {
                    Thread.sleep(500);
                } catch (InterruptedException e) {
                    return;
                }
                var test = running;
                long since = runningSince;
                if (since != 0 && System.currentTimeMillis() - since > HANG_MILLIS && test != named) {
                    named = test;
                    System.err.println(describe(test) + ": still running after " + HANG_MILLIS + " ms in");
                    Arrays.stream(reader.getStackTrace())
                            .limit(30)
                            .forEach(frame -> System.err.println("    " + frame));
                }
            }
        });
    }
}
