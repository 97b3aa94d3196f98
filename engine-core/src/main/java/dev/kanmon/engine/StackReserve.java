package dev.kanmon.engine;

/**
 * Finds out that a thread has too little stack left for a pass before the pass begins. A caller whose stack ended between
 * calling helpers and waiting for them would leave them at work in memory that is somebody else's by then.
 */
final class StackReserve {

    /**
     * Frames that a pass may need. Its own are at most 30 deep; 200 take 1 µs on a Zen 5 and
     * reserve 12 KB, interpreted 40.
     */
    private static final int FRAMES = 200;

    private StackReserve() {}

    /** @throws StackOverflowError if the calling thread has too little stack left */
    static void require() {
        if (down(FRAMES, 1, 2, 3, 4) == 0) {
            throw new AssertionError("the sum of positive numbers is not 0");
        }
    }

    /** Uses its arguments behind the call, so that each frame keeps them. */
    private static long down(int frames, long a, long b, long c, long d) {
        return frames == 0 ? 1 : down(frames - 1, b, c, d, a) + (a ^ b) + (c ^ d);
    }
}
