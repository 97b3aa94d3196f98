package dev.kanmon.kernels;

import java.util.function.IntConsumer;

/** Runs the independent pieces of one piece of work, on several threads where there are some. */
@FunctionalInterface
public interface Pieces {
    /**
     * Runs pieces 0 to {@code count - 1}, each once, in any order and perhaps at the same time, and returns when all
     * have ended.
     *
     * @throws RuntimeException one that a piece threw; the others have then ended too, or were not begun
     */
    void run(int count, IntConsumer piece);

    /** One after the other on the calling thread. */
    static Pieces inOrder() {
        return (count, piece) -> {
            for (int i = 0; i < count; i++) {
                piece.accept(i);
            }
        };
    }
}
