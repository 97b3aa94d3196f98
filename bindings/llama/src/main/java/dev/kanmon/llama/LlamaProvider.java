package dev.kanmon.llama;

import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.augment.TextGeneratorProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Opens GGUF files with llama.cpp: any location that ends in {@code .gguf} and is not the address of a server. */
public final class LlamaProvider implements TextGeneratorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public LlamaProvider() {}

    @Override
    public String name() {
        return "llama.cpp (FILE.gguf)";
    }

    @Override
    public boolean accepts(String location) {
        var lower = location.toLowerCase(Locale.ROOT);
        return lower.endsWith(".gguf") && !lower.startsWith("http://") && !lower.startsWith("https://");
    }

    @Override
    public TextGenerator open(String location, GeneratorOptions options) throws IOException {
        return LlamaGenerator.open(Path.of(location), options);
    }
}
