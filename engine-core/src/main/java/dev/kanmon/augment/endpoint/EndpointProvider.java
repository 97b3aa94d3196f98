package dev.kanmon.augment.endpoint;

import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.augment.TextGeneratorProvider;
import java.time.Duration;
import java.util.Locale;

/** Opens servers that speak OpenAI's protocol, by the address that clients of it call the base URL. */
public final class EndpointProvider implements TextGeneratorProvider {
    /** The second try comes after this, each later one after twice as long. */
    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);

    /** For {@link java.util.ServiceLoader}. */
    public EndpointProvider() {}

    @Override
    public String name() {
        return "a server that speaks OpenAI's protocol (http://… or https://…)";
    }

    @Override
    public boolean accepts(String location) {
        var lower = location.toLowerCase(Locale.ROOT);
        return lower.startsWith("http://") || lower.startsWith("https://");
    }

    @Override
    public TextGenerator open(String location, GeneratorOptions options) {
        return Endpoint.open(location, options, System::getenv, FIRST_DELAY);
    }
}
