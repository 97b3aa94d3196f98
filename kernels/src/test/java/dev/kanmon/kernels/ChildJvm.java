package dev.kanmon.kernels;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of the test tree in a JVM of its own, on the class path, with flags that this JVM may not have. */
public final class ChildJvm {
    private ChildJvm() {}

    /** How it ended and what it said; lines end in {@code \n}. */
    public record Output(int status, String out, String err) {}

    /** Runs {@code program}'s main to its end. */
    public static Output run(List<String> flags, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of(
                "-cp",
                place(Kernels.class, "classes") + File.pathSeparator + place(ChildJvm.class, "test-classes"),
                program.getName()));
        command.addAll(List.of(arguments));
        var err = Files.createTempFile("kanmon-child", ".err");
        try {
            var builder = new ProcessBuilder(command).redirectError(err.toFile());
            // the JVM would report on standard error that it picked these up
            builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
            var process = builder.start();
            process.getOutputStream().close();
            String out = text(process.getInputStream().readAllBytes());
            return new Output(process.waitFor(), out, text(Files.readAllBytes(err)));
        } finally {
            Files.delete(err);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    /** The folder of compiled classes; in a patched module both kinds claim to come from the module itself. */
    private static Path place(Class<?> type, String folder) {
        try {
            var source = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            return source.resolveSibling(folder);
        } catch (URISyntaxException e) {
            throw new AssertionError("a class path entry is a URI", e);
        }
    }
}
