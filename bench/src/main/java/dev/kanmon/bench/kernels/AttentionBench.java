package dev.kanmon.bench.kernels;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Operands;
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
 * How fast is one thread's attention of one sequence with the heads of MiniLM (12 x 32), BERT-base (12 x 64) and
 * DeBERTa-v3-large (16 x 64), and what do reach and relative positions cost?
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class AttentionBench {
    /** Sibling. */
    @Param({"scalar", "vector", "machine"})
    public String kernels;

    /** Heads and their width. */
    @Param({"12x32", "12x64", "16x64"})
    public String heads;

    /** Tokens. */
    @Param({"32", "128", "512"})
    public int length;

    /** As what products may take their operands, or BF16, which makes a difference to the machine kernels alone. */
    @Param("F32")
    public Operands operands;

    /** What is computed, see {@link #shape}. */
    @Param({"full", "deberta"})
    public String kind;

    private Kernels sibling;
    private AttentionShape shape;
    private int headCount;
    private int width;
    private MemorySegment fused;
    private MemorySegment out;
    private MemorySegment scratch;

    /** Queries and keys are random; all values of a column are the column's number, so the answer is known. */
    @Setup(Level.Trial)
    public void prepare() {
        sibling = KernelChoice.of(kernels).kernels();
        var random = new Random(1);
        headCount = Integer.parseInt(heads.substring(0, heads.indexOf('x')));
        int headDim = Integer.parseInt(heads.substring(heads.indexOf('x') + 1));
        width = headCount * headDim;
        shape = shape(headDim, random).withOperands(operands);
        fused = Inputs.segment(sibling, length * 3 * width, random);
        for (int t = 0; t < length; t++) {
            for (int j = 0; j < width; j++) {
                fused.setAtIndex(ValueLayout.JAVA_FLOAT, (long) t * 3 * width + 2 * width + j, j);
            }
        }
        out = sibling.allocate((long) length * width);
        scratch = sibling.allocate(sibling.attentionScratch(shape, length));
    }

    private AttentionShape shape(int headDim, Random random) {
        var full = AttentionShape.full(headDim, (float) (1 / Math.sqrt(headDim)));
        return switch (kind) {
            case "full" -> full;
            case "causal" -> full.withReach(AttentionShape.ALL, 0);
            // ModernBERT's local layers
            case "window" -> full.withReach(64, 64);
            case "bias" ->
                full.withPositions(new RelativePositions.Bias(Inputs.segment(sibling, headCount * 257, random), 128));
            case "deberta" -> {
                var terms = new RelativePositions.Disentangled(
                        Inputs.segment(sibling, 512 * width, random),
                        Inputs.segment(sibling, 512 * width, random),
                        width,
                        512,
                        buckets());
                yield AttentionShape.full(headDim, (float) (1 / Math.sqrt(3 * headDim)))
                        .withPositions(sibling.pack(terms, headCount, headDim, operands));
            }
            default ->
                throw new IllegalArgumentException(
                        "kind: " + kind + ", expected full, causal, window, bias or deberta");
        };
    }

    /** DeBERTa-v3's 256 buckets for 512 positions: one to one up to a distance of 128, logarithmic beyond. */
    static int[] buckets() {
        int reach = 511;
        var rows = new int[2 * reach + 1];
        for (int d = -reach; d <= reach; d++) {
            double bucket = Math.abs(d) <= 128
                    ? d
                    : Math.signum(d) * (Math.ceil(Math.log(Math.abs(d) / 128.0) / Math.log(511 / 128.0) * 127) + 128);
            rows[d + reach] = Math.clamp((int) bucket + 256, 0, 511);
        }
        return rows;
    }

    /** The last element, after the measurement. */
    @TearDown(Level.Trial)
    public void check() {
        Inputs.check(
                "attention",
                width - 1,
                out.getAtIndex(ValueLayout.JAVA_FLOAT, (long) length * width - 1),
                ((length + 16) * Math.ulp(1f) + (operands == Operands.BF16 ? 1.1f * 0x1p-8f : 0)) * width);
    }

    /** All heads of one sequence. */
    @Benchmark
    public MemorySegment attention() {
        sibling.attention(
                shape,
                length,
                0,
                headCount,
                fused,
                fused.asSlice((long) width * Float.BYTES),
                fused.asSlice(2L * width * Float.BYTES),
                3 * width,
                null,
                out,
                width,
                scratch);
        return out;
    }

    /**
     * Floating point operations of the products that {@code kind} needs: two for each pair of tokens that sees each
     * other, four with both terms of DeBERTa.
     */
    static double work(String heads, int length, String kind) {
        double width = Double.parseDouble(heads.substring(0, heads.indexOf('x')))
                * Double.parseDouble(heads.substring(heads.indexOf('x') + 1));
        double pairs =
                switch (kind) {
                    case "causal" -> length * (length + 1.0) / 2;
                    case "window" -> length * Math.min(129.0, length);
                    default -> (double) length * length;
                };
        return (kind.equals("deberta") ? 8 : 4) * pairs * width;
    }
}
