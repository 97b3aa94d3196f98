package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.scalar.ScalarAttentionGradients;
import org.junit.jupiter.api.BeforeAll;

/** What machine kernels get where the Vector API is not there. */
final class ScalarAttentionOnNativeMemoryTest implements AttentionGradientContract {
    @BeforeAll
    static void thereAreMachineKernels() {
        String reason = MachineKernels.unavailable();
        assumeTrue(reason == null, () -> "SKIPPED, machine kernels: " + reason);
    }

    @Override
    public Kernels kernels() {
        return KernelChoice.of("machine").kernels();
    }

    @Override
    public AttentionGradients gradients() {
        return new ScalarAttentionGradients(Checks.NATIVE);
    }
}
