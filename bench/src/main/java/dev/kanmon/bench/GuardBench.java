package dev.kanmon.bench;

import dev.kanmon.engine.Model;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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

/**
 * How long does a forward pass take, by shape, weight type, threads and batch? Random weights: as fast as trained ones.
 *
 * <p>{@code 8xmixed} has as many tokens as {@code 8x128} in sequences of {@code 16} to {@code 304}: it should take about
 * as long, since nothing is padded; an engine that pads would compute 2.4 times as many rows.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GuardBench {
    private static final Map<String, List<Integer>> LENGTHS = Map.of(
            "1x32", List.of(32),
            "1x128", List.of(128),
            "1x512", List.of(512),
            "8x128", List.of(128, 128, 128, 128, 128, 128, 128, 128),
            "8xmixed", List.of(16, 32, 64, 96, 128, 160, 224, 304));

    /** {@code minilm-l6} or {@code bge-small}. */
    @Param({"minilm-l6", "bge-small"})
    public String shape;

    /** How weights are kept. */
    @Param({"F32", "BF16", "INT8"})
    public WeightType weights;

    /** Threads of a call. */
    @Param({"1", "2"})
    public int threads;

    /** Sequences x tokens. */
    @Param({"1x32", "1x128", "1x512", "8x128", "8xmixed"})
    public String batch;

    private Model model;
    private List<TokenSequence> sequences;

    /** Builds the model and checks that it computes numbers. */
    @Setup
    public void build() {
        var options = new Model.Options(KernelChoice.of("vector"), WeightPlan.of(weights), threads, Optional.empty());
        model = Model.random(PeerModel.named(shape).config(), options, 42);
        if (!LENGTHS.containsKey(batch)) {
            throw new IllegalArgumentException("batch " + batch + ": expected one of " + LENGTHS.keySet());
        }
        sequences = LENGTHS.get(batch).stream()
                .map(length -> TokenSequence.of(PeerRun.ids(length)))
                .toList();
        for (var sequence : sequences) {
            float[] hidden = model.hiddenStates(sequence).getLast();
            // layer normalisation leaves rows of variance about 1, whatever the weights
            double meanSquare = 0;
            for (float value : hidden) {
                meanSquare += (double) value * value / hidden.length;
            }
            if (!(meanSquare > 0.5 && meanSquare < 2)) {
                throw new IllegalStateException(shape + " " + weights + ", " + sequence.length()
                        + " tokens: hidden states have mean square " + meanSquare + ", expected about 1");
            }
        }
    }

    /** One call. */
    @Benchmark
    public void encode() {
        model.encode(sequences);
    }

    /** Ends the model's threads. */
    @TearDown
    public void close() {
        model.close();
    }

    /** Useful work of a call, in 2 x multiply-adds. */
    static double flops(String shape, String batch) {
        var encoder = PeerModel.named(shape).config().encoder();
        return LENGTHS.get(batch).stream().mapToDouble(encoder::flops).sum();
    }
}
