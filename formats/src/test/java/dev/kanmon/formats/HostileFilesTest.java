package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Files of some megabytes that ask for as much memory or time as they can: there is an end to it, whatever their size. */
class HostileFilesTest {
    private static final int BYTES = 16 << 20;
    private static final long MOST_BYTES = 768L << 20;
    private static final long MOST_CPU_NANOS = 5_000_000_000L;

    private static void refused(String rule, Executable open) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long cpu = threads.getCurrentThreadCpuTime();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        var e = assertThrows(ModelFormatException.class, open);
        assertTrue(e.getMessage().contains(rule), e.getMessage());
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        cpu = threads.getCurrentThreadCpuTime() - cpu;
        assertTrue(allocated < MOST_BYTES, "allocated " + allocated + " bytes");
        assertTrue(cpu < MOST_CPU_NANOS, "took " + cpu / 1_000_000 + " ms");
    }

    private static byte[] repeated(byte[] head, byte[] piece, int bytes) {
        var out = new LittleEndianBytes().bytes(head);
        while (out.size() < bytes) {
            out.bytes(piece);
        }
        return out.toByteArray();
    }

    private static void pickle(String rule, String head, String piece) {
        var start = ("\u0080\u0002" + head).getBytes(StandardCharsets.ISO_8859_1);
        var file = PytorchFileTest.zip(repeated(start, piece.getBytes(StandardCharsets.ISO_8859_1), BYTES));
        refused(rule, () -> PytorchFile.of("state.bin", MemorySegment.ofArray(file)));
    }

    @Test
    void pickles() {
        pickle("more than 1048576 objects", "", "}");
        pickle("more than 1048576 objects", "", "(");
        pickle("more than 1048576 objects", "]q\u0000", "h\u0000a");
        // Lists in lists, a million deep.
        pickle("more than 1048576 objects", "", "]]a");
        // One tuple of many elements, and calls that share it.
        pickle(
                "more than 1048576 objects",
                "ctorch._utils\n_rebuild_tensor_v2\nq\u0000(" + "K\u0001".repeat(500_000) + "tq\u0001",
                "h\u0000h\u0001R");
    }

    @Test
    void onnx() {
        var nodes = repeated(new byte[0], new byte[] {0x0A, 0}, BYTES);
        refused("more than 524288 nodes", () -> onnx(nodes));
        var inputs = new ProtobufBytes()
                .bytes(1, repeated(new byte[0], new byte[] {0x0A, 0}, BYTES))
                .toByteArray();
        refused("more than 524288 nodes", () -> onnx(inputs));
        var integers = new ProtobufBytes()
                .message(1, new ProtobufBytes().message(5, new ProtobufBytes().bytes(8, new byte[BYTES])))
                .toByteArray();
        refused("more than 524288 nodes", () -> onnx(integers));
        var dims = new ProtobufBytes()
                .message(5, new ProtobufBytes().bytes(1, new byte[BYTES]))
                .toByteArray();
        refused("more than 64 dimensions", () -> onnx(dims));
    }

    private static void onnx(byte[] graph) throws IOException {
        OnnxFile.of(
                        "m.onnx",
                        MemorySegment.ofArray(
                                new ProtobufBytes().bytes(7, graph).toByteArray()))
                .close();
    }

    @Test
    void tensorflow() {
        // Each name repeats the four thousand bytes of the one before in a few bytes of the file.
        var bundle = new BundleBytes(1);
        var prefix = "x".repeat(SortedTable.MAX_KEY_BYTES - 6);
        for (int i = 0; i < 10_000; i++) {
            bundle.tensor(prefix + "%06d".formatted(i), 1, 0, new byte[0], 0);
        }
        var index = bundle.oneBlock();
        refused(
                "names of more than 16777216 bytes",
                () -> TensorflowCheckpoint.of(
                        "m.index", MemorySegment.ofArray(index), List.of(MemorySegment.ofArray(new byte[0]))));
    }

    @Test
    void json() {
        var nested = repeated(new byte[0], "[".getBytes(StandardCharsets.UTF_8), BYTES);
        refused("nest", () -> Json.parse("x.json", nested));
        for (var empty : List.of("{},", "[],")) {
            var values = repeated(new byte[] {'['}, empty.getBytes(StandardCharsets.UTF_8), BYTES);
            refused("more than 4194304 values", () -> Json.parse("x.json", values));
        }
        var header = new LittleEndianBytes()
                .i64(BYTES)
                .bytes(repeated(new byte[0], "{\"a\":".getBytes(StandardCharsets.UTF_8), BYTES));
        refused("nest", () -> SafetensorsFile.of("x.safetensors", MemorySegment.ofArray(header.toByteArray())));
    }
}
