package dev.kanmon.bench.kernels;

import dev.kanmon.kernels.AttentionGradients;
import dev.kanmon.kernels.AttentionGradients.Dropout;
import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.RelativePositions;
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

/**
 * How fast are one thread's two passes of attention for one training text? Beside dropout and positions, a forward pass
 * has 4 and a backward pass 10 floating point operations for each pair of tokens and column: {@link #work}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class TrainingAttentionBench {
    /** Whose memory the operands are in, and with which the fastest implementation is. */
    @Param({"scalar", "vector", "machine"})
    public String kernels;

    /** Heads and their width. */
    @Param({"12x32", "12x64"})
    public String heads;

    /** Tokens: a usual training text, a long one, the longest. */
    @Param({"57", "200", "512"})
    public int length;

    /** What is computed: full, bias, deberta. */
    @Param({"full", "deberta"})
    public String kind;

    /** Share of weights that is dropped. */
    @Param("0.1")
    public float dropout;

    private AttentionGradients gradients;
    private AttentionShape shape;
    private PositionGradients positions;
    private Dropout drop;
    private int headCount;
    private int width;
    private MemorySegment fused;
    private MemorySegment dFused;
    private MemorySegment out;
    private MemorySegment dOut;
    private float[] scratch;

    @Setup(Level.Trial)
    public void prepare() {
        var sibling = KernelChoice.of(kernels).kernels();
        var random = new Random(1);
        gradients = AttentionGradients.of(sibling);
        headCount = Integer.parseInt(heads.substring(0, heads.indexOf('x')));
        int headDim = Integer.parseInt(heads.substring(heads.indexOf('x') + 1));
        width = headCount * headDim;
        shape = shape(sibling, headDim, random);
        fused = Inputs.segment(sibling, length * 3 * width, random);
        dFused = sibling.allocate((long) length * 3 * width);
        out = sibling.allocate((long) length * width);
        dOut = Inputs.segment(sibling, length * width, random);
        drop = dropout == 0 ? null : new Dropout(dropout, 1);
        scratch = new float[gradients.scratch(shape, length)];
    }

    private AttentionShape shape(Kernels sibling, int headDim, Random random) {
        positions = PositionGradients.NONE;
        var full = AttentionShape.full(headDim, (float) (1 / Math.sqrt(headDim)));
        return switch (kind) {
            case "full" -> full;
            case "bias" -> {
                positions = new PositionGradients(null, null, sibling.allocate(headCount * 257L));
                var table = Inputs.segment(sibling, headCount * 257, random);
                yield full.withPositions(new RelativePositions.Bias(table, 128));
            }
            case "deberta" -> {
                positions = new PositionGradients(sibling.allocate(512L * width), sibling.allocate(512L * width), null);
                yield AttentionShape.full(headDim, (float) (1 / Math.sqrt(3 * headDim)))
                        .withPositions(new RelativePositions.Disentangled(
                                Inputs.segment(sibling, 512 * width, random),
                                Inputs.segment(sibling, 512 * width, random),
                                width,
                                512,
                                AttentionBench.buckets()));
            }
            default -> throw new IllegalArgumentException("kind: " + kind + ", expected full, bias or deberta");
        };
    }

    private MemorySegment slice(MemorySegment matrix, int part) {
        return matrix.asSlice((long) part * width * Float.BYTES);
    }

    /** All heads of one sequence. */
    @Benchmark
    public MemorySegment forward() {
        gradients.forward(
                shape,
                length,
                0,
                headCount,
                fused,
                slice(fused, 1),
                slice(fused, 2),
                3 * width,
                null,
                drop,
                out,
                width,
                scratch);
        return out;
    }

    /** All heads of one sequence. */
    @Benchmark
    public MemorySegment backward() {
        gradients.backward(
                shape,
                length,
                0,
                headCount,
                fused,
                slice(fused, 1),
                slice(fused, 2),
                3 * width,
                null,
                drop,
                dOut,
                width,
                dFused,
                slice(dFused, 1),
                slice(dFused, 2),
                positions,
                scratch);
        return dFused;
    }

    /** After the measurement: shifting all keys alike changes no weight, so their gradients sum to zero. */
    @TearDown(Level.Trial)
    public void check() {
        backward();
        double sum = 0;
        double magnitude = 0;
        for (int t = 0; t < length; t++) {
            float gradient = slice(dFused, 1).getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * 3 * width);
            sum += gradient;
            magnitude += Math.abs(gradient);
        }
        if (magnitude == 0) {
            throw new IllegalStateException("attention: gradients of keys are all zero, expected others");
        }
        if (kind.equals("full") || kind.equals("bias")) {
            Inputs.check("sum of the gradients of keys", 0, (float) (sum / magnitude), 1e-4);
        }
    }

    /** Floating point operations of a pass's products, those with positions not counted. */
    static double work(String heads, int length, boolean backward) {
        double columns = Double.parseDouble(heads.substring(0, heads.indexOf('x')))
                * Double.parseDouble(heads.substring(heads.indexOf('x') + 1));
        return (backward ? 10 : 4) * columns * length * length;
    }
}
