package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.AttentionGradients;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What a step forwards and backwards runs with: kernels, threads, the workers' memory, and the batch. Rows are cut into
 * blocks by their number and that of the threads alone.
 */
final class TrainingPass {

    /** Rows of a block at most: more bring products no nearer to the peak and take memory. */
    private static final int BLOCK_ROWS = 512;

    private static final int MIN_BLOCK_ROWS = 16;

    /** Seeds that lie so far apart are states of SplitMix64 that follow each other (Steele et al. 2014). */
    private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

    /** A place of the model where something is dropped: behind the embeddings' normalisation. */
    static final long EMBEDDINGS = 0;

    /** Before the head's dense layer. */
    static final long POOLED = 1;

    /** Before the head's labels. */
    static final long CLASSIFIED = 2;

    /** Behind the convolution. */
    static final long CONVOLVED = 3;

    /** Buffers of one worker. */
    enum Own {
        /** What a product asks for. */
        KERNEL,
        /** What attention asks for. */
        ATTENTION,
        /** (rows of a block, hidden size): what is to be added. */
        BRANCH,
        /** (rows of a block, width of the feed-forward block). */
        WIDE,
        /** (outputs of a piece, inputs): a part of a matrix's gradient. */
        WEIGHTS
    }

    /** Buffers of the backward pass that layer after layer uses, each (tokens, what a layer makes). */
    enum Shared {
        /** Gradient behind the feed-forward block's way back. */
        DOWN,
        /** Gradient before the feed-forward block's activation. */
        UP,
        /** The feed-forward block's activations again. */
        ACTIVATED,
        /** Gradient behind attention's output projection. */
        OUTPUT,
        /** Gradient of what attention mixed together. */
        CONTEXT,
        /** Gradient of queries, keys and values. */
        QKV,
        /** Gradient of what a normalisation before a block made. */
        BRANCH
    }

    private final Kernels kernels;
    private final GradientKernels gradients;
    private final AttentionGradients attention;
    private final Parallel parallel;
    private final Buffer[][] own;
    private final float[][] attentionScratch;
    private final Buffer[] shared = new Buffer[Shared.values().length];
    private final Buffer masks;
    private TokenBatch batch;
    private Dropout dropout;
    private MemorySegment keyMasks;
    private int block;

    TrainingPass(Kernels kernels, Parallel parallel) {
        this.kernels = kernels;
        this.gradients = GradientKernels.of(kernels);
        this.attention = AttentionGradients.of(kernels);
        this.parallel = parallel;
        own = new Buffer[parallel.width()][Own.values().length];
        attentionScratch = new float[parallel.width()][0];
        for (Buffer[] buffers : own) {
            for (int i = 0; i < buffers.length; i++) {
                buffers[i] = new Buffer(kernels);
            }
        }
        for (int i = 0; i < shared.length; i++) {
            shared[i] = new Buffer(kernels);
        }
        masks = new Buffer(kernels);
    }

    /** Begins a step. */
    void begin(TokenBatch tokens, Dropout chances) {
        batch = tokens;
        dropout = chances;
        block = blockOf(tokens.tokens());
        keyMasks = additiveMasks();
    }

    private int blockOf(int rows) {
        int width = parallel.width();
        int rounds = Math.ceilDiv(rows, BLOCK_ROWS * width);
        // a multiple of 8, so that few rows are left over from the tiles of the kernels
        return Math.max(MIN_BLOCK_ROWS, Math.ceilDiv(Math.ceilDiv(rows, rounds * width), 8) * 8);
    }

    /** The masks as the reference adds them to the scores: 0, or the most negative f32. Null when none is set. */
    private MemorySegment additiveMasks() {
        MemorySegment all = null;
        for (int s = 0; s < batch.sequences(); s++) {
            int[] mask = batch.mask(s);
            if (mask != null) {
                all = masks.floats(batch.tokens());
                for (int i = 0; i < mask.length; i++) {
                    all.setAtIndex(ValueLayout.JAVA_FLOAT, batch.start(s) + i, mask[i] == 1 ? 0 : -Float.MAX_VALUE);
                }
            }
        }
        return all;
    }

    Kernels kernels() {
        return kernels;
    }

    GradientKernels gradients() {
        return gradients;
    }

    AttentionGradients attention() {
        return attention;
    }

    Parallel parallel() {
        return parallel;
    }

    TokenBatch batch() {
        return batch;
    }

    /** Null when nothing is dropped. */
    Dropout dropout() {
        return dropout;
    }

    /** What is added to the scores of the keys of sequence {@code s}; null for nothing. */
    MemorySegment keyMask(int s) {
        return batch.mask(s) == null ? null : Matrices.from(keyMasks, batch.start(s), 1);
    }

    int tokens() {
        return batch.tokens();
    }

    /** Blocks that all rows are cut into. */
    int blocks() {
        return Math.ceilDiv(batch.tokens(), block);
    }

    /** Places that sums over rows need, of all rows or of one of each sequence. */
    int sums() {
        return Math.max(blocks(), Math.ceilDiv(batch.sequences(), blockOf(batch.sequences())));
    }

    /** Runs {@code work} on all blocks of rows. */
    void overRows(Consumer<RowBlock> work) {
        overRows(batch.tokens(), block, work);
    }

    /** Runs {@code work} on blocks of a row for each sequence. */
    void overSequences(Consumer<RowBlock> work) {
        overRows(batch.sequences(), blockOf(batch.sequences()), work);
    }

    private void overRows(int rows, int each, Consumer<RowBlock> work) {
        parallel.run(Math.ceilDiv(rows, each), (index, worker) -> {
            int from = index * each;
            work.accept(new RowBlock(index, from, Math.min(each, rows - from), worker));
        });
    }

    /** Worker {@code worker}'s own buffer, at least {@code floats} long. */
    MemorySegment own(int worker, Own buffer, long floats) {
        return own[worker][buffer.ordinal()].floats(floats);
    }

    /** Scratch of inference's attention of worker {@code worker}. */
    MemorySegment attentionScratch(int worker, long floats) {
        return own(worker, Own.ATTENTION, floats);
    }

    /** Scratch of training's attention of worker {@code worker}. */
    float[] attentionScratch(int worker, int floats) {
        if (attentionScratch[worker].length < floats) {
            attentionScratch[worker] = new float[floats];
        }
        return attentionScratch[worker];
    }

    /** The shared buffer {@code buffer} with {@code columns} for each token. Between regions only. */
    MemorySegment shared(Shared buffer, int columns) {
        return shared[buffer.ordinal()].floats((long) batch.tokens() * columns);
    }

    /** The shared buffer as it was asked for last. */
    MemorySegment shared(Shared buffer) {
        return shared[buffer.ordinal()].get();
    }

    /** Numbers the places of layer {@code layer} where something is dropped; the three from it on are the layer's. */
    static long site(int layer) {
        return 4L + 4L * layer;
    }

    /** A seed for what is dropped at one place of the model. */
    long seed(long site) {
        return seed(site, -1);
    }

    /** The same for one sequence of the batch. */
    long seed(long site, int sequence) {
        return new SplittableRandom(dropout.seed() + ((site << 32) + sequence) * SEED_STEP).nextLong();
    }

    /** Zeros in those rows of the block whose tokens are masked; {@code x} is (tokens, columns). */
    void clearMasked(RowBlock block, int columns, MemorySegment x) {
        for (int row = block.from(); row < block.from() + block.rows(); row++) {
            if (batch.isMasked(row)) {
                Matrices.clear(Matrices.from(x, row, columns), columns);
            }
        }
    }

    /**
     * Drops hidden states, or gradients where hidden states were dropped.
     *
     * @param x the block's rows
     */
    void dropHidden(RowBlock block, int columns, MemorySegment x, long site) {
        if (dropout != null) {
            drop(block, columns, x, dropout.hidden(), site);
        }
    }

    /** The same before the classifier. */
    void dropPooled(RowBlock block, int columns, MemorySegment x, long site) {
        if (dropout != null) {
            drop(block, columns, x, dropout.classifier(), site);
        }
    }

    private void drop(RowBlock block, int columns, MemorySegment x, float chance, long site) {
        if (chance > 0) {
            gradients.dropout(block.rows(), columns, x, columns, chance, seed(site), block.from());
        }
    }
}
