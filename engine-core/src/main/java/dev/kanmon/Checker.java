package dev.kanmon;

import java.util.List;

/**
 * Something that judges exchanges: a {@link Guard}, or several that work together. Adapters for frameworks take one
 * of these.
 *
 * <p>Safe to share between any number of threads. {@link #close()} is idempotent and may be called by any thread.
 */
public interface Checker extends AutoCloseable {

    /**
     * Judges one exchange.
     *
     * @throws IllegalStateException if this is closed, or is closed by another thread meanwhile
     */
    default Verdict check(Exchange exchange) {
        return checkAll(List.of(exchange)).getFirst();
    }

    /**
     * Judges exchanges together, which uses the processor better than one after the other.
     *
     * @return a verdict for each, in the same order; the same as {@link #check} gives, but for {@code elapsed}
     * @throws IllegalStateException if this is closed, or is closed by another thread meanwhile
     */
    List<Verdict> checkAll(List<? extends Exchange> exchanges);

    /** Gives memory back. Calls that are under way may end with an {@link IllegalStateException}. */
    @Override
    void close();
}
