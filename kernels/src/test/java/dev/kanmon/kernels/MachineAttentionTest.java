package dev.kanmon.kernels;

import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.machine.x86.Level;
import dev.kanmon.kernels.machine.x86.X86Routines;
import org.junit.jupiter.api.Nested;

/** Attention as machine code, at each level that has code of its own. */
final class MachineAttentionTest {
    private abstract static class OfLevel implements AttentionContract, PositionContract, AttentionMisuseContract {
        private final Kernels kernels;

        OfLevel(Level level) {
            kernels = MachineKernels.of(X86Routines.of(level));
        }

        @Override
        public final Kernels kernels() {
            return kernels;
        }
    }

    @Nested
    final class Avx512 extends OfLevel {
        Avx512() {
            super(Level.AVX512);
        }
    }

    @Nested
    final class Avx2 extends OfLevel {
        Avx2() {
            super(Level.AVX2);
        }
    }
}
