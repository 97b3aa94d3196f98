package dev.kanmon.bench;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.bench.peers.PublishedMiniLm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the benches find models, tokenizers and the peers' programs, and where they keep what they measured. */
public final class BenchFiles {
    /** System property with the path of a guard: a Hugging Face directory or a GGUF file. */
    static final String GUARD = "kanmon.bench.guard";

    private BenchFiles() {}

    /** The folder {@code bench} of the sources. */
    public static Path bench() {
        return Path.of(System.getProperty("kanmon.bench.root", "."), "bench");
    }

    /** The script {@code kanmon}. */
    public static Path command() {
        return Path.of(System.getProperty("kanmon.bench.root", "."), "kanmon").toAbsolutePath();
    }

    /** Where the benches write models that can be made again. */
    public static Path work() {
        return bench().resolve("target/work");
    }

    /** What {@code bench/peers/export} wrote. */
    public static Path peers() {
        return Path.of(System.getProperty("kanmon.bench.peers", "bench/target/peers"));
    }

    /** The Python of {@code bench/peers/export}, if it was run. */
    public static Optional<Path> python() {
        return Optional.of(Path.of(System.getProperty("kanmon.bench.python", "bench/target/venv/bin/python")))
                .filter(Files::isExecutable);
    }

    /** OpenVINO's side of the bench. */
    public static Path worker() {
        return bench().resolve("peers/openvino_worker.py");
    }

    /** What was measured. */
    public static Results results() {
        return Results.in(Path.of(System.getProperty("kanmon.bench.results", "bench/target/results")));
    }

    /** The guard of the system property, else the bundled one. */
    public static Guard guard(GuardOptions options) throws IOException {
        String path = System.getProperty(GUARD);
        return path == null ? Guard.bundled(options) : Guard.load(Path.of(path), options);
    }

    /** The tokenizer.json of the guard that the system property names, else that of MiniLM-L6 (Maven profile peers). */
    static Path tokenizer() throws IOException {
        String path = System.getProperty(GUARD);
        if (path != null && Files.isRegularFile(Path.of(path, "tokenizer.json"))) {
            return Path.of(path, "tokenizer.json");
        }
        return PublishedMiniLm.directory(work()).resolve("tokenizer.json");
    }
}
