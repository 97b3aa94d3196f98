package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.kernels.Activation;
import java.lang.foreign.MemorySegment;

/**
 * DeBERTa-v2's convolution behind the first layer: {@code x = norm(x + act(convolution(embeddings)))}, with zeros
 * around each sequence and in the place of masked tokens.
 *
 * @param dense the convolution as a dense layer on neighbouring rows laid side by side
 * @param width rows that it looks at, odd
 * @param activation applied to its result
 * @param norm normalises the sum
 */
public record Convolution(Dense dense, int width, Activation activation, LayerNorm norm) {

    /**
     * Adds the convolution to the rows of {@code block}.
     *
     * @param embeddings (tokens, size): what entered the first layer
     * @param x the rows' hidden states, overwritten
     */
    void apply(Pass.Block block, TokenBatch batch, MemorySegment embeddings, MemorySegment x) {
        int size = norm.size();
        MemorySegment windows = block.own(Own.WINDOWS, width * size);
        for (int i = 0; i < block.rows(); i++) {
            gather(batch, block.from() + i, embeddings, Rows.from(windows, i, width * size), size);
        }
        MemorySegment local = block.own(Own.BLOCK, size);
        dense.apply(block, windows, local);
        Embeddings.Masked.clear(block, batch, local, size);
        block.pass().kernels().activate(block.rows(), size, local, size, null, activation);
        norm.apply(block, x, null, local, x);
        Embeddings.Masked.clear(block, batch, x, size);
    }

    private void gather(TokenBatch batch, int row, MemorySegment embeddings, MemorySegment window, int size) {
        int length = batch.lengthAt(row);
        long bytes = (long) size * Float.BYTES;
        for (int t = 0; t < width; t++) {
            int place = batch.position(row) + t - width / 2;
            if (place < 0 || place >= length) {
                window.asSlice(t * bytes, bytes).fill((byte) 0);
            } else {
                MemorySegment.copy(embeddings, (row + t - width / 2) * bytes, window, t * bytes, bytes);
            }
        }
    }
}
