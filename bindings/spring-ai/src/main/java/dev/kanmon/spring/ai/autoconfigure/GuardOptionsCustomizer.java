package dev.kanmon.spring.ai.autoconfigure;

import dev.kanmon.GuardOptions;

/** Changes how the guard is loaded, where properties do not say enough: windows, kernels, an executor. */
@FunctionalInterface
public interface GuardOptionsCustomizer {

    /** The options to load with, made of those that properties and earlier customizers gave. */
    GuardOptions customize(GuardOptions options);
}
