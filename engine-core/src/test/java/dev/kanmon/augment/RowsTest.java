package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of training files, read and written. */
class RowsTest {

    @TempDir
    private Path directory;

    @Test
    void rowsKeepEverythingThatTheyHold() throws IOException {
        Path file = directory.resolve("rows.jsonl");
        Files.writeString(file, """
            {"instruction":"a","response":null,"harmful":1,"source":"s","licence":"MIT"}

            {"id":7,"instruction":"b\\ud800","response":"r","harmful":false,"teacher":0.25,"more":{"k":[1]}}\
            """);
        List<Row> rows = Rows.read(file);
        assertEquals(Row.of("a", "").withHarmful(1).withSource("s", "MIT"), rows.getFirst());
        assertEquals("b\uFFFD", rows.get(1).instruction());
        assertEquals(OptionalInt.of(0), rows.get(1).harmful());
        assertEquals(OptionalDouble.of(0.25), rows.get(1).teacher());
        assertEquals(
                List.of("id", "more"),
                List.copyOf(rows.get(1).extras().members().keySet()));
        Path copy = directory.resolve("copy.jsonl");
        Rows.write(copy, rows);
        assertEquals(rows, Rows.read(copy));
        try (var files = Files.list(directory)) {
            assertEquals(2, files.count(), "nothing unfinished stays");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"instruction\":7}|instruction is the number 7, expected a string",
                "{\"response\":\"x\"}|has no key \"instruction\"",
                "{\"instruction\":\"x\",\"harmful\":2}|harmful is 2, expected 0 or 1",
                "{\"instruction\":\"x\",\"teacher\":1.5}|teacher is 1.5, expected a probability",
                "{\"instruction\":\"x\"|line 3",
                "[1]|expected an object"
            })
    void aBadLineIsNamed(String line, String complaint) throws IOException {
        Path file = directory.resolve("bad.jsonl");
        Files.writeString(file, "{\"instruction\":\"fine\"}\n\n" + line + "\n");
        String message =
                assertThrows(ModelFormatException.class, () -> Rows.read(file)).getMessage();
        assertTrue(message.startsWith(file + ": line 3: ") && message.contains(complaint), message);
        assertTrue(!message.contains("line 1"), message);
    }

    @Test
    void extrasDoNotHideComponents() {
        JsonObject hiding = JsonObject.builder().put("teacher", 2).build();
        assertThrows(
                IllegalArgumentException.class,
                () -> new Row("a", "", OptionalInt.empty(), OptionalDouble.empty(), "", "", hiding));
        Row row = Row.of("a", "").withExtra("k", JsonString.of("1")).withExtra("k", JsonString.of("2"));
        assertEquals("{\"instruction\":\"a\",\"k\":\"2\"}", Rows.line(row));
    }
}
