package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading in slices or into native memory gives what the mapping gives. */
class ReadOnceTest {

    @TempDir
    private Path directory;

    static Stream<DType> readableTypes() {
        return Arrays.stream(DType.values()).filter(DType::isReadable);
    }

    /** A file with random bytes of {@code type}, some slices long. */
    private Path file(DType type) throws IOException {
        int blocks = 5 * FileBytes.SLICE / 2 / type.blockBytes();
        var bytes = new byte[blocks * type.blockBytes()];
        new Random(3).nextBytes(bytes);
        var path = directory.resolve(type.inSafetensors() ? "t.safetensors" : "t.gguf");
        try (TensorWriter writer = type.inSafetensors() ? SafetensorsWriter.create(path) : GgufWriter.create(path)) {
            writer.declare("before", DType.F32, 8);
            writer.declare("t", type, (long) blocks * type.blockSize());
            writer.write("before", new float[8]);
            writer.writeBytes("t", MemorySegment.ofArray(bytes));
            writer.finish();
        }
        return path;
    }

    @ParameterizedTest
    @MethodSource("readableTypes")
    void everyTypeInEveryRange(DType type) throws IOException {
        var random = new Random(5);
        var path = file(type);
        try (var file = TensorFile.open(path);
                var lent = type.inSafetensors()
                        ? SafetensorsFile.of("lent", MemorySegment.ofArray(Files.readAllBytes(path)))
                        : GgufFile.of("lent", MemorySegment.ofArray(Files.readAllBytes(path)))) {
            int elements = Math.toIntExact(file.tensor("t").info().elements());
            var whole = file.tensor("t").toFloats();
            for (int i = 0; i < 12; i++) {
                int from = i == 0 ? 0 : random.nextInt(elements);
                int count = i == 0 ? elements : random.nextInt(elements - from + 1);
                var expected = new float[count + 3];
                System.arraycopy(whole, from, expected, 2, count);
                for (var source : new TensorFile[] {file, lent}) {
                    var actual = new float[count + 3];
                    source.tensor("t").readOnce(from, count, actual, 2);
                    Codecs.assertSameFloats(expected, actual, type + " from " + from + ", " + count + " elements");
                    try (Arena arena = Arena.ofConfined()) {
                        var memory = arena.allocate(expected.length * (long) Float.BYTES);
                        source.tensor("t").read(from, count, memory, 2);
                        Codecs.assertSameFloats(
                                expected, memory.toArray(ValueLayout.JAVA_FLOAT), type + " into native memory");
                    }
                }
            }
            assertThrows(
                    IndexOutOfBoundsException.class, () -> file.tensor("t").readOnce(elements, 1, new float[1], 0));
            for (int from : new int[] {elements, elements - 1}) {
                assertThrows(
                        IndexOutOfBoundsException.class,
                        () -> file.tensor("t").read(from, 1, MemorySegment.ofArray(new float[1]), elements - from));
            }
        }
    }

    @Test
    void manyThreadsReadAtATime() throws IOException {
        try (var file = TensorFile.open(file(DType.F32))) {
            var view = file.tensor("t");
            var expected = view.toFloats();
            var actual = new float[expected.length];
            int piece = 5000;
            IntStream.range(0, Math.ceilDiv(expected.length, piece)).parallel().forEach(i -> {
                try {
                    view.readOnce(i * piece, Math.min(piece, expected.length - i * piece), actual, i * piece);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Codecs.assertSameFloats(expected, actual, "F32");
        }
    }

    @Test
    void aFileThatBecameShorterIsAnErrorAndNoCrash() throws IOException {
        var path = file(DType.F32);
        try (var file = TensorFile.open(path)) {
            int elements = Math.toIntExact(file.tensor("t").info().elements());
            try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(Files.size(path) - 4);
            }
            var error = assertThrows(
                    EOFException.class, () -> file.tensor("t").readOnce(0, elements, new float[elements], 0));
            assertTrue(error.getMessage().contains("t.safetensors"), error.getMessage());
        }
    }

    @Test
    void anInterruptEndsReadingAndLeavesTheMapping() throws IOException {
        try (var file = TensorFile.open(file(DType.F32))) {
            var view = file.tensor("t");
            var before = view.toFloats();
            Thread.currentThread().interrupt();
            assertThrows(ClosedByInterruptException.class, () -> view.readOnce(0, 10, new float[10], 0));
            assertTrue(Thread.interrupted());
            assertArrayEquals(before, view.toFloats());
        }
    }

    @Test
    void aClosedFileIsRefused() throws IOException {
        var path = file(DType.F16);
        var file = TensorFile.open(path);
        var view = file.tensor("t");
        view.readOnce(0, 10, new float[10], 0);
        file.close();
        file.close();
        var error = assertThrows(IllegalStateException.class, () -> view.readOnce(0, 10, new float[10], 0));
        assertTrue(error.getMessage().contains("closed"), error.getMessage());
        Files.delete(path);
        assertFalse(Files.exists(path));
        assertEquals("t", view.info().name());
    }
}
