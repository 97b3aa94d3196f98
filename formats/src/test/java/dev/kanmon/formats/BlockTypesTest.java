package dev.kanmon.formats;

import static dev.kanmon.formats.Codecs.assertSameFloats;
import static dev.kanmon.formats.Codecs.decode;
import static dev.kanmon.formats.Codecs.encode;
import static dev.kanmon.formats.Codecs.raw;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.codec.TensorCodec;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** ggml's block types against the exact floats of the reference, in every range. */
class BlockTypesTest {

    static Stream<DType> typesOfTheReference() {
        return Stream.concat(
                Stream.of(DType.BF16),
                Arrays.stream(DType.values())
                        .filter(type -> !type.inSafetensors() && type != DType.Q1_0 && type != DType.Q2_0));
    }

    static Stream<DType> readableTypes() {
        return Arrays.stream(DType.values()).filter(DType::isReadable);
    }

    @ParameterizedTest
    @MethodSource("typesOfTheReference")
    void blocksOfTheReference(DType type) throws IOException {
        try (var file = TensorFile.open(Bytes.resource("gguf_blocks/" + type + ".safetensors"))) {
            for (var prefix : new String[] {"", "special.", "quantize."}) {
                // NVFP4 has no special blocks; where the reference cannot quantise, there is nothing to read back.
                var name = prefix + (prefix.equals("quantize.") ? "dequantized" : "expected");
                if (!prefix.isEmpty() && !file.tensors().containsKey(name)) {
                    continue;
                }
                var expected = file.tensor(name).toFloats();
                assertSameFloats(
                        expected,
                        decode(type, raw(file, prefix + "raw"), expected.length),
                        type + " " + prefix + "raw");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"})
    void quantisesAsTheReference(DType type) throws IOException {
        try (var file = TensorFile.open(Bytes.resource("gguf_blocks/" + type + ".safetensors"))) {
            var expected = raw(file, "quantize.raw");
            var actual = encode(type, file.tensor("quantize.input").toFloats());
            assertArrayEquals(expected, actual, type + " quantize.raw");
        }
    }

    @Test
    void everyBlockTypeIsRead() {
        assertTrue(Arrays.stream(DType.values()).allMatch(type -> type.inSafetensors() || type.isReadable()));
        assertEquals("F64, F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q6_K", DType.writableNames());
    }

    @Test
    void oneAndTwoBits() {
        var one = new byte[18];
        one[1] = 0x40;
        one[2] = 0b101;
        one[17] = (byte) 0x80;
        var expected = new float[128];
        Arrays.fill(expected, -2);
        expected[0] = expected[2] = expected[127] = 2;
        assertSameFloats(expected, decode(DType.Q1_0, one, 128), "Q1_0");
        var two = new byte[18];
        two[1] = 0x40;
        two[2] = (byte) 0b11_10_01_00;
        var levels = new float[64];
        Arrays.fill(levels, -2);
        levels[1] = 0;
        levels[2] = 2;
        levels[3] = 4;
        assertSameFloats(levels, decode(DType.Q2_0, two, 64), "Q2_0");
    }

    /** Any range, at any alignment of the bytes, across blocks and the chunks in which a codec works. */
    @ParameterizedTest
    @MethodSource("readableTypes")
    void rangesAtAnyAlignment(DType type) {
        long seed = 42;
        var random = new Random(seed);
        int elements = 2 * TensorCodec.CHUNK + 3 * Math.max(32, type.blockSize());
        var stored = new byte[elements / type.blockSize() * type.blockBytes()];
        random.nextBytes(stored);
        var whole = decode(type, stored, elements);
        for (int trial = 0; trial < 300; trial++) {
            int shift = random.nextInt(8);
            var shifted = new byte[stored.length + shift];
            System.arraycopy(stored, 0, shifted, shift, stored.length);
            int from = random.nextInt(elements + 1);
            int most = Math.min(elements - from, trial % 3 == 0 ? elements : 2 * type.blockSize() + 5);
            int count = random.nextInt(most + 1);
            int dstPos = random.nextInt(5);
            var dst = new float[dstPos + count + 3];
            Arrays.fill(dst, 777f);
            var expected = dst.clone();
            System.arraycopy(whole, from, expected, dstPos, count);
            TensorCodec.find(type)
                    .orElseThrow()
                    .decode(MemorySegment.ofArray(shifted).asSlice(shift), from, count, dst, dstPos);
            assertSameFloats(
                    expected, dst, type + " from " + from + " count " + count + " shift " + shift + ", seed " + seed);
        }
    }

    /** Every block is its own: shuffled blocks decode to shuffled floats, wherever they lie. */
    @ParameterizedTest
    @MethodSource("typesOfTheReference")
    void blocksDoNotDependOnTheirPlace(DType type) throws IOException {
        try (var file = TensorFile.open(Bytes.resource("gguf_blocks/" + type + ".safetensors"))) {
            var raw = raw(file, "raw");
            var expected = file.tensor("expected").toFloats();
            int size = type.blockSize();
            int bytes = type.blockBytes();
            int blocks = 2 * TensorCodec.CHUNK / size + 7;
            var random = new Random(3);
            var stored = new byte[blocks * bytes];
            var floats = new float[blocks * size];
            for (int b = 0; b < blocks; b++) {
                int from = random.nextInt(raw.length / bytes);
                System.arraycopy(raw, from * bytes, stored, b * bytes, bytes);
                System.arraycopy(expected, from * size, floats, b * size, size);
            }
            assertSameFloats(floats, decode(type, stored, floats.length), type + ", seed 3");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bert, F32",
        "bert, F16",
        "bert, BF16",
        "bert, Q8_0",
        "bert, Q4_0",
        "bert, Q4_1",
        "bert, Q5_0",
        "bert, Q5_1",
        "deberta_v3, F32",
        "deberta_v3, F16",
        "deberta_v3, Q8_0",
        "deberta_v3, Q4_0",
        "deberta_v3_k, Q8_0",
        "deberta_v3_k, Q6_K",
        "deberta_v3_k, Q4_K_M"
    })
    void tensorsOfTheGgufReference(String model, String mix) throws IOException {
        var directory = Shared.path("golden/gguf/" + model);
        var expected = Json.read(directory.resolve("expected.json")).asObject().object(mix);
        try (var file = TensorFile.open(directory.resolve(expected.string("file")))) {
            var tensors = expected.object("tensors");
            assertEquals(tensors.members().keySet(), file.tensors().keySet());
            for (var name : tensors.members().keySet()) {
                var tensor = tensors.object(name);
                var view = file.tensor(name);
                var what = model + " " + mix + " " + name;
                assertEquals(tensor.string("type"), view.info().dtype().name(), what);
                var shape = Arrays.stream(tensor.array("shape").longs()).boxed().toList();
                assertEquals(shape, view.info().shape(), what);
                assertEquals(tensor.string("sha256_f32le"), Bytes.sha256(Bytes.of(view.toFloats())), what);
            }
        }
    }

    @Test
    void sizesOfBlocksAreThoseOfTheReference() throws IOException {
        var index = Json.read(Shared.path("golden/gguf_blocks/index.json")).asObject();
        for (var name : index.members().keySet()) {
            var type = DType.valueOf(name);
            var row = index.object(name);
            assertEquals(row.integer("ggml_type_id"), type.ggmlId(), name);
            assertEquals(row.integer("block_size"), type.blockSize(), name);
            assertEquals(row.integer("type_size"), type.blockBytes(), name);
        }
    }
}
