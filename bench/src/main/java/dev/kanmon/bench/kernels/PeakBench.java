package dev.kanmon.bench.kernels;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many f32 multiply-adds can one core do at all, without memory? A score is the time of one floating-point
 * operation (a multiply-add counts as two).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class PeakBench {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int ROUNDS = 4096;
    private static final int CHAINS = 12;
    /** Operations of one call at 16 lanes; {@link #perCall} says how many they are here. */
    private static final int AT_16_LANES = ROUNDS * CHAINS * 2 * 16;

    // not final: constants would be folded
    private float factor = 0.999f;
    private float term = 1e-3f;

    /** Floating-point operations that a score's unit stands for: 1 at 16 lanes, less at fewer. */
    static double perCall() {
        return SPECIES.length() / 16.0;
    }

    /** 12 chains: two units with a latency of 4 cycles need 8, and 12 and two operands fit in 16 registers. */
    @Benchmark
    @OperationsPerInvocation(AT_16_LANES)
    public float fma() {
        var f = FloatVector.broadcast(SPECIES, factor);
        var t = FloatVector.broadcast(SPECIES, term);
        var c0 = t;
        var c1 = t;
        var c2 = t;
        var c3 = t;
        var c4 = t;
        var c5 = t;
        var c6 = t;
        var c7 = t;
        var c8 = t;
        var c9 = t;
        var c10 = t;
        var c11 = t;
        for (int i = 0; i < ROUNDS; i++) {
            c0 = f.fma(t, c0);
            c1 = f.fma(t, c1);
            c2 = f.fma(t, c2);
            c3 = f.fma(t, c3);
            c4 = f.fma(t, c4);
            c5 = f.fma(t, c5);
            c6 = f.fma(t, c6);
            c7 = f.fma(t, c7);
            c8 = f.fma(t, c8);
            c9 = f.fma(t, c9);
            c10 = f.fma(t, c10);
            c11 = f.fma(t, c11);
        }
        return c0.add(c1)
                .add(c2)
                .add(c3)
                .add(c4)
                .add(c5)
                .add(c6)
                .add(c7)
                .add(c8)
                .add(c9)
                .add(c10)
                .add(c11)
                .lane(0);
    }
}
