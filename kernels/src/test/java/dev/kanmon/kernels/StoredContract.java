package dev.kanmon.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every sibling owes to {@link StoredMatrix}: the bits that the rows themselves would have given. */
interface StoredContract extends GemmContract {

    int[] STORED_OUTPUTS = {0, 1, 15, 16, 31, 33, 63, 64, 65, 130};
    int[] STORED_INPUTS = {0, 1, 2, 3, 4, 5, 7, 33, 128};

    @ParameterizedTest
    @EnumSource
    default void aStoredMatrixGivesTheBitsOfItsRows(WeightType type) {
        for (int n : STORED_OUTPUTS) {
            for (int k : STORED_INPUTS) {
                var random = new Random(100 * n + k);
                var w = Matrix.random(kernels(), n, k, k, 0, 0.1, random);
                var packed = pack(type, w);
                try (var arena = Arena.ofConfined()) {
                    // Read-only as a mapped file is; once where a file would have it, once where it fits nothing.
                    var room = arena.allocate(StoredMatrix.byteSize(type, n, k) + 3, StoredMatrix.ALIGNMENT);
                    for (int shift : new int[] {0, 3}) {
                        var bytes = room.asSlice(shift, StoredMatrix.byteSize(type, n, k));
                        StoredMatrix.of(type, n, k, w::read, Pieces.inOrder(), bytes);
                        var stored = kernels().pack(new StoredMatrix(type, n, k, bytes.asReadOnly()), Pieces.inOrder());
                        var what = kernels().name() + " " + type + " n=" + n + " k=" + k + " shift=" + shift;
                        assertEquals(packed.type(), stored.type(), what);
                        assertEquals(packed.panel(), stored.panel(), what);
                        for (int row = 0; row < n; row++) {
                            assertArrayEquals(packed.row(row), stored.row(row), what + " row " + row);
                        }
                        var a = Matrix.random(kernels(), 5, k, k, 0, 1, random);
                        assertArrayEquals(product(a, packed), product(a, stored), what);
                    }
                }
            }
        }
    }

    private float[] product(Matrix a, PackedMatrix b) {
        var c = Matrix.of(kernels(), a.rows(), b.n());
        MemorySegment scratch = Matrix.dirty(kernels(), kernels().gemmScratch(a.rows(), b));
        kernels()
                .gemm(
                        a.rows(),
                        a.segment(),
                        a.stride(),
                        b,
                        0,
                        b.n(),
                        null,
                        Activation.NONE,
                        c.segment(),
                        c.stride(),
                        scratch);
        return c.segment().toArray(JAVA_FLOAT);
    }
}
