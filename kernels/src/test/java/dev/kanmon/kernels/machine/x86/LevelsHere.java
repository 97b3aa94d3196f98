package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;

/** Which levels this machine can run. */
public final class LevelsHere {
    private LevelsHere() {}

    /** Skips the test, loudly, if this machine has not got the level, or lets us run no code of our own. */
    public static void assumeHas(Level level) {
        try {
            assumeTrue(Level.of(CpuFeatures.here(), level).equals(level), () -> "SKIPPED, this CPU lacks " + level);
        } catch (Refused e) {
            assumeTrue(false, "SKIPPED, " + level + ": " + e.getMessage());
        }
    }
}
