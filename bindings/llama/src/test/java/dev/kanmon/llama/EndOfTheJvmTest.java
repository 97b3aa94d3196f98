package dev.kanmon.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.Message;
import dev.kanmon.augment.Sampling;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.augment.TextGenerators;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM of its own, on the class path as the command line starts it, whose output and end are looked at. */
class EndOfTheJvmTest {
    @TempDir
    Path folder;

    /** Generates, and ends as it is told. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            var sampling = Sampling.defaults().withMaxTokens(100).withTemperature(2);
            var requests = Collections.nCopies(16, new TextGenerator.Request(List.of(Message.user("a")), "", sampling));
            var generator = TextGenerators.open(
                    args[0], GeneratorOptions.defaults().withParallel(8).withThreads(2));
            System.out.println(generator.generate(requests).size());
            switch (args[1]) {
                case "closed" -> generator.close();
                case "left open" -> {}
                case "exit while it generates" -> {
                    var thread = new Thread(() -> {
                        while (true) {
                            generator.generate(requests);
                        }
                    });
                    thread.start();
                    Thread.sleep(300);
                    System.exit(0);
                }
                default -> throw new IllegalArgumentException(args[1]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"closed", "left open", "exit while it generates"})
    void endsQuietly(String how) throws IOException, InterruptedException {
        var model = new TinyLlama(1).write(folder.resolve("tiny.gguf"), TinyLlama.CHAT_ML);
        var path = System.getProperty("jdk.module.path", "")
                + File.pathSeparator
                + System.getProperty("java.class.path")
                + File.pathSeparator
                + Path.of("target", "test-classes").toAbsolutePath();
        var out = folder.resolve("out");
        var err = folder.resolve("err");
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        path,
                        Program.class.getName(),
                        model.toString(),
                        how)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> how + ": not ended after 60 s");
        assertEquals("", Files.readString(err), () -> how + ": standard error");
        assertEquals("16" + System.lineSeparator(), Files.readString(out), () -> how + ": standard output");
        assertEquals(0, process.exitValue(), () -> how + ": exit status");
    }
}
