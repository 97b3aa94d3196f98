package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file that did not arrive whole is refused, wherever it ends; {@link ReaderFuzzTest} does worse to files. */
class DamageTest {
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

    /** Formats whose end says where everything is, or that account for every byte. */
    @Test
    void aCheckpointCutAnywhereIsRefused() {
        for (var name : new String[] {"state.bin", "legacy.bin"}) {
            var whole = Bytes.read(Bytes.resource("pytorch/" + name));
            for (int length = 0; length < whole.length; length++) {
                var cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
                assertThrows(
                        ModelFormatException.class,
                        () -> PytorchFile.of(name, cut),
                        () -> name + " cut to " + cut.byteSize() + " bytes was accepted");
            }
        }
        for (var whole : new byte[][] {OnnxFileTest.everyField(), OnnxFileTest.nodes()}) {
            for (int length = 0; length < whole.length; length++) {
                var cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
                assertThrows(
                        ModelFormatException.class,
                        () -> OnnxFile.of("m.onnx", cut),
                        () -> "m.onnx cut to " + cut.byteSize() + " bytes was accepted");
            }
        }
        var bundle = TensorflowCheckpointTest.small();
        var shards = bundle.shards().stream().map(MemorySegment::ofArray).toList();
        var whole = bundle.index();
        for (int length = 0; length < whole.length; length++) {
            var cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
            assertThrows(
                    ModelFormatException.class,
                    () -> TensorflowCheckpoint.of("m.index", cut, shards),
                    () -> "m.index cut to " + cut.byteSize() + " bytes was accepted");
        }
    }
}
