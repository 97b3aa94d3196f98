package dev.kanmon.cli;

import dev.kanmon.cli.Main.Streams;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A run of the command line.
 *
 * @param status its exit status
 * @param out standard output
 * @param err standard error
 */
record Cli(int status, String out, String err) {

    /** The small BERT of the engine's goldens. */
    static final Path BERT = golden("models/bert_a");

    static Path golden(String path) {
        return Path.of(System.getProperty("kanmon.root"))
                .resolve("engine-core/src/test/resources/golden")
                .resolve(path);
    }

    static Cli run(String... args) {
        return runWith(new byte[0], Terminal.NONE, args);
    }

    static Cli runOn(String input, String... args) {
        return runWith(input.getBytes(StandardCharsets.UTF_8), Terminal.NONE, args);
    }

    static Cli runWith(byte[] input, Terminal terminal, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Streams streams = new Streams(
                new ByteArrayInputStream(input),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                terminal);
        int status = Main.run(streams, args);
        streams.out().flush();
        streams.err().flush();
        return new Cli(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The lines of standard output; each must have ended with a line feed. */
    List<String> lines() {
        if (out.isEmpty()) {
            return List.of();
        }
        if (!out.endsWith("\n") || out.contains("\r")) {
            throw new AssertionError("lines must end in \\n only: " + out);
        }
        return List.of(out.substring(0, out.length() - 1).split("\n", -1));
    }

    /** Line {@code index} of standard output as a JSON object. */
    JsonObject json(int index) throws IOException {
        return Json.parse("output", lines().get(index)).asObject();
    }

    /** Everything it printed, for a failure's text. */
    String all() {
        return "status " + status + "\nout: " + out + "\nerr: " + err;
    }

    /** Whether it is one sentence of complaint and nothing like a stack trace. */
    boolean complainedOnce() {
        return err.startsWith("kanmon: ")
                && err.endsWith("\n")
                && err.indexOf('\n') == err.length() - 1
                && !err.contains("Exception");
    }
}
