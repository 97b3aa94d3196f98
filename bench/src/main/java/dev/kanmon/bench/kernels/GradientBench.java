package dev.kanmon.bench.kernels;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
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

/**
 * What does one element cost in what training does beside products? Shapes are MiniLM-L6's with 32 texts of 57 tokens,
 * 1824 rows. A score is the time of one element.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class GradientBench {
    private static final int ROWS = 1824;
    private static final int HIDDEN = 384;
    private static final int WIDE = 1536;

    /** Whose memory: the machine kernels' lies outside of the heap and is computed on with vectors. */
    @Param({"scalar", "vector", "machine"})
    public String kernels;

    private GradientKernels gradients;
    private MemorySegment x;
    private MemorySegment inputs;
    private MemorySegment dy;
    private MemorySegment out;
    private MemorySegment gamma;
    private MemorySegment sums;
    private MemorySegment squares;
    private AdamWStep step;

    /** Allocates. */
    @Setup(Level.Trial)
    public void prepare() {
        var sibling = KernelChoice.of(kernels).kernels();
        gradients = GradientKernels.of(sibling);
        var random = new Random(1);
        x = Inputs.segment(sibling, ROWS * WIDE, random);
        inputs = Inputs.segment(sibling, ROWS * WIDE, random);
        dy = sibling.allocate(ROWS * WIDE);
        // room for packed weights, which are filled up to whole panels
        out = sibling.allocate(StoredMatrix.byteSize(WeightType.F32, WIDE, ROWS) / Float.BYTES);
        gamma = Inputs.segment(sibling, WIDE, random);
        sums = sibling.allocate(2 * WIDE);
        squares = sibling.allocate(ROWS * WIDE);
        dy.copyFrom(inputs);
        step = AdamWStep.of(1e-4, 0.9, 0.999, 1e-8, 0.01, 10);
    }

    /** What the copy costs that in-place operations start from; subtract it. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE)
    public MemorySegment copy() {
        return dy.copyFrom(inputs);
    }

    /** Of {@code gelu} by erf. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE)
    public MemorySegment geluBackward() {
        dy.copyFrom(inputs);
        gradients.activateBackward(ROWS, WIDE, x, WIDE, Activation.GELU, dy, WIDE);
        return dy;
    }

    /** Of a gate by GELU; an element is one of its result. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE / 2)
    public MemorySegment gateBackward() {
        gradients.gateBackward(ROWS, WIDE / 2, x, WIDE, Activation.GELU, dy, WIDE / 2, out, WIDE);
        return out;
    }

    /** With the gradients of gamma and beta. */
    @Benchmark
    @OperationsPerInvocation(ROWS * HIDDEN)
    public MemorySegment layerNormBackward() {
        var dBeta = sums.asSlice(4L * HIDDEN);
        gradients.layerNormBackward(ROWS, HIDDEN, x, HIDDEN, gamma, 1e-12f, dy, HIDDEN, out, HIDDEN, sums, dBeta);
        return out;
    }

    /** A hidden state's. */
    @Benchmark
    @OperationsPerInvocation(ROWS * HIDDEN)
    public MemorySegment dropout() {
        gradients.dropout(ROWS, HIDDEN, out, HIDDEN, 0.1f, 7, 0);
        return out;
    }

    /** The gradient of a wide bias. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE)
    public MemorySegment columnSums() {
        gradients.addColumnSums(ROWS, WIDE, x, WIDE, sums);
        return sums;
    }

    /** Of a wide gradient. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE)
    public MemorySegment transpose() {
        gradients.transpose(ROWS, WIDE, x, WIDE, out, ROWS);
        return out;
    }

    /** A weight of the feed-forward block, for the forward pass. */
    @Benchmark
    @OperationsPerInvocation(WIDE * HIDDEN)
    public MemorySegment packRowsF32() {
        gradients.packRows(WeightType.F32, WIDE, HIDDEN, x, HIDDEN, out, 0, WIDE / 64);
        return out;
    }

    /** The same in BF16. */
    @Benchmark
    @OperationsPerInvocation(WIDE * HIDDEN)
    public MemorySegment packRowsBf16() {
        gradients.packRows(WeightType.BF16, WIDE, HIDDEN, x, HIDDEN, out, 0, WIDE / 64);
        return out;
    }

    /** The same weight, for the backward pass. */
    @Benchmark
    @OperationsPerInvocation(WIDE * HIDDEN)
    public MemorySegment packColumnsF32() {
        gradients.packColumns(WeightType.F32, HIDDEN, WIDE, x, HIDDEN, out, 0, HIDDEN / 64);
        return out;
    }

    /** The same in BF16. */
    @Benchmark
    @OperationsPerInvocation(WIDE * HIDDEN)
    public MemorySegment packColumnsBf16() {
        gradients.packColumns(WeightType.BF16, HIDDEN, WIDE, x, HIDDEN, out, 0, HIDDEN / 64);
        return out;
    }

    /** For clipping. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE)
    public double sumOfSquares() {
        return gradients.sumOfSquares(ROWS * WIDE, x);
    }

    /** Of as many weights as x has elements. */
    @Benchmark
    @OperationsPerInvocation(ROWS * WIDE)
    public MemorySegment adamW() {
        gradients.adamW(ROWS * WIDE, dy, inputs, out, squares, step);
        return dy;
    }
}
