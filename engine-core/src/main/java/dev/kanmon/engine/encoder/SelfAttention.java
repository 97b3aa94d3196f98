package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Multi-head scaled-dot-product self-attention (Vaswani et al. 2017, equation 1) over a ragged batch: queries,
 * keys and values come from one matrix product, each sequence attends to itself alone.
 *
 * @param qkv the projections side by side: (3 · hidden size, hidden size)
 * @param heads number of heads
 */
public record SelfAttention(Dense qkv, int heads) {

    private int hidden() {
        return qkv.inputs();
    }

    /** Projects the hidden states of {@code block} into the pass's queries, keys and values. */
    void project(Pass.Block block, MemorySegment hiddenRows, MemorySegment allQkv) {
        qkv.apply(block, hiddenRows, block.rowsOf(allQkv, 3 * hidden()));
    }

    /** Mixes the values of every sequence: reads all of {@code allQkv}, overwrites {@code context}. */
    void attend(Pass pass, TokenBatch batch, MemorySegment allQkv, MemorySegment context) {
        MemorySegment masks = additiveMasks(pass, batch);
        // One piece a sequence on one thread; else heads are split too, so that a single sequence feeds all threads.
        int groups = pass.parallel().width() == 1
                ? 1
                : Math.min(heads, 2 * pass.parallel().width());
        pass.run(batch.sequences() * groups, (index, worker) -> {
            int sequence = index / groups;
            int group = index % groups;
            heads(
                    pass,
                    batch,
                    sequence,
                    heads * group / groups,
                    heads * (group + 1) / groups,
                    allQkv,
                    masks,
                    context,
                    worker);
        });
    }

    private void heads(
            Pass pass,
            TokenBatch batch,
            int sequence,
            int fromHead,
            int toHead,
            MemorySegment allQkv,
            MemorySegment masks,
            MemorySegment context,
            int worker) {
        Kernels kernels = pass.kernels();
        int hidden = hidden();
        int headSize = hidden / heads;
        int length = batch.length(sequence);
        int start = batch.start(sequence);
        MemorySegment queries = Rows.from(allQkv, start, 3 * hidden);
        kernels.attention(
                length,
                fromHead,
                toHead,
                headSize,
                (float) (1 / Math.sqrt(headSize)),
                queries,
                Rows.skip(queries, hidden),
                Rows.skip(queries, 2L * hidden),
                3 * hidden,
                batch.mask(sequence) == null ? null : Rows.from(masks, start, 1),
                Rows.from(context, start, hidden),
                hidden,
                pass.workspace().own(worker, Own.KERNEL, kernels.attentionScratch(length, headSize)));
    }

    /** The masks as the reference adds them to the scores: 0, or the most negative f32. Null when none is set. */
    private static MemorySegment additiveMasks(Pass pass, TokenBatch batch) {
        MemorySegment masks = null;
        for (int s = 0; s < batch.sequences(); s++) {
            int[] mask = batch.mask(s);
            if (mask != null) {
                masks = masks != null ? masks : pass.workspace().shared(Buffer.MASK, batch.tokens());
                for (int i = 0; i < mask.length; i++) {
                    masks.setAtIndex(ValueLayout.JAVA_FLOAT, batch.start(s) + i, mask[i] == 1 ? 0 : -Float.MAX_VALUE);
                }
            }
        }
        return masks;
    }
}
