package dev.kanmon.engine.head;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Pass;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Classifies every token.
 *
 * @param classifier from a token's hidden state to its logits
 */
public record TokenHead(Classifier classifier) implements Head {

    /** For each sequence of {@code batch} one row of logits for each token; {@code hidden} is (tokens, size). */
    public float[][][] logits(TokenBatch batch, Pass pass, MemorySegment hidden) {
        float[][] rows = classifier.logits(pass, batch.tokens(), hidden);
        float[][][] sequences = new float[batch.sequences()][][];
        for (int s = 0; s < sequences.length; s++) {
            sequences[s] = Arrays.copyOfRange(rows, batch.start(s), batch.start(s) + batch.length(s));
        }
        return sequences;
    }
}
