package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One rule, one exception text, one test; files are literals. */
class SafetensorsRulesTest {

    private static SafetensorsFile open(byte[] bytes) throws ModelFormatException {
        return SafetensorsFile.of("m.safetensors", MemorySegment.ofArray(bytes));
    }

    private static ModelFormatException refusal(byte[] bytes) {
        return assertThrows(ModelFormatException.class, () -> open(bytes));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "dtype unknown      |{'t':{'dtype':'F33','shape':[1],'data_offsets':[0,4]}}|4|byte 13: tensor 't':"
                        + " dtype 'F33' is not supported; known: F64, F32",
                "dtype missing      |{'t':{'shape':[1],'data_offsets':[0,4]}}|4|byte 13: header: t has no key 'dtype',"
                        + " expected a string there",
                "dtype a block type |{'t':{'dtype':'Q8_0','shape':[32],'data_offsets':[0,34]}}|34|dtype 'Q8_0' is not"
                        + " supported",
                "shape negative     |{'t':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}|4|header: t.shape[0] is"
                        + " -1, expected at least 0",
                "shape minus zero   |{'t':{'dtype':'F32','shape':[-0],'data_offsets':[0,0]}}|0|header: t.shape[0] is"
                        + " -0, expected at least 0",
                "shape decimal      |{'t':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}}|4|t.shape[0] is the"
                        + " number 1.0, expected an integer",
                "shape nested       |{'t':{'dtype':'F32','shape':[[1]],'data_offsets':[0,4]}}|4|t.shape[0] is an array"
                        + " of 1, expected an integer",
                "shape overflows    |{'t':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}}|4|the"
                        + " size of F32 [4294967296, 4294967296] exceeds 64 bits",
                "bytes overflow     |{'t':{'dtype':'F32','shape':[4611686018427387904],'data_offsets':[0,0]}}|0|the"
                        + " size of F32 [4611686018427387904] exceeds 64 bits",
                "size differs       |{'t':{'dtype':'F16','shape':[2,3],'data_offsets':[0,8]}}|8|tensor 't': F16 [2, 3]"
                        + " needs 12 bytes, data_offsets [0, 8) hold 8",
                "half a byte        |{'t':{'dtype':'F4','shape':[3,1],'data_offsets':[0,1]}}|1|tensor 't': 3 elements"
                        + " of [3, 1], expected a multiple of 2 for F4",
                "bits left over     |{'t':{'dtype':'F6_E2M3','shape':[2],'data_offsets':[0,1]}}|1|tensor 't': 2"
                        + " elements of [2], expected a multiple of 4 for F6_E2M3",
                "offsets of one     |{'t':{'dtype':'F32','shape':[1],'data_offsets':[4]}}|4|t.data_offsets has 1"
                        + " elements, expected begin and end",
                "offsets reversed   |{'t':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}|4|data_offsets [4, 0) end"
                        + " before they begin",
                "hole at the start  |{'t':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}|8|data_offsets [4, 8)"
                        + " leave a hole after the data before, expected begin 0",
                "overlap           "
                    + " |{'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'u':{'dtype':'F32','shape':[1],'data_offsets':[2,6]}}|6|tensor"
                    + " 'u': data_offsets [2, 6) overlap the data before, expected begin 4",
                "beyond the file    |{'t':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|4|data_offsets [0, 8)"
                        + " exceed the 4 bytes of data in the file",
                "bytes left over    |{'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|5|m.safetensors: tensors"
                        + " use 4 of the 5 bytes of data, expected every byte to belong to one",
                "tensor not object  |{'t':[]}|0|header: t is an array of 0, expected an object",
                "tensor twice      "
                    + " |{'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|4|header:"
                    + " key 't' has a second value in one object, expected one",
                "metadata number    |{'__metadata__':{'a':1}}|0|header: __metadata__.a is the number 1, expected a"
                        + " string",
                "header an array    |[]|0|byte 8: the header does not start with {",
                "header blank first | {}|0|byte 8: the header does not start with {",
                "header not JSON    |{]|0|header: not valid JSON",
            })
    void refuses(String rule, String header, int dataBytes, String message) {
        // The parser of this table trims cells: the blank is put back.
        var json = (rule.equals("header blank first") ? " " : "") + header.replace('\'', '"');
        var e = refusal(Bytes.safetensors(json, dataBytes));
        assertTrue(e.getMessage().contains(message.replace('\'', '"')), e.getMessage());
    }

    @Test
    void lengthsAreChecked() {
        assertEquals(
                "m.safetensors: byte 0: the file has 7 bytes, expected at least 8",
                refusal(new byte[7]).getMessage());
        assertEquals(
                "m.safetensors: byte 0: header length 3 exceeds the 2 bytes left",
                refusal(new LittleEndianBytes().i64(3).bytes(new byte[2]).toByteArray())
                        .getMessage());
        assertEquals(
                "m.safetensors: byte 0: header length 18446744073709551615, expected at most 100000000 in a"
                        + " safetensors file",
                refusal(new LittleEndianBytes().i64(-1).toByteArray()).getMessage());
        assertEquals(
                "m.safetensors: byte 8: the header does not start with {, expected a JSON object",
                refusal(new byte[16]).getMessage());
        var rank = "[" + "1,".repeat(64) + "1]";
        assertTrue(refusal(Bytes.safetensors(
                        "{\"t\":{\"dtype\":\"U8\",\"shape\":" + rank + ",\"data_offsets\":[0,1]}}", 1))
                .getMessage()
                .contains("t.shape has 65 dimensions, expected at most 64"));
    }

    @Test
    void headerIsReadInItsOwnOrder() throws ModelFormatException {
        var header =
                "{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]},\"__metadata__\":{\"format\":\"pt\"},\"z\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[8,8]},\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8],\"x\":1}}"
                    + "  ";
        try (var file = open(Bytes.safetensors(header, 11))) {
            assertEquals(List.of("b", "z", "a"), List.copyOf(file.tensors().keySet()));
            assertEquals("pt", file.metadata().get("format"));
            assertEquals(
                    new TensorInfo("b", DType.U8, List.of(3L), 8 + header.length() + 8, 3),
                    file.tensors().get("b"));
            assertEquals(0, file.tensors().get("z").elements());
            assertEquals(0, file.tensor("z").toFloats().length);
            assertArrayEquals(new long[] {0}, file.tensor("a").toLongs());
            assertThrows(IllegalArgumentException.class, () -> file.tensor("c"));
            assertThrows(
                    UnsupportedOperationException.class, () -> file.tensors().clear());
            assertTrue(assertThrows(
                            ModelFormatException.class, () -> file.tensor("b").toFloats())
                    .getMessage()
                    .contains("tensor \"b\" is U8, expected a type that floats are read from: F64, F32, F16, BF16, "));
            assertThrows(ModelFormatException.class, () -> file.tensor("z").toLongs());
            assertThrows(IndexOutOfBoundsException.class, () -> file.tensor("z").read(0, 1, new float[1], 0));
        }
    }

    /** The reference counts the bits of a whole tensor: rows may end within a byte. */
    @Test
    void elementsSmallerThanAByteFillTheTensorNotTheRow() throws ModelFormatException {
        var header = "{\"a\":{\"dtype\":\"F4\",\"shape\":[2,3],\"data_offsets\":[0,3]},"
                + "\"b\":{\"dtype\":\"F6_E3M2\",\"shape\":[4],\"data_offsets\":[3,6]},"
                + "\"c\":{\"dtype\":\"F4\",\"shape\":[0],\"data_offsets\":[6,6]}}";
        try (var file = open(Bytes.safetensors(header, 6))) {
            assertEquals(6, file.tensors().get("a").elements());
            assertArrayEquals(new float[6], file.tensor("a").toFloats());
            assertEquals(4, file.tensors().get("b").elements());
            assertEquals(3, file.tensor("b").bytes().byteSize());
            assertThrows(ModelFormatException.class, () -> file.tensor("b").toFloats());
            assertEquals(0, file.tensor("c").toFloats().length);
        }
    }

    @Test
    void useAfterCloseIsAClearError(@TempDir Path dir) throws IOException {
        var path = Files.write(
                dir.resolve("m.safetensors"),
                Bytes.safetensors("{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4));
        var file = TensorFile.open(path);
        var view = file.tensor("t");
        assertEquals(0f, view.toFloats()[0]);
        file.close();
        file.close();
        var message = path + " is closed; its tensors can no longer be read";
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, view::toFloats).getMessage());
        assertEquals(
                message, assertThrows(IllegalStateException.class, view::bytes).getMessage());
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, () -> file.tensor("t"))
                        .getMessage());
        assertEquals(1, file.tensors().size());
    }

    @Test
    void aDirectoryOpensItsWeights(@TempDir Path dir) throws IOException {
        var shard = Bytes.safetensors("{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
        assertTrue(assertThrows(ModelFormatException.class, () -> TensorFile.open(dir))
                .getMessage()
                .contains("neither model.safetensors nor model.safetensors.index.json"));
        Files.write(dir.resolve("s.safetensors"), shard);
        var index = dir.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"t\":\"s.safetensors\"}}");
        try (var file = TensorFile.open(dir)) {
            assertEquals(1, file.tensor("t").toFloats().length);
            assertEquals(index, file.path());
        }
        for (var name : List.of(
                "../" + dir.getFileName() + "/s.safetensors",
                "/etc/hostname",
                "sub/../../x",
                "",
                ".",
                "..\\\\x",
                "a\\u0000b")) {
            Files.writeString(index, "{\"weight_map\":{\"t\":\"" + name + "\"}}");
            var e = assertThrows(ModelFormatException.class, () -> TensorFile.open(dir), name);
            assertTrue(
                    e.getMessage().contains("expected a file name within the directory of the index")
                            || name.equals("."),
                    e.getMessage());
        }
        Files.writeString(index, "{\"weight_map\":{\"t\":\"gone.safetensors\"}}");
        assertTrue(assertThrows(ModelFormatException.class, () -> TensorFile.open(dir))
                .getMessage()
                .contains("weight_map.t is the string \"gone.safetensors\", which does not exist"));
        Files.writeString(index, "{\"weight_map\":{\"t\":\"s.safetensors\",\"u\":\"s.safetensors\"}}");
        assertTrue(assertThrows(ModelFormatException.class, () -> TensorFile.open(dir))
                .getMessage()
                .contains("a shard without that tensor"));
        Files.write(dir.resolve("model.safetensors"), shard);
        try (var file = TensorFile.open(dir)) {
            assertEquals(dir.resolve("model.safetensors"), file.path());
        }
        Files.writeString(dir.resolve("notes.txt"), "x");
        assertThrows(ModelFormatException.class, () -> TensorFile.open(dir.resolve("notes.txt")));
        assertThrows(java.nio.file.NoSuchFileException.class, () -> TensorFile.open(dir.resolve("none.gguf")));
    }
}
