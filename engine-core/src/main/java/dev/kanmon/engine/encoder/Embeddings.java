package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import java.lang.foreign.MemorySegment;

/** Turns tokens into the hidden states that enter the first layer. Immutable. */
public sealed interface Embeddings
        permits SummedEmbeddings, Embeddings.Normalised, Embeddings.Projected, Embeddings.Masked {

    /** Numbers in an embedding. */
    int size();

    /** Overwrites {@code x}, the rows of {@code block}, with the embeddings of those tokens. */
    void embed(Pass.Block block, TokenBatch batch, MemorySegment x);

    /** Normalised. */
    default Embeddings normalised(Norm norm) {
        return new Normalised(this, norm);
    }

    /** Brought to the hidden size by a dense layer with {@code outputs} outputs. */
    default Embeddings projected(Dense dense, int outputs) {
        return new Projected(this, dense, outputs);
    }

    /** Zero where the mask is. */
    default Embeddings masked() {
        return new Masked(this);
    }

    /** {@code norm(embeddings)}. */
    record Normalised(Embeddings embeddings, Norm norm) implements Embeddings {
        @Override
        public int size() {
            return embeddings.size();
        }

        @Override
        public void embed(Pass.Block block, TokenBatch batch, MemorySegment x) {
            embeddings.embed(block, batch, x);
            norm.apply(block, x, null, null, x);
        }
    }

    /** {@code dense(embeddings)}. */
    record Projected(Embeddings embeddings, Dense dense, int size) implements Embeddings {
        @Override
        public void embed(Pass.Block block, TokenBatch batch, MemorySegment x) {
            MemorySegment narrow = block.own(Workspace.Own.BLOCK, embeddings.size());
            embeddings.embed(block, batch, narrow);
            dense.apply(block, narrow, x);
        }
    }

    /** {@code embeddings · mask}. */
    record Masked(Embeddings embeddings) implements Embeddings {
        @Override
        public int size() {
            return embeddings.size();
        }

        @Override
        public void embed(Pass.Block block, TokenBatch batch, MemorySegment x) {
            embeddings.embed(block, batch, x);
            clear(block, batch, x, size());
        }

        /** Zeros in the rows of {@code x} whose tokens are masked. */
        static void clear(Pass.Block block, TokenBatch batch, MemorySegment x, int size) {
            for (int i = 0; i < block.rows(); i++) {
                if (batch.isMasked(block.from() + i)) {
                    long row = (long) i * size * Float.BYTES;
                    x.asSlice(row, (long) size * Float.BYTES).fill((byte) 0);
                }
            }
        }
    }
}
