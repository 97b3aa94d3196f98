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
   * Rows of a block: what one worker carries through a layer at a time. Enough rows to use a weight panel
   * many times once it is in the cache, few enough for the block's intermediate rows to stay in L2.
   */
  static final int BLOCK_ROWS = 128;

  /** Below this many rows for each thread, splitting rows would have every thread read all weights for little. */
  private static final int MIN_ROWS_OF_THREAD = 16;

  Kernels kernels() {
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
    int block = Math.min(BLOCK_ROWS, Math.max(MIN_ROWS_OF_THREAD, evenShare(rows, width)));
    parallel.run(
        Math.ceilDiv(rows, block),
        (index, worker) -> {
          int from = index * block;
          work.run(new Block(this, from, Math.min(block, rows - from), worker, false));
        });
  }

  /** Rows for each of {@code width} threads, a multiple of 8 so that blocks are whole kernel tiles. */
  private static int evenShare(int rows, int width) {
    return Math.ceilDiv(Math.ceilDiv(rows, width), 8) * 8;
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
