package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No stack and no heap, for real: programs in JVMs of their own. */
class ShortageFaultTest {

    @TempDir
    private Path directory;

    @Test
    void noStack() throws Exception {
        run(StackFault.class, 3 * Asked.TIMES);
    }

    @Test
    void noHeap() throws Exception {
        run(MemoryFault.class, Asked.TIMES, "-Xmx48m");
    }

    private void run(Class<?> program, int times, String... flags) throws Exception {
        Path model = Asked.copy(Files.createDirectory(directory.resolve("model")));
        Path log = directory.resolve("log");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(flags));
        command.addAll(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                program.getName(),
                model.toString(),
                Integer.toString(times)));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(60 + 20L * times, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String said = Files.readString(log);
        assertTrue(ended, () -> program.getSimpleName() + " did not end: " + said);
        assertEquals(0, process.exitValue(), () -> program.getSimpleName() + ": " + said);
        assertTrue(said.contains("right: "), () -> program.getSimpleName() + ": " + said);
    }

    /** The modules of this JVM, as a class path, and the tests. */
    private static String classPath() throws URISyntaxException {
        Path classes = Path.of(ShortageFaultTest.class
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
