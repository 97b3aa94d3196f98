package dev.kanmon.augment;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a generator is opened. Start from {@link #defaults()} and change what matters; what a generator has no use for, it
 * ignores.
 *
 * @param contextTokens room for one request, prompt and answer together; a model that was trained on fewer has that many
 * @param parallel how many requests are computed side by side; memory grows with it
 * @param threads threads that a local model computes with
 * @param model the name that a server knows the model by; empty for local ones
 * @param apiKeyVariable the environment variable that holds the server's key, never the key itself; one that is not set
 *     means that no key is sent
 * @param timeout how long a server may take for one answer
 * @param retries how often a server is asked again that is busy, fails, or cannot be reached
 */
public record GeneratorOptions(
        int contextTokens,
        int parallel,
        int threads,
        Optional<String> model,
        String apiKeyVariable,
        Duration timeout,
        int retries) {

    private static final GeneratorOptions DEFAULTS = new GeneratorOptions(
            2048,
            1,
            Runtime.getRuntime().availableProcessors(),
            Optional.empty(),
            "OPENAI_API_KEY",
            Duration.ofMinutes(2),
            5);

    public GeneratorOptions {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(apiKeyVariable, "apiKeyVariable");
        if (contextTokens < 1) {
            throw new IllegalArgumentException("contextTokens: found " + contextTokens + ", expected 1 or more");
        }
        if (parallel < 1 || parallel > 256) {
            throw new IllegalArgumentException("parallel: found " + parallel + ", expected 1 to 256");
        }
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads: found " + threads + ", expected 1 to 1024");
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout: found " + timeout + ", expected more than nothing");
        }
        if (retries < 0) {
            throw new IllegalArgumentException("retries: found " + retries + ", expected 0 or more");
        }
    }

    /**
     * 2,048 tokens, one request at a time, a thread for each processor; the key in {@code OPENAI_API_KEY}, two minutes, five
     * retries.
     */
    public static GeneratorOptions defaults() {
        return DEFAULTS;
    }

    public GeneratorOptions withContextTokens(int value) {
        return new GeneratorOptions(value, parallel, threads, model, apiKeyVariable, timeout, retries);
    }

    public GeneratorOptions withParallel(int value) {
        return new GeneratorOptions(contextTokens, value, threads, model, apiKeyVariable, timeout, retries);
    }

    public GeneratorOptions withThreads(int value) {
        return new GeneratorOptions(contextTokens, parallel, value, model, apiKeyVariable, timeout, retries);
    }

    public GeneratorOptions withModel(String name) {
        return new GeneratorOptions(
                contextTokens, parallel, threads, Optional.of(name), apiKeyVariable, timeout, retries);
    }

    public GeneratorOptions withApiKeyVariable(String name) {
        return new GeneratorOptions(contextTokens, parallel, threads, model, name, timeout, retries);
    }

    public GeneratorOptions withTimeout(Duration value) {
        return new GeneratorOptions(contextTokens, parallel, threads, model, apiKeyVariable, value, retries);
    }

    public GeneratorOptions withRetries(int value) {
        return new GeneratorOptions(contextTokens, parallel, threads, model, apiKeyVariable, timeout, value);
    }
}
