package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a file on its way, reading it ends in the right content or a {@link ModelFormatException}. */
class DamageTest {
    private static final int FLIPS = 4000;
    private static final long MOST_BYTES_FOR_ONE_FILE = 8 << 20;

    private static void readAll(String name, byte[] bytes) throws IOException {
        try (var file = name.endsWith(".gguf")
                ? GgufFile.of(name, MemorySegment.ofArray(bytes))
                : SafetensorsFile.of(name, MemorySegment.ofArray(bytes))) {
            for (var info : file.tensors().values()) {
                var view = file.tensor(info.name());
                if (info.dtype().isInteger()) {
                    view.toLongs();
                } else if (info.dtype().isReadable()) {
                    view.toFloats();
                }
            }
            if (file instanceof GgufFile gguf) {
                for (var value : gguf.metadata().values()) {
                    if (value instanceof GgufValue.OfStrings strings) {
                        strings.strings();
                    } else if (value instanceof GgufValue.OfNumbers numbers) {
                        numbers.doubles();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "safetensors/load__valid_basic.safetensors",
                "safetensors/load__valid_all_dtypes.safetensors",
                "gguf/load__valid_basic.gguf",
                "gguf/load__valid_alignment_64.gguf"
            })
    void aFileCutAnywhereIsRefused(String name) throws IOException {
        var whole = Bytes.read(Bytes.resource("malformed/" + name));
        readAll(name, whole);
        // The last tensor of a GGUF file may lack its padding.
        int least = name.endsWith(".gguf") ? lastByteUsed(name, whole) : whole.length;
        for (int length = 0; length < least; length++) {
            var cut = Arrays.copyOf(whole, length);
            assertThrows(
                    ModelFormatException.class,
                    () -> readAll(name, cut),
                    () -> name + " cut to " + cut.length + " bytes was accepted");
        }
    }

    private static int lastByteUsed(String name, byte[] whole) throws ModelFormatException {
        try (var file = GgufFile.of(name, MemorySegment.ofArray(whole))) {
            return (int) file.tensors().values().stream()
                    .mapToLong(info -> info.offset() + info.byteSize())
                    .max()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "safetensors/load__valid_basic.safetensors",
                "safetensors/load__valid_metadata.safetensors",
                "gguf/load__valid_basic.gguf",
                "gguf/load__valid_all_kv_types.gguf"
            })
    void flippedBitsDoNoHarm(String name) {
        long seed = 7;
        var random = new Random(seed);
        var whole = Bytes.read(Bytes.resource("malformed/" + name));
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            for (int trial = 0; trial < FLIPS; trial++) {
                var damaged = whole.clone();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    // Most of what can go wrong is at the front.
                    int at = random.nextInt(random.nextBoolean() ? Math.min(64, damaged.length) : damaged.length);
                    damaged[at] ^= (byte) (1 << random.nextInt(8));
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                int number = trial;
                try {
                    readAll(name, damaged);
                } catch (ModelFormatException refused) {
                    assertTrue(refused.getMessage().startsWith(name + ": "), refused.getMessage());
                } catch (IOException | RuntimeException | Error e) {
                    throw new AssertionError(name + ", seed " + seed + ", trial " + number, e);
                }
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(
                        allocated < MOST_BYTES_FOR_ONE_FILE,
                        () -> name + ", seed " + seed + ", trial " + number + ": " + allocated + " bytes");
            }
        });
    }
}
