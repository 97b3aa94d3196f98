package dev.kanmon.server;

import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.GuardInfo;
import dev.kanmon.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the endpoints share: the guard behind its queue, and what is known about both. */
final class Service {

    private static final System.Logger LOG = System.getLogger(Service.class.getName());

    private final Checker checker;
    private final GuardInfo info;
    private final String model;
    private final Batcher batcher;
    private final Stats stats;
    private final Duration timeout;
    private final long startNanos = System.nanoTime();

    Service(Checker checker, GuardInfo info, Batcher batcher, Stats stats, Duration timeout) {
        this.checker = checker;
        this.info = info;
        this.batcher = batcher;
        this.stats = stats;
        this.timeout = timeout;
        model = nameOf(info.model());
    }

    /** The last part of a path, without its ending: where the operator keeps models is nobody's business. */
    private static String nameOf(String source) {
        String name = source.substring(Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1);
        return name.isEmpty() ? source : name.replaceFirst("\\.gguf$", "");
    }

    String model() {
        return model;
    }

    GuardInfo info() {
        return info;
    }

    Batcher batcher() {
        return batcher;
    }

    Stats stats() {
        return stats;
    }

    Checker checker() {
        return checker;
    }

    /** Name of the policy that the guard judges by. */
    Optional<String> policy() {
        return info.policy();
    }

    SequencedMap<String, Double> policies() {
        return info.policies();
    }

    double threshold(String policy) throws ApiError {
        Double threshold = info.policies().get(policy);
        if (threshold == null) {
            throw ApiError.bad(
                    "policy: this model does not have it; known: "
                            + String.join(", ", info.policies().keySet()),
                    "policy");
        }
        return threshold;
    }

    double uptimeSeconds() {
        return (System.nanoTime() - startNanos) / 1_000_000_000.0;
    }

    /** Judges exchanges of one request, together with those of others. */
    List<Verdict> judge(List<Exchange> exchanges) throws ApiError {
        long deadline = System.nanoTime() + timeout.toNanos();
        List<Ticket> tickets = batcher.submit(exchanges);
        try {
            Verdict[] verdicts = new Verdict[tickets.size()];
            for (int i = 0; i < verdicts.length; i++) {
                verdicts[i] = await(tickets.get(i), deadline);
            }
            return List.of(verdicts);
        } finally {
            tickets.forEach(ticket -> ticket.cancel(false)); // those that nobody waits for any more
        }
    }

    private Verdict await(Ticket ticket, long deadline) throws ApiError {
        try {
            return ticket.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw ApiError.server(504, "timeout", "the verdict: was not there in " + timeout.toMillis() + " ms");
        } catch (InterruptedException | CancellationException e) {
            throw ApiError.server(503, "closing", "the server: is closing");
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        }
    }

    /** What a failure of the guard means for the client; the engine's messages never hold a text. */
    static ApiError failed(Throwable cause) {
        if (cause instanceof IllegalArgumentException) {
            return ApiError.bad("the text: cannot be judged: " + cause.getMessage(), null);
        }
        LOG.log(System.Logger.Level.ERROR, "an exchange could not be judged: {0}", Failures.describe(cause));
        return ApiError.server(500, "guard_failed", "the guard: could not judge this");
    }
}
