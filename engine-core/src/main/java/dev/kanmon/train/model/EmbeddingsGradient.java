package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** {@link Embeddings} that learn. All matrices are whole, (tokens, {@link #size}). */
sealed interface EmbeddingsGradient
        permits TablesGradient, EmbeddingsGradient.Normalised, EmbeddingsGradient.Projected, EmbeddingsGradient.Masked {

    /** The embeddings {@code embeddings}. */
    static EmbeddingsGradient of(Embeddings embeddings, TrainableWeights weights) {
        return switch (embeddings) {
            case SummedEmbeddings summed -> new TablesGradient(summed, weights);
            case Embeddings.Normalised normalised ->
                new Normalised(
                        of(normalised.embeddings(), weights),
                        new NormGradient(normalised.norm(), weights),
                        new Buffer(weights.kernelsToTrain()));
            case Embeddings.Projected projected ->
                new Projected(
                        of(projected.embeddings(), weights),
                        weights.dense(projected.dense()),
                        new Buffer(weights.kernelsToTrain()),
                        new Buffer(weights.kernelsToTrain()));
            case Embeddings.Masked masked -> new Masked(of(masked.embeddings(), weights));
        };
    }

    int size();

    boolean learns();

    List<DenseGradient> matrices();

    /** Room for a pass. */
    void begin(TrainingPass pass);

    /** Writes the block's rows of {@code out}. */
    void forward(TrainingPass pass, RowBlock block, MemorySegment out);

    /** Room for the way back. */
    void beginBackward(TrainingPass pass);

    /** Takes the gradient {@code d} of the block's rows back, overwriting it. */
    void backward(TrainingPass pass, RowBlock block, MemorySegment d);

    /** Adds to the tables, from what the blocks have left in {@code d}; regions of its own. */
    void finishBackward(TrainingPass pass, WeightGradients products, MemorySegment d);

    /** {@code drop(norm(embeddings))}; keeps what is normalised. */
    record Normalised(EmbeddingsGradient embeddings, NormGradient norm, Buffer sum) implements EmbeddingsGradient {
        @Override
        public int size() {
            return embeddings.size();
        }

        @Override
        public boolean learns() {
            return norm.learns() || embeddings.learns();
        }

        @Override
        public List<DenseGradient> matrices() {
            return embeddings.matrices();
        }

        @Override
        public void begin(TrainingPass pass) {
            embeddings.begin(pass);
            sum.floats((long) pass.tokens() * size());
        }

        @Override
        public void forward(TrainingPass pass, RowBlock block, MemorySegment out) {
            embeddings.forward(pass, block, sum.get());
            MemorySegment rows = block.of(out, size());
            norm.forward(pass.kernels(), block.rows(), block.of(sum.get(), size()), null, rows);
            pass.dropHidden(block, size(), rows, TrainingPass.EMBEDDINGS);
        }

        @Override
        public void beginBackward(TrainingPass pass) {
            norm.ready(pass.sums());
            embeddings.beginBackward(pass);
        }

        @Override
        public void backward(TrainingPass pass, RowBlock block, MemorySegment d) {
            MemorySegment rows = block.of(d, size());
            pass.dropHidden(block, size(), rows, TrainingPass.EMBEDDINGS);
            norm.backward(pass, block, block.of(sum.get(), size()), rows, rows);
            embeddings.backward(pass, block, d);
        }

        @Override
        public void finishBackward(TrainingPass pass, WeightGradients products, MemorySegment d) {
            norm.fold(pass.kernels());
            embeddings.finishBackward(pass, products, d);
        }
    }

    /** {@code dense(embeddings)}; keeps the embeddings. */
    record Projected(EmbeddingsGradient embeddings, DenseGradient dense, Buffer narrow, Buffer dNarrow)
            implements EmbeddingsGradient {
        @Override
        public int size() {
            return dense.outputs();
        }

        @Override
        public boolean learns() {
            return dense.learns() || embeddings.learns();
        }

        @Override
        public List<DenseGradient> matrices() {
            return List.of(dense);
        }

        @Override
        public void begin(TrainingPass pass) {
            embeddings.begin(pass);
            narrow.floats((long) pass.tokens() * embeddings.size());
        }

        @Override
        public void forward(TrainingPass pass, RowBlock block, MemorySegment out) {
            embeddings.forward(pass, block, narrow.get());
            dense.forward(
                    pass,
                    block,
                    block.of(narrow.get(), embeddings.size()),
                    embeddings.size(),
                    block.of(out, dense.outputs()));
        }

        @Override
        public void beginBackward(TrainingPass pass) {
            dense.ready(pass.sums());
            dNarrow.floats((long) pass.tokens() * embeddings.size());
            embeddings.beginBackward(pass);
        }

        @Override
        public void backward(TrainingPass pass, RowBlock block, MemorySegment d) {
            dense.backward(pass, block, block.of(d, size()), block.of(dNarrow.get(), embeddings.size()));
            embeddings.backward(pass, block, dNarrow.get());
        }

        @Override
        public void finishBackward(TrainingPass pass, WeightGradients products, MemorySegment d) {
            dense.fold(pass.kernels());
            products.add(dense.matrix(), pass.tokens(), d, size(), narrow.get(), embeddings.size());
            products.run(pass);
            embeddings.finishBackward(pass, products, dNarrow.get());
        }
    }

    /** {@code embeddings · mask}. */
    record Masked(EmbeddingsGradient embeddings) implements EmbeddingsGradient {
        @Override
        public int size() {
            return embeddings.size();
        }

        @Override
        public boolean learns() {
            return embeddings.learns();
        }

        @Override
        public List<DenseGradient> matrices() {
            return embeddings.matrices();
        }

        @Override
        public void begin(TrainingPass pass) {
            embeddings.begin(pass);
        }

        @Override
        public void forward(TrainingPass pass, RowBlock block, MemorySegment out) {
            embeddings.forward(pass, block, out);
            pass.clearMasked(block, size(), out);
        }

        @Override
        public void beginBackward(TrainingPass pass) {
            embeddings.beginBackward(pass);
        }

        @Override
        public void backward(TrainingPass pass, RowBlock block, MemorySegment d) {
            pass.clearMasked(block, size(), d);
            embeddings.backward(pass, block, d);
        }

        @Override
        public void finishBackward(TrainingPass pass, WeightGradients products, MemorySegment d) {
            embeddings.finishBackward(pass, products, d);
        }
    }
}
