package dev.kanmon.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A JVM that is started to measure in. */
public final class Child {
    private Child() {}

    /** This JVM's flags and class path. */
    public static List<String> sameJvm() {
        var command = java();
        command.addAll(Machine.flags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    /** The same {@code java}, without flags. */
    public static List<String> java() {
        return new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    }

    /**
     * Runs a command and hands over each line of its standard output.
     *
     * @throws IOException if it ends with another status than 0; its standard error is this process's
     */
    public static void run(List<String> command, Consumer<String> line) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String text; (text = out.readLine()) != null; ) {
                line.accept(text);
            }
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("a measuring process ended with status " + status + "; its message is above: "
                    + String.join(" ", command));
        }
    }
}
