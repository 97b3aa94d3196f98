package dev.kanmon.engine.head;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.engine.encoder.Pass;
import dev.kanmon.engine.encoder.Workspace.Buffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * From hidden states to logits, row by row: {@code labels(norm(dense(x)))}.
 *
 * @param dense with its activation; null for none
 * @param norm behind {@code dense}; null for none
 * @param labels (labels, size)
 */
public record Classifier(Dense dense, LayerNorm norm, Dense labels) {

    float[][] logits(Pass pass, int rows, MemorySegment x) {
        MemorySegment in = x;
        if (dense != null) {
            in = pass.workspace().shared(Buffer.DENSE, (long) rows * dense.outputs());
            dense.apply(pass, rows, x, in);
            if (norm != null) {
                norm.apply(pass.kernels(), rows, in, null, null, in);
            }
        }
        int outputs = labels.outputs();
        MemorySegment logits = pass.workspace().shared(Buffer.LOGITS, (long) rows * outputs);
        labels.apply(pass, rows, in, logits);
        float[][] result = new float[rows][outputs];
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(
                    logits, ValueLayout.JAVA_FLOAT, (long) row * outputs * Float.BYTES, result[row], 0, outputs);
        }
        return result;
    }
}
