package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.machine.memory.GuardedMemory;
import dev.kanmon.kernels.machine.x86.Level;
import dev.kanmon.kernels.machine.x86.LevelsHere;
import dev.kanmon.kernels.machine.x86.X86Routines;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What goes row by row as machine code, at each level that has code of its own for it. */
final class MachineRowsTest {
    private abstract static class Rows implements NormContract, RowContract {
        /** Operations that {@link #run} knows. */
        private static final int OPERATIONS = 4 + 2 * Activation.values().length;

        private static final int SEEDS = 12 * OPERATIONS;

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
        public final Kernels kernels() {
            return kernels;
        }

        /** Where a test's operands lie. */
        private interface Place {
            MemorySegment floats(long n);
        }

        private static MemorySegment random(Place place, long n, Random random) {
            var segment = place.floats(n);
            for (long i = 0; i < n; i++) {
                segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
            return segment;
        }

        /** One operation on operands no longer than they must be, all in segments of their own; what it overwrote. */
        private MemorySegment run(int seed, Place place) {
            var random = new Random(seed);
            int rows = 1 + random.nextInt(4);
            int n = 1 + random.nextInt(seed % 5 == 0 ? 300 : 70);
            int ld = n + random.nextInt(3);
            long floats = (rows - 1L) * ld + n;
            var x = random(place, floats, random);
            var y = random(place, floats, random);
            var bias = seed % 3 == 0 ? null : random(place, n, random);
            var gamma = random(place, n, random);
            int operation = seed % OPERATIONS;
            switch (operation) {
                case 0 -> {
                    var out = seed % 2 == 0 ? x : place.floats(floats);
                    kernels.residualLayerNorm(rows, n, x, ld, bias, y, ld, gamma, bias, 1e-5f, out, ld);
                    return out;
                }
                case 1 -> {
                    var residual = seed % 2 == 0 ? null : y;
                    kernels.residualRmsNorm(rows, n, x, ld, residual, ld, gamma, 1e-5f, x, ld);
                }
                case 2 -> kernels.add(rows, n, x, ld, bias, y, ld);
                case 3 -> {
                    int rotated = n / 2 * 2;
                    var cos = random(place, (rows + 2L) * rotated / 2, random);
                    var sin = random(place, (rows + 2L) * rotated / 2, random);
                    kernels.rotate(rows, 1, n, rotated, x, ld, cos, sin, 2);
                }
                default -> {
                    var act = Activation.values()[(operation - 4) / 2];
                    if (operation % 2 == 0) {
                        kernels.activate(rows, n, x, ld, bias, act);
                    } else {
                        var both = random(place, (rows - 1L) * 2 * ld + 2L * n, random);
                        kernels.gate(rows, n, both, 2 * ld, act);
                        return both;
                    }
                }
            }
            return x;
        }

        /** A byte too far ends this JVM. */
        @Test
        void nothingBeyondTheOperandsIsTouched() {
            assumeTrue(GuardedMemory.isAvailable(), "SKIPPED, guarded memory is for Linux");
            for (int seed = 0; seed < SEEDS; seed++) {
                try (var arena = Arena.ofShared()) {
                    var expected = run(seed, kernels::allocate);
                    var atEnd = run(seed, n -> GuardedMemory.endingAtGuard(n * Float.BYTES, arena));
                    assertEquals(-1, expected.mismatch(atEnd), "ending at a guard, seed " + seed);
                    var atBegin = run(seed, n -> GuardedMemory.beginningAtGuard(n * Float.BYTES, arena));
                    assertEquals(-1, expected.mismatch(atBegin), "beginning at a guard, seed " + seed);
                }
            }
        }

        /** They also make the routines at the same time. */
        @Test
        void threadsDoNotDisturbEachOther() throws Exception {
            try (var threads = Executors.newFixedThreadPool(4)) {
                var tasks = new ArrayList<Callable<MemorySegment>>();
                for (int task = 0; task < 8 * SEEDS; task++) {
                    int seed = task / 4 % SEEDS;
                    tasks.add(() -> run(seed, kernels::allocate));
                }
                int task = 0;
                for (var result : threads.invokeAll(tasks)) {
                    int seed = task++ / 4 % SEEDS;
                    assertEquals(-1, run(seed, kernels::allocate).mismatch(result.get()), "seed " + seed);
                }
            }
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
