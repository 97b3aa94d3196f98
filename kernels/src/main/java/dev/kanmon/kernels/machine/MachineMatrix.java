package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.PanelLayout;
import dev.kanmon.kernels.machine.memory.NativeMemory;

/**
 * A weight outside the heap in the order of {@link StoredMatrix}, which is one for every kind of CPU.
 *
 * @param stored its bytes begin at a multiple of {@link NativeMemory#ALIGNMENT}
 */
record MachineMatrix(StoredMatrix stored) implements PackedMatrix {
    /** Outputs of a panel. */
    static final int PANEL = PanelLayout.PANEL;

    /** Bytes of a step: four of each output. */
    static final int STEP = PANEL * Integer.BYTES;

    /** Packs rows of a Hugging Face weight. */
    static MachineMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        var bytes = NativeMemory.allocate(StoredMatrix.byteSize(type, n, k));
        return new MachineMatrix(StoredMatrix.of(type, n, k, rows, pieces, bytes));
    }

    /** A weight that is in order already; copied only where routines could not read it. */
    static MachineMatrix of(StoredMatrix stored) {
        var bytes = stored.bytes();
        if (bytes.isNative() && bytes.address() % NativeMemory.ALIGNMENT == 0) {
            return new MachineMatrix(stored);
        }
        var copy = NativeMemory.allocate(bytes.byteSize()).copyFrom(bytes);
        return new MachineMatrix(new StoredMatrix(stored.type(), stored.n(), stored.k(), copy));
    }

    /** Inputs that a step takes. */
    static int inputsOfStep(WeightType type) {
        return PanelLayout.inputsOfStep(type);
    }

    @Override
    public WeightType type() {
        return stored.type();
    }

    @Override
    public int n() {
        return stored.n();
    }

    @Override
    public int k() {
        return stored.k();
    }

    @Override
    public long bytes() {
        return stored.bytes().byteSize();
    }

    @Override
    public int panel() {
        return PANEL;
    }

    /** Steps of a panel. */
    int steps() {
        return PanelLayout.steps(type(), k());
    }

    /** Bytes of a panel. */
    long panelBytes() {
        return (long) steps() * STEP;
    }

    /** Where the panels begin. The caller keeps this matrix reachable while the address is in use. */
    long address() {
        return stored.bytes().address();
    }

    /** Where the scales of INT8 begin. */
    long scales() {
        return address() + PanelLayout.scales(type(), n(), k());
    }

    /** Where the sums of INT8 begin. */
    long sums() {
        return address() + PanelLayout.sums(type(), n(), k());
    }

    @Override
    public float[] row(int row) {
        Checks.row(row, n());
        var weights = new float[k()];
        stored.read(row, 1, weights, 0);
        return weights;
    }
}
