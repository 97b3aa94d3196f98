package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Multi-head scaled-dot-product self-attention (Vaswani et al. 2017, equation 1) over a ragged batch: queries,
 * keys and values come from one matrix product, each sequence attends to itself alone.
 *
 * @param qkv the projections side by side: (columns of all query, key and value heads, hidden size)
 * @param heads query heads
 * @param shape size of a head, and which keys a query sees how
 * @param headNorms normalisations of each head; null for none
 * @param rotary turns queries and keys by their places; null for none
 */
public record SelfAttention(Dense qkv, int heads, AttentionShape shape, HeadNorms headNorms, Rotary rotary) {

    /** Takes the operands of attention as exactly as {@code qkv} gives them, whatever {@code shape} says. */
    public SelfAttention {
        shape = shape.withOperands(qkv.operands());
    }

    /**
     * Normalisations of heads.
     *
     * @param queries of each query head
     * @param keys of each key head
     */
    public record HeadNorms(RmsNorm queries, RmsNorm keys) {}

    /** Attention of queries and keys as they are projected. */
    public static SelfAttention plain(Dense qkv, int heads, AttentionShape shape) {
        return new SelfAttention(qkv, heads, shape, null, null);
    }

    private int keyHeads() {
        return heads / shape.group();
    }

    /** Columns of the projections: queries, keys and values. */
    int width() {
        return (heads + 2 * keyHeads()) * shape.headDim();
    }

    /** Columns of the keys and values. */
    int keyValueWidth() {
        return 2 * keyHeads() * shape.headDim();
    }

    /** Columns of the context. */
    int contextWidth() {
        return heads * shape.headDim();
    }

    /** Projects the hidden states of {@code block} into the pass's queries, keys and values. */
    void project(Pass.Block block, TokenBatch batch, MemorySegment hiddenRows, MemorySegment allQkv) {
        MemorySegment rows = block.rowsOf(allQkv, width());
        qkv.apply(block, hiddenRows, rows);
        if (headNorms != null) {
            headNorms.queries.applyToHeads(block, heads, rows, width());
            headNorms.keys.applyToHeads(block, keyHeads(), Rows.skip(rows, contextWidth()), width());
        }
        if (rotary != null) {
            rotary.apply(block, batch, heads + keyHeads(), shape.headDim(), rows, width());
        }
    }

    /** Mixes the values of every sequence: reads all of {@code allQkv}, overwrites {@code context}. */
    void attend(Pass pass, TokenBatch batch, MemorySegment allQkv, MemorySegment context) {
        MemorySegment masks = additiveMasks(pass, batch);
        // One piece a sequence on one thread; else heads are split too, so that a single sequence feeds all threads.
        int groups = pass.parallel().width() == 1
                ? 1
                : Math.min(heads, 2 * pass.parallel().width());
        pass.run(batch.sequences() * groups, (index, worker) -> {
            int sequence = batch.longest(index / groups);
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

    /**
     * Mixes the values of one sequence for its last {@code rows} tokens, whose queries, keys and values {@code rowsQkv}
     * has; writes these keys and values behind the {@code known} ones.
     *
     * @param keyValues (at least known + rows, {@link #keyValueWidth}) of all tokens
     * @param context (rows, {@link #contextWidth}), overwritten
     */
    void attendBehind(
            Pass pass, int known, int rows, MemorySegment rowsQkv, MemorySegment keyValues, MemorySegment context) {
        int both = keyValueWidth();
        long bytes = (long) both * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            long from = ((long) row * width() + contextWidth()) * Float.BYTES;
            MemorySegment.copy(rowsQkv, from, keyValues, (known + row) * bytes, bytes);
        }
        Kernels kernels = pass.kernels();
        int length = known + rows;
        int groups = pass.parallel().width() == 1
                ? 1
                : Math.min(heads, 2 * pass.parallel().width());
        pass.run(
                groups,
                (group, worker) -> kernels.attention(
                        shape,
                        length,
                        rows,
                        heads * group / groups,
                        heads * (group + 1) / groups,
                        rowsQkv,
                        width(),
                        keyValues,
                        Rows.skip(keyValues, both / 2),
                        both,
                        null,
                        context,
                        contextWidth(),
                        pass.workspace().own(worker, Own.KERNEL, kernels.attentionScratch(shape, length))));
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
        int length = batch.length(sequence);
        int start = batch.start(sequence);
        MemorySegment queries = Rows.from(allQkv, start, width());
        MemorySegment keys = Rows.skip(queries, contextWidth());
        kernels.attention(
                shape,
                length,
                fromHead,
                toHead,
                queries,
                keys,
                Rows.skip(keys, (long) keyHeads() * shape.headDim()),
                width(),
                batch.mask(sequence) == null ? null : Rows.from(masks, start, 1),
                Rows.from(context, start, contextWidth()),
                contextWidth(),
                pass.workspace().own(worker, Own.KERNEL, kernels.attentionScratch(shape, length)));
    }

    /** The masks as the reference adds them to the scores: 0, or the most negative f32. Null when none is set. */
    private static MemorySegment additiveMasks(Pass pass, TokenBatch batch) {
        MemorySegment masks = null;
        for (int s = 0; s < batch.sequences(); s++) {
            int[] mask = batch.mask(s);
            if (mask != null) {
                masks = masks != null ? masks : pass.workspace().shared(Buffer.MASK, batch.tokens());
                float[] added = new float[mask.length];
                for (int i = 0; i < mask.length; i++) {
                    added[i] = mask[i] == 1 ? 0 : -Float.MAX_VALUE;
                }
                MemorySegment.copy(
                        added, 0, Rows.from(masks, batch.start(s), 1), ValueLayout.JAVA_FLOAT, 0, added.length);
            }
        }
        return masks;
    }
}
