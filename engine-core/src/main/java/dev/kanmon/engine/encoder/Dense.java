package dev.kanmon.engine.encoder;

import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import java.lang.foreign.MemorySegment;

/**
 * A fully connected layer, {@code act(x · Wᵀ + b)}.
 *
 * @param weight (outputs, inputs), packed
 * @param bias (outputs), or null when whoever comes next adds it
 * @param activation applied last
 */
public record Dense(PackedMatrix weight, MemorySegment bias, Activation activation) {

    /** Number of columns it produces. */
    public int outputs() {
        return weight.n();
    }

    /** Number of columns it reads. */
    public int inputs() {
        return weight.k();
    }

    /** Computes the rows of {@code block}: {@code in} is (rows, inputs), {@code out} (rows, outputs). */
    void apply(Pass.Block block, MemorySegment in, MemorySegment out) {
        if (!block.splitColumns()) {
            columns(block.pass(), block.worker(), block.rows(), in, out, 0, weight.n());
            return;
        }
        int panels = Math.ceilDiv(weight.n(), weight.panel());
        int pieces = Math.min(panels, block.pass().parallel().width());
        block.pass().run(pieces, (index, worker) -> {
            int from = Math.ceilDiv(panels * index, pieces) * weight.panel();
            int to = Math.ceilDiv(panels * (index + 1), pieces) * weight.panel();
            columns(block.pass(), worker, block.rows(), in, out, from, Math.min(to, weight.n()));
        });
    }

    /** Computes {@code rows} rows on the calling thread, with the buffers of worker 0. */
    public void apply(Pass pass, int rows, MemorySegment in, MemorySegment out) {
        columns(pass, 0, rows, in, out, 0, weight.n());
    }

    private void columns(Pass pass, int worker, int rows, MemorySegment in, MemorySegment out, int from, int to) {
        Kernels kernels = pass.kernels();
        MemorySegment scratch = pass.workspace().own(worker, Own.KERNEL, kernels.gemmScratch(rows, weight));
        kernels.gemm(rows, in, weight.k(), weight, from, to, bias, activation, out, weight.n(), scratch);
    }
}
