package dev.kanmon.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
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

/** Is our tokenizer faster than DJL's binding of Hugging Face's Rust library, on the same tokenizer.json? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Dslf4j.internal.verbosity=ERROR"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenizerBench {
    /** The text. */
    @Param({"20 words", "200 words", "100 KB"})
    public String text;

    private Tokenizer ours;
    private HuggingFaceTokenizer theirs;
    private String input;

    /** Loads both and checks that they find the same ids. */
    @Setup
    public void load() throws IOException {
        var file = BenchFiles.tokenizer();
        ours = Tokenizer.load(file);
        // as ours: whole texts, whatever truncation the file asks for
        theirs = HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"));
        input = switch (text) {
            case "20 words" -> Texts.words(20);
            case "200 words" -> Texts.words(200);
            case "100 KB" -> Texts.bytes(100_000);
            default ->
                throw new IllegalArgumentException("text \"" + text + "\": expected 20 words, 200 words or 100 KB");
        };
        var here = ours.encode(input).ids();
        var there = Arrays.stream(theirs.encode(input).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
        int differ = Arrays.mismatch(here, there);
        if (differ >= 0) {
            throw new IllegalStateException("token " + differ + " differs: " + here.length + " tokens here, "
                    + there.length + " in the reference");
        }
    }

    /** Our tokenizer. */
    @Benchmark
    public Object kanmon() {
        return ours.encode(input, null, EncodeOptions.DEFAULT);
    }

    /** DJL's binding. */
    @Benchmark
    public Object djl() {
        return theirs.encode(input);
    }

    /** Frees the native tokenizer. */
    @TearDown
    public void close() {
        theirs.close();
    }
}
