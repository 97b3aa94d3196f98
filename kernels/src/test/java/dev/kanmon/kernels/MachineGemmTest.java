package dev.kanmon.kernels;

import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.machine.x86.Level;
import dev.kanmon.kernels.machine.x86.LevelsHere;
import dev.kanmon.kernels.machine.x86.X86Routines;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The products of the machine kernels at every level that this CPU has. */
final class MachineGemmTest {
    /** What each level owes. */
    abstract static class AtLevel implements Int8Contract, StoredContract, MachineGemmContract {
        private final Level level;
        private final Kernels kernels;

        AtLevel(Level level) {
            this.level = level;
            kernels = MachineKernels.of(X86Routines.of(level));
        }

        @BeforeEach
        void levelIsHere() {
            LevelsHere.assumeHas(level);
        }

        @Override
        public final Kernels kernels() {
            return kernels;
        }
    }

    @Nested
    final class Avx512 extends AtLevel {
        Avx512() {
            super(Level.AVX512);
        }
    }

    @Nested
    final class Avx512Plain extends AtLevel {
        Avx512Plain() {
            super(Level.AVX512_PLAIN);
        }
    }

    @Nested
    final class Avx2Vnni extends AtLevel {
        Avx2Vnni() {
            super(Level.AVX2_VNNI);
        }
    }

    @Nested
    final class Avx2 extends AtLevel {
        Avx2() {
            super(Level.AVX2);
        }
    }
}
