package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kanmon.formats.RenamedTensors.Source;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensors under other names, whole and in pieces, as they are and turned. */
class RenamedTensorsTest {

    @TempDir
    private Path directory;

    private Path file(DType type, int rows, int columns) throws IOException {
        Path path = directory.resolve("x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path)) {
            writer.declare("matrix", type, rows, columns);
            writer.declare("vector", DType.F32, 3);
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = i % 256;
            }
            writer.write("matrix", values);
            writer.write("vector", new float[] {1, 2, 3});
            writer.finish();
        }
        return path;
    }

    private static SequencedMap<String, Source> names() {
        SequencedMap<String, Source> names = new LinkedHashMap<>();
        names.put("turned", new Source("matrix", true));
        names.put("same", new Source("matrix", false));
        names.put("v", new Source("vector", false));
        return names;
    }

    /** Any piece of a turned matrix, also one that starts and ends within rows, at sizes around the pieces it is read in. */
    @ParameterizedTest
    @CsvSource({"F32, 1, 1", "F32, 5, 7", "F16, 3, 64", "BF16, 64, 3", "F64, 65, 66", "F32, 1, 130", "F32, 130, 1"})
    void piecesOfATurnedMatrix(DType type, int rows, int columns) throws IOException {
        try (RenamedTensors file = RenamedTensors.of(TensorFile.open(file(type, rows, columns)), names())) {
            assertEquals(
                    List.of("turned", "same", "v"), List.copyOf(file.tensors().keySet()));
            TensorView turned = file.tensor("turned");
            assertEquals(List.of((long) columns, (long) rows), turned.info().shape());
            float[] stored = file.tensor("same").toFloats();
            float[] expected = new float[stored.length];
            for (int i = 0; i < stored.length; i++) {
                expected[i % columns * rows + i / columns] = stored[i];
            }
            assertArrayEquals(expected, turned.toFloats());
            Random random = new Random(rows * 1000L + columns);
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(expected.length);
                int count = random.nextInt(expected.length - from + 1);
                float[] piece = new float[count + 2];
                piece[0] = piece[count + 1] = -1;
                turned.read(from, count, piece, 1);
                assertArrayEquals(
                        Arrays.copyOfRange(expected, from, from + count),
                        Arrays.copyOfRange(piece, 1, count + 1),
                        type + " " + rows + " by " + columns + ", " + count + " from " + from);
                float[] once = new float[count];
                turned.readOnce(from, count, once, 0);
                assertArrayEquals(Arrays.copyOfRange(expected, from, from + count), once, "read once");
                file.tensor("same").readOnce(from, count, once, 0);
                assertArrayEquals(Arrays.copyOfRange(stored, from, from + count), once, "read once as it is");
                assertEquals(-1, piece[0]);
                assertEquals(-1, piece[count + 1]);
            }
            // Turned twice it is what it was, in its bytes as well.
            SequencedMap<String, Source> back = new LinkedHashMap<>();
            back.put("again", new Source("turned", true));
            back.put("renamed", new Source("turned", false));
            RenamedTensors twice = RenamedTensors.of(file, back);
            assertArrayEquals(stored, twice.tensor("again").toFloats());
            assertArrayEquals(
                    file.tensor("same").bytes().toArray(ValueLayout.JAVA_BYTE),
                    twice.tensor("again").bytes().toArray(ValueLayout.JAVA_BYTE));
            assertArrayEquals(expected, twice.tensor("renamed").toFloats());
            assertEquals(-1, turned.bytes().mismatch(twice.tensor("renamed").bytes()));
        }
    }

    @Test
    void refusesWhatCannotBe() throws IOException {
        try (TensorFile file = TensorFile.open(file(DType.F32, 2, 3))) {
            SequencedMap<String, Source> names = new LinkedHashMap<>();
            names.put("v", new Source("vector", true));
            assertThrows(IllegalArgumentException.class, () -> RenamedTensors.of(file, names));
            names.put("v", new Source("nothing", false));
            assertThrows(IllegalArgumentException.class, () -> RenamedTensors.of(file, names));
            TensorFile renamed = RenamedTensors.of(file, names());
            assertThrows(IllegalArgumentException.class, () -> renamed.tensor("matrix"));
            TensorView view = renamed.tensor("turned");
            assertThrows(IndexOutOfBoundsException.class, () -> view.read(5, 2, new float[2], 0));
            renamed.close();
            assertThrows(IllegalStateException.class, () -> view.read(0, 1, new float[1], 0));
            assertThrows(IllegalStateException.class, view::bytes);
        }
    }
}
