package dev.kanmon.bench.peers;

import java.io.IOException;

/** Somebody who runs an encoder on one sequence at a time, and is timed in turns with others. */
interface Engine extends AutoCloseable {

    /** Who: {@code kanmon-machine}, {@code ort-fused-nospin}, {@code openvino}, … */
    String name();

    /** In what: {@code fp32}, {@code bf16} or {@code int8}. */
    String form();

    /** Takes the sequence that the following calls are about, and gets ready for its length. */
    void take(int[] ids) throws IOException;

    /** The last hidden states of the sequence, (tokens, hidden size). */
    float[] hidden() throws IOException;

    /** Times calls, as {@link Turns#calls} does. */
    double[] turn(Turns.Length length) throws IOException;

    @Override
    void close() throws IOException;
}
