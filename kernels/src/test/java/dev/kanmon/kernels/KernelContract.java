package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Everything that a sibling owes; its test is a subclass that names it. */
abstract class KernelContract implements GemmContract, AttentionContract, RowContract, MisuseContract {
    private final Kernels kernels;

    KernelContract(String name) {
        kernels = KernelChoice.of(name).kernels();
        assertEquals(name, kernels.name());
    }

    @Override
    public final Kernels kernels() {
        return kernels;
    }

    @Test
    void describesItself() {
        assertTrue(kernels.description().length() > 5 && !kernels.description().contains("\n"),
                kernels.description());
    }
}
