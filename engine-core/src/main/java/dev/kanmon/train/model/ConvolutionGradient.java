package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Convolution;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.train.model.TrainingPass.Own;
import java.lang.foreign.MemorySegment;

/**
 * A {@link Convolution} that learns: {@code x = norm(x + act(drop(convolution(embeddings))))}, with zeros around each
 * sequence and in the place of masked tokens. It keeps the rows that it looked at, what was before the activation, and the
 * sum. All matrices are whole, (tokens, size).
 */
final class ConvolutionGradient {

    private final Convolution convolution;
    private final SpreadConvolution spread;
    private final DenseGradient dense;
    private final NormGradient norm;
    private final int size;
    private final int columns;
    private final Buffer windows;
    private final Buffer before;
    private final Buffer sum;
    private final Buffer dBefore;
    private final Buffer dWindows;

    ConvolutionGradient(Convolution convolution, TrainableWeights weights) {
        Kernels kernels = weights.kernelsToTrain();
        this.convolution = convolution;
        dense = weights.dense(convolution.dense());
        spread = weights.spread(dense.matrix());
        norm = new NormGradient(convolution.norm(), weights);
        size = norm.size();
        columns = convolution.width() * size;
        windows = new Buffer(kernels);
        before = new Buffer(kernels);
        sum = new Buffer(kernels);
        dBefore = new Buffer(kernels);
        dWindows = new Buffer(kernels);
    }

    boolean learns() {
        return dense.learns() || norm.learns();
    }

    /** To be called after parameters were written to, before matrices are packed. */
    void refresh() {
        spread.refresh();
    }

    void begin(TrainingPass pass) {
        long rows = pass.tokens();
        windows.floats(rows * columns);
        before.floats(rows * size);
        sum.floats(rows * size);
    }

    /** Where the first layer's result goes, which the convolution is added to. */
    MemorySegment input() {
        return sum.get();
    }

    /** Writes the block's rows of {@code out}. */
    void forward(TrainingPass pass, RowBlock block, MemorySegment embeddings, MemorySegment out) {
        TokenBatch batch = pass.batch();
        for (int row = block.from(); row < block.from() + block.rows(); row++) {
            for (int t = 0; t < convolution.width(); t++) {
                MemorySegment to = Matrices.part(windows.get(), (long) row * columns + (long) t * size, size);
                int seen = neighbour(batch, row, t - convolution.width() / 2);
                if (seen < 0) {
                    to.fill((byte) 0);
                } else {
                    Matrices.copy(Matrices.from(embeddings, seen, size), to, size);
                }
            }
        }
        MemorySegment local = block.of(before.get(), size);
        dense.forward(pass, block, block.of(windows.get(), columns), columns, local);
        pass.clearMasked(block, size, before.get());
        pass.dropHidden(block, size, local, TrainingPass.CONVOLVED);
        MemorySegment activated = pass.own(block.worker(), Own.BRANCH, block.count(size));
        Matrices.copy(local, activated, block.count(size));
        pass.kernels().activate(block.rows(), size, activated, size, null, convolution.activation());
        norm.forward(pass.kernels(), block.rows(), block.of(sum.get(), size), activated, block.of(out, size));
        pass.clearMasked(block, size, out);
    }

    /** The row {@code distance} behind {@code row}; -1 where the sequence has none. */
    private static int neighbour(TokenBatch batch, int row, int distance) {
        int place = batch.position(row) + distance;
        return place < 0 || place >= batch.lengthAt(row) ? -1 : row + distance;
    }

    void beginBackward(TrainingPass pass) {
        dense.ready(pass.sums());
        norm.ready(pass.sums());
        dBefore.floats((long) pass.tokens() * size);
        dWindows.floats((long) pass.tokens() * columns);
    }

    /** Takes {@code d}, the gradient of the block's rows of the result, to that of the first layer's. */
    void backward(TrainingPass pass, RowBlock block, MemorySegment d) {
        pass.clearMasked(block, size, d);
        MemorySegment rows = block.of(d, size);
        norm.backward(pass, block, block.of(sum.get(), size), rows, rows);
        MemorySegment local = block.of(dBefore.get(), size);
        Matrices.copy(rows, local, block.count(size));
        pass.gradients()
                .activateBackward(
                        block.rows(), size, block.of(before.get(), size), size, convolution.activation(), local, size);
        pass.dropHidden(block, size, local, TrainingPass.CONVOLVED);
        pass.clearMasked(block, size, dBefore.get());
        dense.backward(pass, block, local, block.of(dWindows.get(), columns));
    }

    /** Adds to {@code d}, the gradient of the embeddings' rows of the block, what went through the convolution. */
    void addToEmbeddings(TrainingPass pass, RowBlock block, MemorySegment d) {
        for (int row = block.from(); row < block.from() + block.rows(); row++) {
            for (int t = 0; t < convolution.width(); t++) {
                int seenBy = neighbour(pass.batch(), row, convolution.width() / 2 - t);
                if (seenBy >= 0) {
                    MemorySegment from = Matrices.skip(dWindows.get(), (long) seenBy * columns + (long) t * size);
                    pass.kernels().add(1, size, Matrices.from(d, row, size), size, null, from, size);
                }
            }
        }
    }

    /** Has the matrix' gradient computed. */
    void weightGradients(TrainingPass pass, WeightGradients products) {
        products.add(dense.matrix(), pass.tokens(), dBefore.get(), size, windows.get(), columns);
    }

    /** Adds what was summed to the gradients, behind the products. */
    void fold(TrainingPass pass) {
        dense.fold(pass.kernels());
        norm.fold(pass.kernels());
        spread.collect();
    }
}
