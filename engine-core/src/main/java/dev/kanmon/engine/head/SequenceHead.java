package dev.kanmon.engine.head;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.Pass;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import java.lang.foreign.MemorySegment;

/**
 * Classifies sequences: one hidden state for each, a dense layer where there is one, the classifier.
 *
 * @param pooling which hidden state
 * @param size numbers in it
 * @param classifier from there to logits
 */
public record SequenceHead(Pooling pooling, int size, Classifier classifier) implements Head {

    /** One row of logits for each sequence of {@code batch}; {@code hidden} is (tokens, size). */
    public float[][] logits(TokenBatch batch, Pass pass, MemorySegment hidden) {
        int sequences = batch.sequences();
        MemorySegment pooled = pass.workspace().shared(Buffer.POOLED, (long) sequences * size);
        pooling.pool(batch, hidden, size, pooled);
        return classifier.logits(pass, sequences, pooled);
    }

    /** BERT's: the first token, a dense layer with its activation, the labels. */
    public static SequenceHead ofFirst(Dense dense, int size, Dense labels) {
        return new SequenceHead(new Pooling.First(), size, new Classifier(dense, null, labels));
    }
}
