package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that runs go on with. */
class RowLogTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("log.jsonl");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|0",
                "{\"a\":1}|1",
                "{\"a\":1},|1",
                "{\"a\":1},{\"a\"|1",
                "{\"a\":1},{\"a\":2}|2",
                "{\"a\":1},{\"a\":2},|2",
                "{\"|0"
            })
    void whatAKilledRunLeftOfALineIsCutOff(String lines, int whole) throws IOException {
        String before = lines.replace(',', '\n');
        Files.writeString(file, before);
        try (RowLog log = RowLog.open(file)) {
            assertEquals(whole, log.objects().size());
            assertEquals(before, Files.readString(file), "opening changes nothing");
            log.append(List.of(object(8), object(9)));
            log.append(List.of());
            log.append(List.of(object(10)));
        }
        String kept = whole == 0 ? "" : whole == 1 ? "{\"a\":1}\n" : "{\"a\":1}\n{\"a\":2}\n";
        assertEquals(kept + "{\"a\":8}\n{\"a\":9}\n{\"a\":10}\n", Files.readString(file));
    }

    @Test
    void aLineInTheMiddleThatIsNoObjectIsRefused() throws IOException {
        Files.writeString(file, "{\"a\":1}\n{\"a\"\n{\"a\":3}\n");
        String message = assertThrows(ModelFormatException.class, () -> RowLog.open(file))
                .getMessage();
        assertTrue(message.startsWith(file + ": line 2"), message);
        RowLog.open(directory.resolve("other.jsonl")).close();
    }

    @Test
    void twoRunsDoNotWriteToOneFile() throws IOException {
        RowLog log = RowLog.open(file);
        String message =
                assertThrows(FileSystemException.class, () -> RowLog.open(file)).getMessage();
        assertEquals(file + ": another run is writing to it", message);
        log.append(List.of(object(1)));
        log.close();
        try (RowLog again = RowLog.open(file)) {
            assertEquals(List.of(object(1)), again.objects());
        }
    }

    @Test
    void anotherSettingIsNamed() throws IOException {
        try (RowLog log = RowLog.open(file)) {
            JsonObject settings =
                    JsonObject.builder().put("seed", 1).put("k", "x").build();
            JsonObject row = JsonObject.builder().put("settings", settings).build();
            log.requireSettings("settings", row, settings);
            String other = assertThrows(
                            IllegalArgumentException.class,
                            () -> log.requireSettings(
                                    "settings",
                                    row,
                                    JsonObject.builder()
                                            .put("seed", 1)
                                            .put("k", "y")
                                            .build()))
                    .getMessage();
            assertTrue(other.contains("made with k the string \"x\", this run has the string \"y\""), other);
            String more = assertThrows(
                            IllegalArgumentException.class,
                            () -> log.requireSettings(
                                    "settings",
                                    row,
                                    JsonObject.builder()
                                            .put("seed", 1)
                                            .put("k", "x")
                                            .put("new", 2)
                                            .build()))
                    .getMessage();
            assertTrue(more.contains("made with new nothing"), more);
            assertThrows(IllegalArgumentException.class, () -> log.requireSettings("settings", object(1), settings));
        }
    }

    private static JsonObject object(int value) {
        return JsonObject.builder().put("a", value).build();
    }
}
