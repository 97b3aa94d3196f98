package dev.kanmon.engine.encoder;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Runs the independent pieces of one computation on a fixed number of threads, the calling one among them.
 *
 * <p>Which thread runs which piece is left to chance, so pieces must write to disjoint memory; results then do
 * not depend on the number of threads. Safe to share: when its threads are busy for one caller, another caller
 * does its own work alone instead of waiting.
 *
 * @implNote Threads look for work for a moment after a region before they sleep, since the regions of one forward pass
 *     follow each other within microseconds; an idle model uses no CPU.
 */
public final class Parallel implements AutoCloseable {

    /** One piece of work. */
    @FunctionalInterface
    public interface Task {
        /**
         * Runs piece {@code index}.
         *
         * @param index 0 to the number of pieces
         * @param worker 0 to {@link #width()}; no two pieces run at the same time with the same number, so it may
         *     pick a scratch buffer
         */
        void run(int index, int worker);
    }

    private final int width;
    private final Executor lender;

    /** The team of own threads, or null. */
    private final Team own;

    /** Held by the caller that the own threads help: the first of several gets them. */
    private final AtomicBoolean busy = new AtomicBoolean();

    /** Teams of lent threads that help nobody. */
    private final ConcurrentLinkedDeque<Team> idle = new ConcurrentLinkedDeque<>();

    private volatile boolean closed;

    private Parallel(int width, Executor lender) {
        if (width < 1) {
            throw new IllegalArgumentException("threads: found " + width + ", expected at least 1");
        }
        this.width = width;
        this.lender = lender;
        own = lender == null && width > 1 ? new Team(width - 1, null) : null;
    }

    /** The calling thread, and {@code threads - 1} daemon threads that live until {@link #close()}. */
    public static Parallel ofThreads(int threads) {
        return new Parallel(threads, null);
    }

    /**
     * The calling thread, and up to {@code threads - 1} that {@code lender} gives. They stay for a moment after a region,
     * in case another follows.
     */
    public static Parallel ofExecutor(Executor lender, int threads) {
        return new Parallel(threads, Objects.requireNonNull(lender, "lender"));
    }

    /** Up to {@code threads} with those of {@code lender}; where there is none, {@code own} of its own. */
    public static Parallel of(Optional<Executor> lender, int threads, int own) {
        return lender.map(executor -> ofExecutor(executor, threads)).orElseGet(() -> ofThreads(own));
    }

    /** Threads that a region uses at most. */
    public int width() {
        return width;
    }

    /**
     * Runs pieces 0 to {@code pieces - 1} and returns when all are done.
     *
     * @throws RuntimeException the first that a piece threw; the other pieces have then ended too
     */
    public void run(int pieces, Task task) {
        if (width == 1 || pieces <= 1) {
            for (int i = 0; i < pieces; i++) {
                task.run(i, 0);
            }
            return;
        }
        Region region = new Region(pieces, task);
        Team team = closed ? null : team();
        if (team == null) {
            region.help(0);
        } else {
            try {
                team.run(region);
            } finally {
                giveBack(team);
            }
        }
        region.rethrow();
    }

    /** A team that helps nobody else, or null. */
    private Team team() {
        if (lender == null) {
            return busy.compareAndSet(false, true) ? own : null;
        }
        Team team = idle.pollFirst();
        return team == null ? new Team(width - 1, lender) : team;
    }

    private void giveBack(Team team) {
        if (team == own) {
            busy.set(false); // Without a node in a list: threads are not lost when the memory for it is.
        } else {
            idle.addFirst(team);
        }
    }

    /** {@link #run}, for those who do not ask which worker they are. */
    public void runPieces(int pieces, IntConsumer piece) {
        run(pieces, (index, _) -> piece.accept(index));
    }

    /** Ends the own threads. Regions that still come run on their calling thread. Idempotent. */
    @Override
    public void close() {
        closed = true;
        if (own != null) {
            own.close();
        }
    }
}
