package dev.kanmon.bench;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.Verdict;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How long does a verdict on a text take, tokenizer included? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GuardTextBench {
    private static final int TEXTS = 8;

    /** Words of a text. */
    @Param({"20", "200", "2000"})
    public int words;

    /** Threads of a call. */
    @Param({"1", "2"})
    public int threads;

    private Guard guard;
    private List<Exchange> exchanges;
    private Exchange exchange;

    /** C2 code may round a sum differently from the interpreter's, and verdicts here come from both. */
    private static final double TOLERANCE = 1e-5;

    /** Loads the guard and checks that one text and several get the same verdict. */
    @Setup
    public void load() throws IOException {
        guard = BenchFiles.guard(GuardOptions.defaults().withKernels("vector").withThreads(threads));
        exchange = Exchange.of(Texts.words(words));
        exchanges = IntStream.range(0, TEXTS).mapToObj(_ -> exchange).toList();
        double alone = guard.check(exchange).probability();
        for (var verdict : guard.checkAll(exchanges)) {
            if (!(Math.abs(verdict.probability() - alone) <= TOLERANCE)) {
                throw new IllegalStateException(
                        "probability " + verdict.probability() + " among others, " + alone + " alone");
            }
        }
    }

    /** One text. */
    @Benchmark
    public Verdict check() {
        return guard.check(exchange);
    }

    /** {@value #TEXTS} texts in one call. */
    @Benchmark
    public List<Verdict> checkEight() {
        return guard.checkAll(exchanges);
    }

    /** Gives the model's memory back. */
    @TearDown
    public void close() {
        guard.close();
    }
}
