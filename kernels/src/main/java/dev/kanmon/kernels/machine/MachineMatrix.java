package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.PanelLayout;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** A weight in the order of {@link StoredMatrix}, outside the heap: routines read it as it is stored. */
final class MachineMatrix implements PackedMatrix {
    /** Outputs of a panel. */
    static final int PANEL = PanelLayout.PANEL;

    /** Bytes of a step: four of each output. */
    static final int STEP = PANEL * Integer.BYTES;

    private final StoredMatrix stored;

    private MachineMatrix(StoredMatrix stored) {
        this.stored = stored;
    }

    /** Packs rows of a Hugging Face weight. */
    static MachineMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        // the siblings' common limit, long before the system would say that there is no memory
        Checks.arrayLength("pack", n, k);
        var bytes = NativeMemory.allocate(StoredMatrix.byteSize(type, n, k));
        return new MachineMatrix(StoredMatrix.of(type, n, k, rows, pieces, bytes));
    }

    /** A matrix over stored bytes, which are copied only where routines cannot read them. */
    static MachineMatrix of(StoredMatrix stored) {
        var bytes = stored.bytes();
        if (bytes.isNative()
                && bytes.address() % NativeMemory.ALIGNMENT == 0
                && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return new MachineMatrix(stored);
        }
        MemorySegment copy = NativeMemory.allocate(bytes.byteSize()).copyFrom(bytes);
        return new MachineMatrix(new StoredMatrix(stored.type(), stored.n(), stored.k(), copy));
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

    @Override
    public float[] row(int row) {
        Checks.row(row, n());
        var weights = new float[k()];
        stored.read(row, 1, weights, 0);
        return weights;
    }

    /** Steps of a panel. */
    int steps() {
        return PanelLayout.steps(type(), k());
    }

    /** Bytes of a panel. */
    long panelBytes() {
        return (long) steps() * STEP;
    }

    /**
     * Where the panels begin.
     *
     * @throws IllegalStateException if the bytes belong to a file or an arena that has been closed
     */
    long address() {
        if (!stored.bytes().scope().isAlive()) {
            throw new IllegalStateException("gemm: the storage of b has been closed, expected it open");
        }
        return stored.bytes().address();
    }

    /** Where the scales of INT8 begin, from {@link #address} on. */
    long scales() {
        return PanelLayout.scales(type(), n(), k());
    }

    /** Where the sums of INT8 begin, from {@link #address} on. */
    long sums() {
        return PanelLayout.sums(type(), n(), k());
    }
}
