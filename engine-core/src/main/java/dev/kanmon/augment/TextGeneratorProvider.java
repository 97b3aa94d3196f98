package dev.kanmon.augment;

import java.io.IOException;

/** Opens generators of one kind; {@link TextGenerators} finds providers with {@link java.util.ServiceLoader}. */
public interface TextGeneratorProvider {

    /** What it opens, for messages: {@code "llama.cpp (FILE.gguf)"}. */
    String name();

    /** Whether this provider opens what is at {@code location}; decided by how it is spelt, nothing is read. */
    boolean accepts(String location);

    /**
     * Opens the model at {@code location}.
     *
     * @throws IOException if it cannot be read; {@link dev.kanmon.formats.ModelFormatException} if it is no such model
     * @throws GenerationException if the model is whole but cannot be run here
     */
    TextGenerator open(String location, GeneratorOptions options) throws IOException;
}
