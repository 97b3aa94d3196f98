package dev.kanmon.augment;

import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** Finds who can open a generator. */
public final class TextGenerators {
    private TextGenerators() {}

    /**
     * Opens the model at {@code location} with the first provider that accepts it.
     *
     * @param location a GGUF file for llama.cpp, an {@code http(s)} address for a server, or whatever another provider on
     *     the class or module path understands
     * @return closed by the caller
     * @throws IllegalArgumentException if no provider accepts the location
     * @throws IOException if the model cannot be read
     * @throws GenerationException if the model cannot be run here
     */
    public static TextGenerator open(String location, GeneratorOptions options) throws IOException {
        var providers = providers();
        for (var provider : providers) {
            if (provider.accepts(location)) {
                return provider.open(location, options);
            }
        }
        throw new IllegalArgumentException(location + ": no text generator opens this; there is "
                + (providers.isEmpty()
                        ? "none at all"
                        : providers.stream().map(TextGeneratorProvider::name).collect(Collectors.joining(", "))));
    }

    /** The providers that this JVM has, in the order in which they are asked. */
    public static List<TextGeneratorProvider> providers() {
        return ServiceLoader.load(TextGeneratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }
}
