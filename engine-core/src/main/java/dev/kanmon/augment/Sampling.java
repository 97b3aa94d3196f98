package dev.kanmon.augment;

import java.util.List;

/**
 * How the next token is drawn. Start from {@link #defaults()} and change what matters.
 *
 * @param temperature divides the logits; 0 takes the likeliest token always
 * @param topP keeps the likeliest tokens that together have this probability; 1 keeps all
 * @param topK keeps this many of the likeliest tokens; 0 keeps all
 * @param minP keeps tokens that are at least this many times as likely as the likeliest; 0 keeps all
 * @param maxTokens an answer ends after this many, if it has not ended by itself
 * @param seed the same requests in one call, with the same seeds, to a generator opened with the same options have the same
 *     answers where the generator can promise it: llama.cpp can, a server may not
 * @param stop the answer ends before the first of these texts; what ends it is not part of it
 */
public record Sampling(
        double temperature, double topP, int topK, double minP, int maxTokens, int seed, List<String> stop) {

    private static final Sampling DEFAULTS = new Sampling(1, 1, 0, 0, 256, 0, List.of());

    public Sampling {
        stop = List.copyOf(stop);
        if (!(temperature >= 0 && temperature <= 100)) {
            throw new IllegalArgumentException("temperature: found " + temperature + ", expected 0 to 100");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP: found " + topP + ", expected above 0, at most 1");
        }
        if (topK < 0) {
            throw new IllegalArgumentException("topK: found " + topK + ", expected 0 or more");
        }
        if (!(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException("minP: found " + minP + ", expected 0 to 1");
        }
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens: found " + maxTokens + ", expected 1 or more");
        }
        if (seed < 0) {
            // -1 means "another seed each time" to llama.cpp and to servers built on it.
            throw new IllegalArgumentException("seed: found " + seed + ", expected 0 or more");
        }
        if (stop.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("stop: found an empty text");
        }
    }

    /** The model's own distribution: temperature 1, nothing cut off; 256 tokens, seed 0. */
    public static Sampling defaults() {
        return DEFAULTS;
    }

    public Sampling withTemperature(double value) {
        return new Sampling(value, topP, topK, minP, maxTokens, seed, stop);
    }

    public Sampling withTopP(double value) {
        return new Sampling(temperature, value, topK, minP, maxTokens, seed, stop);
    }

    public Sampling withTopK(int value) {
        return new Sampling(temperature, topP, value, minP, maxTokens, seed, stop);
    }

    public Sampling withMinP(double value) {
        return new Sampling(temperature, topP, topK, value, maxTokens, seed, stop);
    }

    public Sampling withMaxTokens(int value) {
        return new Sampling(temperature, topP, topK, minP, value, seed, stop);
    }

    public Sampling withSeed(int value) {
        return new Sampling(temperature, topP, topK, minP, maxTokens, value, stop);
    }

    public Sampling withStop(List<String> texts) {
        return new Sampling(temperature, topP, topK, minP, maxTokens, seed, texts);
    }
}
