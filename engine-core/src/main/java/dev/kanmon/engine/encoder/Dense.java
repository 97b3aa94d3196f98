package dev.kanmon.engine.encoder;

import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;

/**
 * A fully connected layer, {@code act(x · Wᵀ + b)}.
 *
 * @param weight (outputs, inputs), packed
 * @param bias (outputs), or null when whoever comes next adds it
 * @param activation applied last
 */
public record Dense(PackedMatrix weight, MemorySegment bias, Activation activation) {

    /** Columns that a thread computes at a time when a model is loaded: a multiple of every sibling's panel. */
    private static final int LOADING_COLUMNS = 256;

    /** The same with another activation. */
    public Dense withActivation(Activation other) {
        return new Dense(weight, bias, other);
    }

    /** As what those may take its outputs who multiply by them: as exactly as it has its own weights. */
    public Operands operands() {
        return weight == null || weight.type() == WeightType.F32 ? Operands.F32 : Operands.BF16;
    }

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
        apply(block, in, weight.k(), out);
    }

    /** The same for rows of {@code in} that lie {@code stride} numbers apart. */
    void apply(Pass.Block block, MemorySegment in, int stride, MemorySegment out) {
        if (!block.splitColumns()) {
            columns(block.pass(), block.worker(), block.rows(), in, stride, out, 0, weight.n());
            return;
        }
        int panels = Math.ceilDiv(weight.n(), weight.panel());
        int pieces = Math.min(panels, block.pass().parallel().width());
        block.pass().run(pieces, (index, worker) -> {
            int from = Math.ceilDiv(panels * index, pieces) * weight.panel();
            int to = Math.ceilDiv(panels * (index + 1), pieces) * weight.panel();
            columns(block.pass(), worker, block.rows(), in, stride, out, from, Math.min(to, weight.n()));
        });
    }

    /** Computes {@code rows} rows on the calling thread, with the buffers of worker 0. */
    public void apply(Pass pass, int rows, MemorySegment in, MemorySegment out) {
        columns(pass, 0, rows, in, weight.k(), out, 0, weight.n());
    }

    /**
     * Computes {@code rows} rows outside a pass, when a model is loaded: the first {@code columns} columns of {@code out},
     * (rows, outputs), and perhaps some more.
     */
    public void apply(Kernels kernels, Pieces pieces, int rows, int columns, MemorySegment in, MemorySegment out) {
        int count = Math.ceilDiv(columns, LOADING_COLUMNS);
        pieces.run(count, piece -> {
            // Limits are multiples of every sibling's panel.
            int from = piece * LOADING_COLUMNS;
            int to = Math.min(from + LOADING_COLUMNS, weight.n());
            MemorySegment scratch = kernels.allocate(kernels.gemmScratch(rows, weight));
            kernels.gemm(rows, in, weight.k(), weight, from, to, bias, activation, out, weight.n(), scratch);
        });
    }

    private void columns(
            Pass pass, int worker, int rows, MemorySegment in, int stride, MemorySegment out, int from, int to) {
        Kernels kernels = pass.kernels();
        MemorySegment scratch = pass.workspace().own(worker, Own.KERNEL, kernels.gemmScratch(rows, weight));
        kernels.gemm(rows, in, stride, weight, from, to, bias, activation, out, weight.n(), scratch);
    }
}
