package dev.kanmon.engine.head;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.Pass;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * BERT's head: the first token's hidden state, a dense layer with tanh, the classifier.
 *
 * @param pooler (hidden size, hidden size), tanh
 * @param classifier (labels, hidden size)
 */
public record PooledHead(Dense pooler, Dense classifier) implements ClassificationHead {

    @Override
    public int outputs() {
        return classifier.outputs();
    }

    @Override
    public float[][] logits(TokenBatch batch, Pass pass, MemorySegment hidden) {
        int size = pooler.inputs();
        int sequences = batch.sequences();
        MemorySegment first = pass.workspace().shared(Buffer.FIRST_TOKENS, (long) sequences * size);
        for (int s = 0; s < sequences; s++) {
            MemorySegment.copy(
                    hidden,
                    (long) batch.start(s) * size * Float.BYTES,
                    first,
                    (long) s * size * Float.BYTES,
                    (long) size * Float.BYTES);
        }
        MemorySegment pooled = pass.workspace().shared(Buffer.POOLED, (long) sequences * size);
        pooler.apply(pass, sequences, first, pooled);
        MemorySegment logits = pass.workspace().shared(Buffer.LOGITS, (long) sequences * outputs());
        classifier.apply(pass, sequences, pooled, logits);
        float[][] rows = new float[sequences][outputs()];
        for (int s = 0; s < sequences; s++) {
            MemorySegment.copy(
                    logits, ValueLayout.JAVA_FLOAT, (long) s * outputs() * Float.BYTES, rows[s], 0, outputs());
        }
        return rows;
    }
}
