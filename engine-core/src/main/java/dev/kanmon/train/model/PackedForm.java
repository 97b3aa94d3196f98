package dev.kanmon.train.model;

import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix in the order that kernels multiply by, which is written anew again and again into the same memory. Kernels that
 * compute on the stored bytes as they lie see the new numbers at once; others bring them into an order of their own.
 */
final class PackedForm {

    private final Kernels kernels;
    private final WeightType type;
    private final boolean asItLies;
    private MemorySegment room;
    private StoredMatrix stored;
    private PackedMatrix packed;

    /** Without room yet. */
    PackedForm(Kernels kernels, WeightType type) {
        this.kernels = kernels;
        this.type = type;
        this.asItLies = computesAsItLies(kernels);
    }

    /** Whether these kernels see what is written to stored bytes after they were given them. */
    private static boolean computesAsItLies(Kernels kernels) {
        int floats = (int) (StoredMatrix.byteSize(WeightType.F32, 1, 1) / Float.BYTES);
        MemorySegment bytes = kernels.allocate(floats);
        PackedMatrix packed = kernels.pack(new StoredMatrix(WeightType.F32, 1, 1, bytes), Pieces.inOrder());
        bytes.fill((byte) 1);
        return packed.row(0)[0] != 0;
    }

    /** Makes room for a matrix of (n, k). */
    void resize(int n, int k) {
        if (stored != null && stored.n() == n && stored.k() == k) {
            return;
        }
        long bytes = StoredMatrix.byteSize(type, n, k);
        if (room == null || room.byteSize() < bytes) {
            room = kernels.allocate(Math.ceilDiv(bytes + bytes / 8, Float.BYTES));
        }
        stored = new StoredMatrix(type, n, k, room.asSlice(0, bytes));
        packed = asItLies ? kernels.pack(stored, Pieces.inOrder()) : null;
    }

    /** Panels of 64 outputs. */
    int panels() {
        return Math.ceilDiv(stored.n(), 64);
    }

    WeightType type() {
        return type;
    }

    MemorySegment bytes() {
        return stored.bytes();
    }

    /** To be called when all panels are written. */
    void written(Pieces pieces) {
        if (!asItLies) {
            packed = kernels.pack(stored, pieces);
        }
    }

    PackedMatrix matrix() {
        return packed;
    }
}
