package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.MachineKernels;
import org.junit.jupiter.api.BeforeAll;

/** The whole sibling as this CPU gets it; other levels of CPU have tests of each part. */
final class MachineKernelsTest extends KernelContract {
    MachineKernelsTest() {
        super("machine");
    }

    @BeforeAll
    static void theyWorkHere() {
        String reason = MachineKernels.unavailable();
        assumeTrue(reason == null, () -> "SKIPPED, machine kernels: " + reason);
    }
}
