package dev.kanmon.engine.encoder;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * What a forward pass runs with: the threads, the borrowed memory, and a check that is asked between layers
 * and may throw to end the pass early (a closed model).
 *
 * @param parallel the threads
 * @param workspace memory of this pass
 * @param betweenLayers called by the calling thread before each layer
 */
public record Pass(Parallel parallel, Workspace workspace, Runnable betweenLayers) {

    /**
     * Rows of a block at most: what one worker carries through a layer at a time. Each block reads all weights once,
     * so that many rows make good use of them; more would only take memory.
     *
     * @implNote 1024 tokens on one thread of a Zen 5: against blocks of 128, blocks of 512 take 4 % less time with
     *     MiniLM-L6 and 7 % less with BERT-base, although their intermediate rows leave L2.
     */
    static final int BLOCK_ROWS = 512;

    /** A block is worth handing out from this many rows on. */
    private static final int MIN_BLOCK_ROWS = 16;

    /**
     * With fewer rows for each thread, splitting by rows would have every thread read all weights for too little work:
     * from the outer caches they come more slowly than the multipliers could use them.
     *
     * @implNote Machine code with INT8 weights, two threads of a Zen 5: with 64 tokens rows take 23 % less time than columns
     *     in MiniLM-L6 and 16 % less in BERT-base, with 128 tokens 18 % and 12 %, and with 16 tokens of BERT-base, where a
     *     thread had 8, 20 % more. BF16 is alike; with F32 there is little between them.
     */
    private static final int MIN_ROWS_OF_THREAD = 32;

    /** What computes. */
    public Kernels kernels() {
        return workspace.kernels();
    }

    /**
     * Runs {@code work} over all rows {@code 0..rows}: by blocks of rows side by side or, where the rows are
     * too few for that, as one block whose matrix products are split by columns instead.
     */
    void overRows(int rows, BlockWork work) {
        int width = parallel.width();
        if (width > 1 && rows < MIN_ROWS_OF_THREAD * width && rows <= BLOCK_ROWS) {
            work.run(new Block(this, 0, rows, 0, true));
            return;
        }
        int rounds = Math.ceilDiv(rows, BLOCK_ROWS * width);
        int block = Math.max(MIN_BLOCK_ROWS, evenShare(rows, rounds * width));
        parallel.run(Math.ceilDiv(rows, block), (index, worker) -> {
            int from = index * block;
            work.run(new Block(this, from, Math.min(block, rows - from), worker, false));
        });
    }

    /** Rows for each of {@code shares}, a multiple of 8 so that few are left over from the tiles of the kernels. */
    private static int evenShare(int rows, int shares) {
        return Math.ceilDiv(Math.ceilDiv(rows, shares), 8) * 8;
    }

    /** Runs {@code pieces} pieces of work that need a scratch number. */
    void run(int pieces, Parallel.Task task) {
        parallel.run(pieces, task);
    }

    /** Work on one block of rows. */
    @FunctionalInterface
    interface BlockWork {
        void run(Block block);
    }

    /**
     * A block of rows and the worker that carries it.
     *
     * @param from first row
     * @param rows how many
     * @param worker whose own buffers to use
     * @param splitColumns whether matrix products of this block run on all threads, split by columns
     */
    record Block(Pass pass, int from, int rows, int worker, boolean splitColumns) {

        MemorySegment own(Workspace.Own buffer, int columns) {
            return pass.workspace.own(worker, buffer, (long) rows * columns);
        }

        /** This block's rows of a shared matrix. */
        MemorySegment rowsOf(MemorySegment matrix, int columns) {
            return Rows.from(matrix, from, columns);
        }
    }
}
