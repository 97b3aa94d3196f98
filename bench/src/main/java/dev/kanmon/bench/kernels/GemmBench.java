package dev.kanmon.bench.kernels;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.WeightType;
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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How fast is one thread's matrix product on the layers of real encoders? Shapes: {@code shapes.txt}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class GemmBench {
    /** Sibling. */
    @Param({"scalar", "vector"})
    public String kernels;

    /** How weights are kept. */
    @Param({"F32", "BF16", "INT8"})
    public WeightType weights;

    /** Inputs x outputs, as in {@code shapes.txt}. */
    @Param({"384x384", "384x1152", "384x1536", "1536x384", "768x768", "768x3072", "3072x768", "1024x4096", "4096x1024"})
    public String shape;

    /** Tokens. */
    @Param({"1", "16", "32", "128", "512"})
    public int m;

    private Kernels sibling;
    private PackedMatrix b;
    private MemorySegment a;
    private MemorySegment bias;
    private MemorySegment c;
    private MemorySegment scratch;
    private double expected;
    private double bound;

    /** Allocates and packs, and computes one element in double. */
    @Setup(Level.Trial)
    public void prepare() {
        var random = new Random(1);
        int k = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int n = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        sibling = KernelChoice.of(kernels).kernels();
        var w = Inputs.floats(n * k, random);
        b = sibling.pack(
                weights,
                n,
                k,
                (firstRow, rowCount, dst, dstPos) -> System.arraycopy(w, firstRow * k, dst, dstPos, rowCount * k));
        a = Inputs.segment(sibling, m * k, random);
        bias = Inputs.segment(sibling, n, random);
        c = sibling.allocate((long) m * n);
        scratch = sibling.allocate(sibling.gemmScratch(m, b));
        var row = b.row(n - 1);
        expected = bias.getAtIndex(ValueLayout.JAVA_FLOAT, n - 1);
        double magnitude = Math.abs(expected);
        double largest = 0;
        double magnitudes = 0;
        for (int i = 0; i < k; i++) {
            float activation = a.getAtIndex(ValueLayout.JAVA_FLOAT, (long) (m - 1) * k + i);
            double product = (double) activation * row[i];
            expected += product;
            magnitude += Math.abs(product);
            magnitudes += Math.abs(row[i]);
            largest = Math.max(largest, Math.abs(activation));
        }
        double rounding = (k + 2) * Math.ulp(1f) * magnitude;
        bound = rounding
                + switch (weights) {
                    case F32 -> 0;
                    case BF16 -> 0x1p-8 * magnitude;
                    // a row's range is at most twice its largest value
                    case INT8 -> 2 * largest / 255 * magnitudes;
                };
    }

    /** The last element, after the measurement. */
    @TearDown(Level.Trial)
    public void check() {
        Inputs.check("gemm " + shape, expected, c.getAtIndex(ValueLayout.JAVA_FLOAT, (long) m * b.n() - 1), bound);
    }

    /** {@code c = a · bᵀ + bias}. */
    @Benchmark
    public MemorySegment gemm() {
        sibling.gemm(m, a, b.k(), b, 0, b.n(), bias, Activation.NONE, c, b.n(), scratch);
        return c;
    }
}
