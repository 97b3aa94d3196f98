package dev.kanmon.bench.kernels;

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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How fast is one thread's attention of one sequence with the 12 heads of MiniLM (32 wide) and BERT-base (64)? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class AttentionBench {
    static final int HEADS = 12;

    /** Sibling. */
    @Param({"scalar", "vector"})
    public String kernels;

    /** Width of a head. */
    @Param({"32", "64"})
    public int headDim;

    /** Tokens. */
    @Param({"32", "128", "512"})
    public int length;

    private Kernels sibling;
    private MemorySegment fused;
    private MemorySegment out;
    private MemorySegment scratch;

    /** Queries and keys are random; all values of a column are the column's number, so the answer is known. */
    @Setup(Level.Trial)
    public void prepare() {
        sibling = KernelChoice.of(kernels).kernels();
        int width = HEADS * headDim;
        fused = Inputs.segment(sibling, length * 3 * width, new Random(1));
        for (int t = 0; t < length; t++) {
            for (int j = 0; j < width; j++) {
                fused.setAtIndex(ValueLayout.JAVA_FLOAT, (long) t * 3 * width + 2 * width + j, j);
            }
        }
        out = sibling.allocate((long) length * width);
        scratch = sibling.allocate(sibling.attentionScratch(length, headDim));
    }

    /** The last element, after the measurement. */
    @TearDown(Level.Trial)
    public void check() {
        int width = HEADS * headDim;
        Inputs.check(
                "attention",
                width - 1,
                out.getAtIndex(ValueLayout.JAVA_FLOAT, (long) length * width - 1),
                (length + 16) * Math.ulp(1f) * width);
    }

    /** All heads of one sequence. */
    @Benchmark
    public MemorySegment attention() {
        long width = (long) HEADS * headDim;
        sibling.attention(
                length,
                0,
                HEADS,
                headDim,
                (float) (1 / Math.sqrt(headDim)),
                fused,
                fused.asSlice(width * Float.BYTES),
                fused.asSlice(2 * width * Float.BYTES),
                (int) (3 * width),
                null,
                out,
                (int) width,
                scratch);
        return out;
    }
}
