package dev.kanmon.kernels;

import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.machine.x86.Level;
import dev.kanmon.kernels.machine.x86.LevelsHere;
import dev.kanmon.kernels.machine.x86.X86Routines;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** What goes row by row, at each level that has code of its own for it. */
final class MachineRowsTest {
    private abstract static class Rows implements NormContract, RowContract {
        private final Level level;
        private final Kernels kernels;

        Rows(Level level) {
            this.level = level;
            kernels = MachineKernels.of(X86Routines.of(level));
        }

        @BeforeEach
        void levelIsHere() {
            LevelsHere.assumeHas(level);
        }

        @Override
        public Kernels kernels() {
            return kernels;
        }
    }

    @Nested
    final class Avx512 extends Rows {
        Avx512() {
            super(Level.AVX512);
        }
    }

    @Nested
    final class Avx2 extends Rows {
        Avx2() {
            super(Level.AVX2);
        }
    }
}
