package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;

/** Files from strangers: what must be refused, what must load, and with what content. */
class MalformedFilesTest {

    @TestFactory
    Stream<DynamicTest> copiedFiles() throws IOException {
        return Stream.concat(files(Bytes.resource("malformed/safetensors")), files(Bytes.resource("malformed/gguf")))
                .map(file -> dynamicTest(file.getFileName().toString(),
                        () -> check(file, file.getFileName().toString().split("__")[0], null)));
    }

    private static Stream<Path> files(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList().stream();
        }
    }

    @TestFactory
    Stream<DynamicTest> safetensorsByManifest() throws IOException {
        return orSkip("golden/malformed/safetensors", MalformedFilesTest::byManifest);
    }

    @TestFactory
    Stream<DynamicTest> ggufByManifest() throws IOException {
        return orSkip("golden/malformed/gguf", MalformedFilesTest::byManifest);
    }

    @FunctionalInterface
    private interface Rows {
        Stream<DynamicTest> of(Path directory) throws IOException;
    }

    /** Surefire does not report a factory that gives up; a test that gives up is reported as skipped. */
    private static Stream<DynamicTest> orSkip(String folder, Rows rows) throws IOException {
        Path directory;
        try {
            directory = Shared.path(folder);
        } catch (TestAbortedException absent) {
            return Stream.of(dynamicTest(folder, () -> {
                throw absent;
            }));
        }
        return rows.of(directory);
    }

    private static Stream<DynamicTest> byManifest(Path directory) throws IOException {
        return Json.read(directory.resolve("manifest.json")).asArray().values().stream()
                .map(JsonObject.class::cast)
                .map(row -> dynamicTest(((JsonString) row.get("file")).value(),
                        () -> check(directory.resolve(row.string("file")), row.string("expect"), row)));
    }

    private static TensorFile open(Path file) throws IOException {
        return file.toString().endsWith(".gguf") ? GgufFile.open(file) : SafetensorsFile.open(file);
    }

    private static void check(Path file, String expect, JsonObject row) throws IOException {
        switch (expect) {
            case "reject" -> assertSensible(file, assertThrows(ModelFormatException.class, () -> open(file).close()));
            case "load" -> {
                try (var opened = open(file)) {
                    compare(opened, row);
                }
            }
            case "either" -> {
                try (var opened = open(file)) {
                    compare(opened, row);
                } catch (ModelFormatException e) {
                    assertSensible(file, e);
                }
            }
            default -> fail("unknown expectation " + expect);
        }
    }

    private static void assertSensible(Path file, ModelFormatException e) {
        assertEquals(file.toString(), e.source());
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertFalse(e.getMessage().contains("\n") || e.getMessage().length() > file.toString().length() + 600, e.getMessage());
        assertTrue(e.offset() >= -1, e.getMessage());
    }

    private static void compare(TensorFile file, JsonObject row) throws IOException {
        if (row == null) {
            for (var name : file.tensors().keySet()) {
                assertEquals(file.tensors().get(name).byteSize(), file.tensor(name).bytes().byteSize());
            }
            return;
        }
        switch (row.get("tensors")) {
            case JsonObject tensors -> {
                assertEquals(tensors.members().keySet(), file.tensors().keySet());
                for (var member : tensors.members().entrySet()) {
                    var view = file.tensor(member.getKey());
                    var expected = member.getValue().asObject();
                    assertEquals(expected.string("dtype"), view.info().dtype().name(), member.getKey());
                    var shape = Arrays.stream(expected.array("shape").longs()).boxed().toList();
                    // The manifest of GGUF files has the order of the file.
                    assertEquals(file instanceof GgufFile ? shape.reversed() : shape, view.info().shape());
                    assertEquals(expected.string("sha256"), Bytes.sha256(view.bytes()), member.getKey());
                }
            }
            case JsonNumber count -> assertEquals(count.asInt(), file.tensors().size());
            case null -> { }
            case JsonValue other -> fail("tensors: " + other.describe());
        }
        if (file instanceof GgufFile gguf && row.has("kv")) {
            var expected = row.object("kv").members();
            assertEquals(expected.keySet(), gguf.metadata().keySet());
            for (var entry : expected.entrySet()) {
                compareValue(entry.getKey(), entry.getValue(), gguf.metadata().get(entry.getKey()));
            }
        }
    }

    private static void compareValue(String key, JsonValue expected, GgufValue actual) throws ModelFormatException {
        switch (actual) {
            case GgufValue.OfInteger(_, long value) -> assertEquals(expected.asLong(), value, key);
            case GgufValue.OfFloat(_, double value) -> assertEquals(expected.asDouble(), value, key);
            case GgufValue.OfBoolean(boolean value) -> assertEquals(expected.asBoolean(), value, key);
            case GgufValue.OfString(var value) -> assertEquals(expected.asString(), value, key);
            case GgufValue.OfStrings strings -> assertEquals(expected.asArray().strings(), strings.strings(), key);
            case GgufValue.OfNumbers numbers -> assertEquals(
                    expected.asArray().values().stream().map(MalformedFilesTest::number).toList(),
                    Arrays.stream(numbers.doubles()).boxed().toList(), key);
            case GgufValue.OfArrays arrays -> assertEquals(expected.asArray().size(), arrays.values().size(), key);
        }
    }

    private static double number(JsonValue value) {
        return switch (value) {
            case JsonNumber number -> number.doubleValue();
            case JsonBoolean bool -> bool.value() ? 1 : 0;
            case JsonObject _, JsonArray _, JsonString _, JsonNull _ -> throw new AssertionError(value.describe());
        };
    }

    @TestFactory
    Stream<DynamicTest> directoriesOfWeights() throws IOException {
        return orSkip("golden/malformed/dirs", MalformedFilesTest::weightsOf);
    }

    private static Stream<DynamicTest> weightsOf(Path directory) throws IOException {
        return Json.read(directory.resolve("manifest.json")).asArray().values().stream()
                .map(JsonObject.class::cast)
                .map(row -> ((JsonString) row.get("dir")).value())
                .map(name -> dynamicTest(name, () -> {
                    var dir = directory.resolve(name);
                    // The weights of the other rows are whole files; what is wrong with them is the model's business.
                    if (name.startsWith("reject__index_")) {
                        var e = assertThrows(ModelFormatException.class, () -> TensorFile.open(dir).close());
                        assertTrue(e.getMessage().startsWith(dir.toString()), e.getMessage());
                    } else {
                        try (var file = TensorFile.open(dir)) {
                            assertFalse(file.tensors().isEmpty());
                            assertEquals(name.equals("load__index_valid"), file instanceof ShardedCheckpoint);
                        }
                    }
                }));
    }

    @Test
    void storageVariantsOpen() throws IOException {
        try (var variants = Files.list(Shared.path("golden/storage"))) {
            for (var dir : variants.sorted().toList()) {
                try (var file = TensorFile.open(dir)) {
                    assertFalse(file.tensors().isEmpty(), dir.toString());
                    for (var info : file.tensors().values()) {
                        var view = file.tensor(info.name());
                        assertEquals(info.elements(), info.dtype().isInteger() ? view.toLongs().length : view.toFloats().length);
                    }
                }
            }
        }
    }
}
