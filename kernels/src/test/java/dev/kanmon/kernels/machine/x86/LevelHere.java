package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.NativeAccess;

/** Kernels of one level, for tests, where this CPU has it. */
public final class LevelHere {
    private LevelHere() {}

    /** The kernels, or a test that is skipped loudly. */
    public static Kernels kernels(Level level) {
        assumeHas(level);
        return MachineKernels.of(X86Routines.of(level));
    }

    /** Skips the test, loudly, if this CPU has not got the level or lets us run no code of our own. */
    public static void assumeHas(Level level) {
        assumeTrue(isHere(level), () -> "SKIPPED, machine code at " + level + ": not on this machine");
    }

    private static boolean isHere(Level level) {
        if (NativeAccess.refusal() != null || !System.getProperty("os.arch").equals("amd64")) {
            return false;
        }
        try {
            var cpu = CpuFeatures.here();
            return Level.missing(cpu).isEmpty() && Level.of(cpu, level).equals(level);
        } catch (Refused e) {
            return false;
        }
    }
}
