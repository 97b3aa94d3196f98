package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed goes on as if nothing had happened. */
class KilledRunTest {

    @TempDir
    private Path folder;

    @Test
    void aKilledProcessComesToTheSameWeights() throws Exception {
        Path whole = folder.resolve("whole");
        Path killed = folder.resolve("killed");
        run(whole, 0, null);
        run(killed, 13, "step 13"); // its checkpoint is of step 10, its best weights of step 8
        assertTrue(Files.exists(killed.resolve("checkpoint.safetensors")));
        Files.writeString(killed.resolve(".checkpoint.safetensors.0.part"), "half of a checkpoint");
        run(killed, 0, "step 22"); // whatever it does at that moment
        run(killed, 25, "step 25"); // right behind a checkpoint
        run(killed, 0, null);
        assertSame(whole, killed);
        assertFalse(Files.exists(killed.resolve("checkpoint.safetensors")));
        assertFalse(Files.exists(killed.resolve("best")));
        assertFalse(Files.exists(killed.resolve(".checkpoint.safetensors.0.part")));
    }

    /** In this process, and stopped politely behind every few steps. */
    @Test
    void aStoppedRunComesToTheSameWeights() throws IOException {
        Path whole = folder.resolve("whole");
        Path stopped = folder.resolve("stopped");
        assertTrue(
                ToyRun.run(whole, ToyRun.options(), new Distiller.Listener() {}).finished());
        Report report;
        int runs = 0;
        do {
            AtomicInteger steps = new AtomicInteger();
            report = ToyRun.run(stopped, ToyRun.options(), new Distiller.Listener() {
                @Override
                public boolean stop() {
                    return steps.getAndIncrement() == 7;
                }
            });
            runs++;
        } while (!report.finished());
        assertEquals(Math.ceilDiv(ToyRun.STEPS, 7), runs);
        assertSame(whole, stopped);
    }

    private static void assertSame(Path whole, Path other) throws IOException {
        assertArrayEquals(
                Files.readAllBytes(whole.resolve("model.safetensors")),
                Files.readAllBytes(other.resolve("model.safetensors")),
                "the weights");
        List<String> expected = Files.readAllLines(whole.resolve("metrics.jsonl"));
        List<String> actual = Files.readAllLines(other.resolve("metrics.jsonl"));
        assertEquals(expected.size(), actual.size(), "lines of metrics");
        for (int i = 0; i < expected.size(); i++) {
            JsonObject a = Json.parse("whole", expected.get(i)).asObject();
            JsonObject b = Json.parse("other", actual.get(i)).asObject();
            for (String key : a.members().keySet()) {
                if (!key.equals("texts_per_s")) {
                    assertEquals(a.get(key), b.get(key), "line " + (i + 1) + ", " + key);
                }
            }
        }
    }

    /** Starts a JVM; kills it when it says {@code last}, or lets it end where that is null. */
    private static void run(Path out, int pause, String last) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                ToyRun.class.getName(),
                out.toString(),
                Integer.toString(pause)));
        Path log = out.resolveSibling("log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile()));
        Process process = builder.start();
        boolean said = false;
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.equals(last)) {
                    process.destroyForcibly();
                    said = true;
                    break;
                }
            }
        }
        int status = process.waitFor();
        if (last == null) {
            assertEquals(0, status, () -> read(log));
        } else {
            assertTrue(said, () -> "never said " + last + ": " + read(log));
            assertTrue(status != 0, "it ended before it was killed");
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The modules of this JVM, as a class path, and the tests. */
    private static String classPath() throws URISyntaxException {
        Path classes = Path.of(KilledRunTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        return String.join(
                File.pathSeparator,
                classes.resolveSibling("classes").toString(),
                classes.resolveSibling("test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""));
    }
}
