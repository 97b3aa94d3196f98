package dev.kanmon.kernels.machine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.Panels;
import dev.kanmon.kernels.common.Rounding;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A weight in panels of 64 outputs, outside the heap, in one order for every kind of CPU. In a panel, step follows step;
 * a step is four bytes of each of the 64 outputs: one f32, two bf16 or four int8 of neighbouring inputs, zeros behind the
 * last input and behind the last output. INT8 has two tables behind the panels, a number for each output of a whole
 * panel: scales (f32) and the sums of the bytes (int32).
 */
final class MachineMatrix implements PackedMatrix {
    /** Outputs of a panel. */
    static final int PANEL = 64;

    /** Bytes of a step: four of each output. */
    static final int STEP = PANEL * Integer.BYTES;

    private final WeightType type;
    private final int n;
    private final int k;
    private final MemorySegment storage;

    private MachineMatrix(WeightType type, int n, int k, MemorySegment storage) {
        this.type = type;
        this.n = n;
        this.k = k;
        this.storage = storage;
    }

    /** Packs rows of a Hugging Face weight. */
    static MachineMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        var matrix = new MachineMatrix(type, n, k, NativeMemory.allocate(storageBytes(type, n, k)));
        Panels.forEach(n, k, PANEL, rows, pieces, matrix::write);
        return matrix;
    }

    /**
     * A matrix over what {@link #storage} of an equal one holds.
     *
     * @throws IllegalArgumentException if the storage is not of the right size, kind or alignment
     */
    static MachineMatrix over(WeightType type, int n, int k, MemorySegment storage) {
        long expected = storageBytes(type, n, k);
        if (storage.byteSize() != expected) {
            throw new IllegalArgumentException("packed: storage of " + storage.byteSize() + " bytes, expected "
                    + expected + " for " + type + " of " + n + " x " + k);
        }
        if (!storage.isNative() || storage.address() % NativeMemory.ALIGNMENT != 0) {
            throw new IllegalArgumentException("packed: storage is " + storage + ", expected memory outside the heap at"
                    + " a multiple of " + NativeMemory.ALIGNMENT + " bytes");
        }
        return new MachineMatrix(type, n, k, storage);
    }

    private static long storageBytes(WeightType type, int n, int k) {
        long panels = Math.ceilDiv((long) n, PANEL);
        Checks.arrayLength("pack", panels * PANEL, k);
        return panels * Math.ceilDiv(k, inputsOfStep(type)) * STEP + (type == WeightType.INT8 ? 2 * panels * STEP : 0);
    }

    /** Inputs that a step takes. */
    static int inputsOfStep(WeightType type) {
        return switch (type) {
            case F32 -> 1;
            case BF16 -> 2;
            case INT8 -> 4;
        };
    }

    @Override
    public WeightType type() {
        return type;
    }

    @Override
    public int n() {
        return n;
    }

    @Override
    public int k() {
        return k;
    }

    @Override
    public long bytes() {
        return storage.byteSize();
    }

    @Override
    public int panel() {
        return PANEL;
    }

    @Override
    public Optional<MemorySegment> storage() {
        return Optional.of(storage.asReadOnly());
    }

    /** Steps of a panel. */
    int steps() {
        return Math.ceilDiv(k, inputsOfStep(type));
    }

    /** Bytes of a panel. */
    long panelBytes() {
        return (long) steps() * STEP;
    }

    /** Where the panels begin. The caller keeps this matrix reachable while the address is in use. */
    long address() {
        return storage.address();
    }

    /** Where the scales of INT8 begin. */
    long scales() {
        return storage.address() + scalesAt();
    }

    /** Where the sums of INT8 begin. */
    long sums() {
        return storage.address() + sumsAt();
    }

    private long scalesAt() {
        return Math.ceilDiv(n, PANEL) * panelBytes();
    }

    private long sumsAt() {
        return scalesAt() + (long) Math.ceilDiv(n, PANEL) * STEP;
    }

    /** Writes one panel: {@code count} rows from {@code first} on, which {@code block} holds. */
    private void write(int first, int count, float[] block) {
        if (type == WeightType.INT8) {
            Rounding.toInt8(block, first, count, k, (output, scale, sum) -> {
                storage.set(JAVA_FLOAT, scalesAt() + (long) output * Float.BYTES, scale);
                storage.set(JAVA_INT, sumsAt() + (long) output * Integer.BYTES, sum);
            });
        }
        // some steps at a time: all that a cache line of each row holds, first in an array, which is fast before C2
        // has compiled this as well
        int inputs = inputsOfStep(type);
        int together = 16 / inputs;
        int steps = steps();
        var words = new int[together * PANEL];
        long at = first / PANEL * panelBytes();
        for (int step = 0; step < steps; step += together) {
            int here = Math.min(together, steps - step);
            for (int row = 0; row < count; row++) {
                int from = row * k + step * inputs;
                words(block, from, Math.min(16, (row + 1) * k - from), words, row);
            }
            MemorySegment.copy(words, 0, storage, JAVA_INT, at + (long) step * STEP, here * PANEL);
        }
    }

    /** Writes the four bytes of output {@code row} in some steps, given their inputs. */
    private void words(float[] block, int from, int inputs, int[] words, int row) {
        switch (type) {
            case F32 -> {
                for (int i = 0; i < inputs; i++) {
                    words[i * PANEL + row] = Float.floatToRawIntBits(block[from + i]);
                }
            }
            case BF16 -> {
                for (int i = 0; i < inputs; i += 2) {
                    int low = Rounding.toBf16(block[from + i]) & 0xFFFF;
                    int high = i + 1 < inputs ? Rounding.toBf16(block[from + i + 1]) << 16 : 0;
                    words[i / 2 * PANEL + row] = low | high;
                }
            }
            case INT8 -> {
                for (int i = 0; i < inputs; i += 4) {
                    int word = 0;
                    for (int part = 0; part < Math.min(4, inputs - i); part++) {
                        word |= ((int) block[from + i + part] & 0xFF) << 8 * part;
                    }
                    words[i / 4 * PANEL + row] = word;
                }
            }
        }
    }

    @Override
    public float[] row(int row) {
        Checks.row(row, n);
        var weights = new float[k];
        long at = row / PANEL * panelBytes() + (long) (row % PANEL) * Integer.BYTES;
        float scale = type == WeightType.INT8 ? storage.get(JAVA_FLOAT, scalesAt() + (long) row * Float.BYTES) : 1;
        int inputs = inputsOfStep(type);
        for (int i = 0; i < k; i++) {
            long word = at + (long) (i / inputs) * STEP;
            weights[i] = switch (type) {
                case F32 -> storage.get(JAVA_FLOAT, word);
                case BF16 -> Rounding.fromBf16(storage.get(JAVA_SHORT, word + i % 2 * Short.BYTES));
                case INT8 -> storage.get(JAVA_BYTE, word + i % 4) * scale;
            };
        }
        return weights;
    }
}
