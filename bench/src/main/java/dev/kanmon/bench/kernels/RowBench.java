package dev.kanmon.bench.kernels;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What does one element cost in the operations that go row by row? A score is the time of one element. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class RowBench {
    private static final int ROWS = 8;
    private static final int N = 768;

    /** Sibling. */
    @Param({"scalar", "vector"})
    public String kernels;

    private Kernels sibling;
    private MemorySegment inputs;
    private MemorySegment x;
    private MemorySegment bias;
    private MemorySegment residual;
    private MemorySegment out;
    private MemorySegment cos;
    private MemorySegment sin;

    /** Allocates. */
    @Setup(Level.Trial)
    public void prepare() {
        var random = new Random(1);
        sibling = KernelChoice.of(kernels).kernels();
        inputs = Inputs.segment(sibling, ROWS * N, random);
        x = sibling.allocate(ROWS * N);
        bias = Inputs.segment(sibling, N, random);
        residual = Inputs.segment(sibling, ROWS * N, random);
        out = sibling.allocate(ROWS * N);
        cos = sibling.allocate(ROWS * 32);
        sin = sibling.allocate(ROWS * 32);
        for (int i = 0; i < ROWS * 32; i++) {
            cos.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.cos(i));
            sin.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i));
        }
    }

    /** What the copy costs that the activations start from; subtract it. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N)
    public MemorySegment copy() {
        return x.copyFrom(inputs);
    }

    /** {@code gelu(x + bias)} by erf. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N)
    public MemorySegment biasGelu() {
        x.copyFrom(inputs);
        sibling.activate(ROWS, N, x, N, bias, Activation.GELU);
        return x;
    }

    /** {@code gelu(x + bias)} by tanh. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N)
    public MemorySegment biasGeluTanh() {
        x.copyFrom(inputs);
        sibling.activate(ROWS, N, x, N, bias, Activation.GELU_TANH);
        return x;
    }

    /** {@code layerNorm(x + bias + residual)}; its result is as good an input for the next call. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N)
    public MemorySegment biasResidualLayerNorm() {
        sibling.residualLayerNorm(ROWS, N, x, N, bias, residual, N, bias, bias, 1e-12f, x, N);
        return x;
    }

    /** {@code rmsNorm(x + residual)}, result apart from x. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N)
    public MemorySegment residualRmsNorm() {
        x.copyFrom(inputs);
        sibling.residualRmsNorm(ROWS, N, x, N, residual, N, bias, 1e-6f, out, N);
        return out;
    }

    /** Rotary positions of heads that are 64 wide; a turn by a real angle leaves x as good an input. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N)
    public MemorySegment rotate() {
        sibling.rotate(ROWS, N / 64, 64, 64, x, N, cos, sin, 0);
        return x;
    }

    /** A gated unit with SiLU; an element is one of the result, half as many as x has. */
    @Benchmark
    @OperationsPerInvocation(ROWS * N / 2)
    public MemorySegment gateSilu() {
        x.copyFrom(inputs);
        sibling.gate(ROWS, N / 2, x, N, Activation.SILU);
        return x;
    }
}
