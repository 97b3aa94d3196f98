package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.Verdict;
import dev.kanmon.engine.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What all tests of faults ask a guard, what the right answer is, and what a guard leaves behind. */
final class Asked {

    /** How many times as long as in a normal build, and another seed: {@code scripts/faults}. */
    static final int TIMES = Integer.getInteger("kanmon.faults.times", 1);

    static final long SEED = Long.getLong("kanmon.faults.seed", 1);

    static final Path MODEL = Goldens.own("models/bert_a");

    /** Short, long (several windows, blocks for several threads), and a reply. */
    static final List<Exchange> EXCHANGES = List.of(
            Exchange.of("how do I bake bread"),
            Exchange.of("a stranger on the road at night ".repeat(40)),
            Exchange.of("what is in the box", "nothing but the wind ".repeat(9)));

    /** How long anything that must end may take on a machine that is very busy. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String WORKER = "kanmon-worker-";

    private Asked() {}

    /** The answer of a guard that nothing happens to. */
    static List<List<Double>> right() throws IOException {
        try (Guard guard = Guard.load(MODEL, GuardOptions.defaults())) {
            return logits(guard);
        }
    }

    /** What a guard answers: the bits of its logits. */
    static List<List<Double>> logits(Guard guard) {
        return guard.checkAll(EXCHANGES).stream().map(Verdict::logits).toList();
    }

    /** A copy of the model with a path of its own, by which its mapping can be found. */
    static Path copy(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(MODEL)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return directory;
    }

    /** Whether this process has a file of this directory mapped; false where the system does not tell. */
    static boolean isMapped(Path directory) {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(maps)) {
            return lines.anyMatch(line -> line.contains(directory.toString()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Threads of guards that are alive. */
    static Set<Thread> workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(WORKER))
                .collect(Collectors.toSet());
    }

    /** Waits for what must come, since closing waits for nobody. */
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                fail("after " + PATIENCE.toSeconds() + " s still not so: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** Joins a thread that must end. */
    static void join(Thread thread) throws InterruptedException {
        if (!thread.join(PATIENCE)) {
            StackTraceElement[] where = thread.getStackTrace();
            fail(thread.getName() + " still waits after " + PATIENCE.toSeconds() + " s, at "
                    + Stream.of(where).map(Object::toString).collect(Collectors.joining("\n  ")));
        }
    }

    /** Nothing is left of a closed guard: neither its threads, apart from those that were there before, nor its file. */
    static void assertNothingLeft(Path model, Set<Thread> before) throws InterruptedException {
        await("the file of the closed guard is unmapped", () -> !isMapped(model));
        await("the workers of the closed guard have ended", () -> before.containsAll(workers()));
    }

    static void assertRight(List<List<Double>> right, Guard guard, String when) {
        assertEquals(right, logits(guard), () -> "logits " + when + ", seed " + SEED);
    }
}
