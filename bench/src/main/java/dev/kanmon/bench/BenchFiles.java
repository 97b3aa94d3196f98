package dev.kanmon.bench;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the benches find a guard and a tokenizer. */
final class BenchFiles {
    /** System property with the path of a guard: a Hugging Face directory or a GGUF file. */
    static final String GUARD = "kanmon.bench.guard";

    /** System property with the folder that exported models are written to. */
    static final String WORK = "kanmon.bench.work";

    private static final String DEFAULT_WORK = "bench/target/peers";

    private BenchFiles() {}

    /** Where exported models are. */
    static Path work() {
        return Path.of(System.getProperty(WORK, DEFAULT_WORK));
    }

    /** The guard of the system property, else the bundled one. */
    static Guard guard(GuardOptions options) throws IOException {
        String path = System.getProperty(GUARD);
        return path == null ? Guard.bundled(options) : Guard.load(Path.of(path), options);
    }

    /** The tokenizer.json of the guard that the system property names, else that of MiniLM-L6 (Maven profile peers). */
    static Path tokenizer() throws IOException {
        String path = System.getProperty(GUARD);
        if (path != null && Files.isRegularFile(Path.of(path, "tokenizer.json"))) {
            return Path.of(path, "tokenizer.json");
        }
        return PeerModel.MINILM_L6.directory(work()).resolve("tokenizer.json");
    }
}
