package dev.kanmon.engine.config;

import java.util.Optional;

/**
 * What a model's configuration says.
 *
 * @param encoder the encoder's shape
 * @param classifier the head's; empty for a bare encoder
 */
public record ModelConfig(EncoderConfig encoder, Optional<ClassifierConfig> classifier) {}
