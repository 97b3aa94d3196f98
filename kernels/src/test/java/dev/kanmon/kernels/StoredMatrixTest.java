package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.common.Rounding;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The order of a stored matrix, byte by byte, as its javadoc has it. */
class StoredMatrixTest {

    private static final int[] OUTPUTS = {1, 63, 64, 65, 130};
    private static final int[] INPUTS = {1, 2, 3, 4, 5, 8, 33, 70};

    private static float[][] weights(int n, int k) {
        var random = new Random(31 * n + k);
        var weights = new float[n][k];
        for (var row : weights) {
            for (int i = 0; i < k; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return weights;
    }

    private static RowSource rows(float[][] weights) {
        return (first, count, dst, dstPos) -> {
            for (int r = 0; r < count; r++) {
                System.arraycopy(weights[first + r], 0, dst, dstPos + r * weights[0].length, weights[0].length);
            }
        };
    }

    private static StoredMatrix store(WeightType type, float[][] weights) {
        int n = weights.length;
        int k = weights[0].length;
        var dirty = new byte[Math.toIntExact(StoredMatrix.byteSize(type, n, k))];
        new Random(1).nextBytes(dirty);
        return StoredMatrix.of(type, n, k, rows(weights), Pieces.inOrder(), MemorySegment.ofArray(dirty));
    }

    @ParameterizedTest
    @EnumSource
    void everyByteIsWhereItBelongs(WeightType type) {
        int size = type == WeightType.F32 ? 4 : type == WeightType.BF16 ? 2 : 1;
        int perStep = 4 / size;
        for (int n : OUTPUTS) {
            for (int k : INPUTS) {
                var weights = weights(n, k);
                var stored = store(type, weights);
                int panels = (n + 63) / 64;
                int steps = (k + perStep - 1) / perStep;
                int padded = panels * 64;
                int extras = type == WeightType.INT8 ? 8 * padded : 0;
                var expected =
                        ByteBuffer.allocate(panels * steps * 256 + extras).order(ByteOrder.LITTLE_ENDIAN);
                for (int j = 0; j < n; j++) {
                    var row = weights[j].clone();
                    if (type == WeightType.INT8) {
                        int at = panels * steps * 256 + 4 * j;
                        Rounding.toInt8(row, 0, 1, k, (_, scale, sum) -> {
                            expected.putFloat(at, scale);
                            expected.putInt(at + 4 * padded, sum);
                        });
                    }
                    for (int i = 0; i < k; i++) {
                        int at = 4 * ((j / 64 * steps + i / perStep) * 64 + j % 64) + i % perStep * size;
                        switch (type) {
                            case F32 -> expected.putFloat(at, row[i]);
                            case BF16 -> expected.putShort(at, Rounding.toBf16(row[i]));
                            case INT8 -> expected.put(at, (byte) row[i]);
                        }
                    }
                }
                assertArrayEquals(
                        expected.array(),
                        (byte[]) stored.bytes().heapBase().orElseThrow(),
                        type + " n=" + n + " k=" + k);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyRowsCanBeReadBack(WeightType type) {
        var weights = weights(150, 37);
        var stored = store(type, weights);
        var packed = KernelChoice.of("scalar").kernels().pack(type, 150, 37, rows(weights));
        for (int first : new int[] {0, 1, 60, 63, 64, 149}) {
            for (int count : new int[] {0, 1, 3, 64, 90}) {
                if (first + count <= 150) {
                    var read = new float[count * 37 + 5];
                    stored.read(first, count, read, 4);
                    for (int r = 0; r < count; r++) {
                        for (int i = 0; i < 37; i++) {
                            assertEquals(packed.row(first + r)[i], read[4 + r * 37 + i], type + " " + first + " " + r);
                        }
                    }
                }
            }
        }
        assertThrows(IndexOutOfBoundsException.class, () -> stored.read(149, 2, new float[74], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> stored.read(0, 2, new float[73], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> stored.read(-1, 1, new float[37], 0));
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 64, 3, 767, 'found 767 bytes, expected 768 for F32 64 x 3'",
        "INT8, 65, 5, 2049, 'found 2049 bytes, expected 2048 for INT8 65 x 5'",
        "BF16, -1, 5, 0, 'n -1, expected 0 or more'",
        "INT8, 1, 65537, 0, 'expected at most 65536 inputs'",
        "F32, 2147483647, 2147483647, 0, 'which one array holds'"
    })
    void sizesThatDoNotFitAreRefused(WeightType type, int n, int k, int bytes, String message) {
        var refusal = assertThrows(
                IllegalArgumentException.class,
                () -> new StoredMatrix(type, n, k, MemorySegment.ofArray(new byte[bytes])));
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    @Test
    void theThreadsDoNotChangeAByte() {
        var weights = weights(3000, 700);
        Pieces backwards = (count, piece) -> {
            var threads = new Thread[count];
            for (int i = count - 1; i >= 0; i--) {
                int number = i;
                threads[i] = Thread.ofPlatform().start(() -> piece.accept(number));
            }
            for (var thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        for (var type : WeightType.values()) {
            var other = MemorySegment.ofArray(new byte[(int) StoredMatrix.byteSize(type, 3000, 700)]);
            StoredMatrix.of(type, 3000, 700, rows(weights), backwards, other);
            assertEquals(-1, store(type, weights).bytes().mismatch(other), type.name());
        }
    }
}
