package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.GuardStream;
import dev.kanmon.KernelsOfTests;
import dev.kanmon.StreamOptions;
import dev.kanmon.StreamVerdict;
import dev.kanmon.Verdict;
import dev.kanmon.engine.Continuation;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.fault.Faulty.Fault;
import dev.kanmon.kernels.KernelChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps something between two calls: streams, known prefixes, explanations. */
class LongerWorkFaultTest {

    private static final Exchange EXCHANGE = Asked.EXCHANGES.getLast();

    private final Random random = new Random(Asked.SEED);

    private final Faulty faulty = new Faulty(KernelChoice.automatic().kernels());
    private int faults;

    @TempDir
    private Path directory;

    /** Asks with a fault somewhere in the next {@code calls} calls of the kernels, and again without until it is answered. */
    private <T> T persistently(int calls, Supplier<T> question) {
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        Throwable armed =
                random.nextInt(8) == 0 ? faulty.armAllocation(1) : faulty.arm(1 + random.nextInt(calls), fault);
        try {
            return question.get();
        } catch (RuntimeException | Error e) {
            assertSame(armed, e, () -> "thrown by nobody, seed " + Asked.SEED);
            faults++;
            faulty.disarm();
            return question.get();
        } finally {
            faulty.disarm();
        }
    }

    /** A prefix whose keys and values were half written is not taken for known. */
    @Test
    void knownPrefixes() throws Exception {
        Model.Options options = Model.Options.defaults().withThreads(2);
        KernelChoice choice = new KernelChoice(faulty.kernels(), List.of());
        try (Model model = Model.load(Goldens.own("families/qwen3_a"), options.withKernels(choice))) {
            for (int text = 0; text < 10 * Asked.TIMES; text++) {
                Continuation continuation = model.continuation();
                int[] ids = {1};
                for (int step = 0; step < 12; step++) {
                    int old = random.nextInt(4) == 0 ? 1 + random.nextInt(ids.length) : ids.length;
                    ids = Arrays.copyOf(ids, old + 1 + random.nextInt(9));
                    for (int i = old; i < ids.length; i++) {
                        ids[i] = random.nextInt(90);
                    }
                    List<TokenSequence> sequence = List.of(TokenSequence.of(ids));
                    float[] found = persistently(60, () -> continuation.logits(sequence))
                            .getFirst();
                    assertArrayEquals(
                            model.logits(sequence).getFirst(),
                            found,
                            "text " + text + ", step " + step + ", seed " + Asked.SEED);
                }
            }
        }
        assertTrue(faults > 10, "only " + faults + " faults came");
    }

    /** A chunk that could not be judged is kept, and judged with the next one; calling again does not add it twice. */
    @Test
    void streams() throws Exception {
        StreamOptions options = StreamOptions.defaults().withEveryTokens(8).withStop(1);
        GuardOptions threads = GuardOptions.defaults().withThreads(2);
        try (Guard guard = KernelsOfTests.load(Asked.MODEL, faulty.kernels(), threads)) {
            for (int text = 0; text < 5 * Asked.TIMES; text++) {
                StringBuilder reply = new StringBuilder();
                try (GuardStream stream = guard.stream(EXCHANGE.instruction(), options)) {
                    for (int chunk = 0; chunk < 12; chunk++) {
                        String more = "nothing but the wind, ".repeat(1 + random.nextInt(3));
                        reply.append(more);
                        AtomicReference<String> pending = new AtomicReference<>(more);
                        persistently(100, () -> stream.append(pending.getAndSet("")));
                    }
                    StreamVerdict end = persistently(60, stream::finish);
                    assertEquals(
                            guard.check(Exchange.of(EXCHANGE.instruction(), reply.toString()))
                                    .logits(),
                            end.verdict().orElseThrow().logits(),
                            "text " + text + ", seed " + Asked.SEED);
                }
            }
        }
        assertTrue(faults > 5, "only " + faults + " faults came");
    }

    /** An explanation that failed half-way leaves no threads, and the next one is the same as if nothing had been. */
    @Test
    void explanations() throws Exception {
        Set<Thread> before = Asked.workers();
        Path model = Asked.copy(directory);
        Explanation right;
        try (Guard guard = Guard.load(model, GuardOptions.defaults())) {
            right = guard.check(EXCHANGE).explain();
        }
        for (int round = 0; round < 2 * Asked.TIMES; round++) {
            try (Guard guard = KernelsOfTests.load(model, faulty.kernels(), GuardOptions.defaults())) {
                Verdict verdict = guard.check(EXCHANGE);
                for (int calls : new int[] {10, 200, 2000}) {
                    assertEquals(right, persistently(calls, verdict::explain), "seed " + Asked.SEED);
                }
            }
            Asked.assertNothingLeft(model, before);
        }
        assertTrue(faults > 0, "only " + faults + " faults came");
    }

    /** A guard that is closed while it explains: the explanation is right, or says so, and nothing is left. */
    @Test
    void explanationsOfAGuardThatIsClosed() throws Exception {
        Set<Thread> before = Asked.workers();
        Path model = Asked.copy(directory);
        for (int round = 0; round < 3 * Asked.TIMES; round++) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Guard guard = Guard.load(model, GuardOptions.defaults().withThreads(2));
            Verdict verdict = guard.check(EXCHANGE);
            List<Thread> askers = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                askers.add(Thread.ofPlatform().name("asker " + t).start(() -> {
                    try {
                        while (true) {
                            verdict.explain();
                        }
                    } catch (IllegalStateException e) {
                        if (!e.getMessage().contains("closed")) {
                            failure.set(e);
                        }
                    } catch (RuntimeException | Error e) {
                        failure.set(e);
                    }
                }));
            }
            Thread.sleep(random.nextInt(60));
            guard.close();
            for (Thread asker : askers) {
                Asked.join(asker);
            }
            assertNull(failure.get(), () -> "thrown: " + failure.get());
            Asked.assertNothingLeft(model, before);
        }
    }
}
