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

/** Attention as machine code, at each level and for all operands that there is code of its own for. */
final class MachineAttentionTest {
    private abstract static class Attention implements PositionContract, AttentionMisuseContract {
        private static final int HEADS = 3;

        private final Level level;
        private final Operands operands;
        private final Kernels kernels;

        Attention(Level level, Operands operands) {
            this.level = level;
            this.operands = operands;
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

        @Override
        public final Operands operands() {
            return operands;
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

        /** Attention on operands no longer than they must be, all in segments of their own. */
        private MemorySegment run(int seed, Place place) {
            var random = new Random(seed);
            int length = 1 + random.nextInt(100);
            int headDim = 1 + random.nextInt(70);
            int width = HEADS * headDim;
            int stride = width + random.nextInt(3);
            long floats = (length - 1L) * stride + width;
            int queries = seed % 5 < 2 ? 1 + random.nextInt(length) : length;
            int queryStride = width + random.nextInt(3);
            long queryFloats = (queries - 1L) * queryStride + width;
            var tables = new MemorySegment[] {random(place, 9L * width, random), random(place, 9L * width, random)};
            var buckets = PositionContract.buckets(4, 16, true, seed % 8 == 3 ? 2 : 20);
            var terms = new RelativePositions.Disentangled(
                    seed % 3 == 0 ? null : tables[0], seed % 3 == 1 ? null : tables[1], width, 9, buckets);
            var shape = AttentionShape.full(headDim, 0.2f).withOperands(operands);
            shape = switch (seed % 4) {
                case 0 -> shape;
                case 1 -> shape.withReach(7, 20);
                case 2 -> shape.withPositions(new RelativePositions.Bias(random(place, HEADS * 11L, random), 5));
                default -> shape.withPositions(kernels.pack(terms, HEADS, headDim, operands));
            };
            var out = place.floats(queryFloats);
            kernels.attention(
                    shape,
                    length,
                    queries,
                    0,
                    HEADS,
                    random(place, queryFloats, random),
                    queryStride,
                    random(place, floats, random),
                    random(place, floats, random),
                    stride,
                    seed % 2 == 0 ? null : random(place, length, random),
                    out,
                    queryStride,
                    place.floats(kernels.attentionScratch(shape, length)));
            return out;
        }

        /** A byte too far ends this JVM. */
        @Test
        void nothingBeyondTheOperandsIsTouched() {
            assumeTrue(GuardedMemory.isAvailable(), "SKIPPED, guarded memory is for Linux");
            for (int seed = 0; seed < 120; seed++) {
                try (var arena = Arena.ofShared()) {
                    var expected = run(seed, kernels::allocate);
                    var atEnd = run(seed, n -> GuardedMemory.endingAtGuard(n * Float.BYTES, arena));
                    assertEquals(-1, expected.mismatch(atEnd), "ending at a guard, seed " + seed);
                    var atBegin = run(seed, n -> GuardedMemory.beginningAtGuard(n * Float.BYTES, arena));
                    assertEquals(-1, expected.mismatch(atBegin), "beginning at a guard, seed " + seed);
                }
            }
        }

        @Test
        void threadsDoNotDisturbEachOther() throws Exception {
            int seeds = 40;
            var expected = new ArrayList<MemorySegment>();
            for (int seed = 0; seed < seeds; seed++) {
                expected.add(run(seed, kernels::allocate));
            }
            try (var threads = Executors.newFixedThreadPool(4)) {
                var tasks = new ArrayList<Callable<MemorySegment>>();
                for (int task = 0; task < 8 * seeds; task++) {
                    int seed = task % seeds;
                    tasks.add(() -> run(seed, kernels::allocate));
                }
                int task = 0;
                for (var result : threads.invokeAll(tasks)) {
                    assertEquals(-1, expected.get(task % seeds).mismatch(result.get()), "seed " + task % seeds);
                    task++;
                }
            }
        }
    }

    @Nested
    final class Avx512 extends Attention {
        Avx512() {
            super(Level.AVX512_PLAIN, Operands.F32);
        }
    }

    @Nested
    final class Avx512Bf16 extends Attention {
        Avx512Bf16() {
            super(Level.AVX512, Operands.BF16);
        }
    }

    @Nested
    final class Avx2 extends Attention {
        Avx2() {
            super(Level.AVX2, Operands.F32);
        }
    }
}
