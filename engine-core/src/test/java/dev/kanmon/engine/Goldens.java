package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorView;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The reference's answers: those in this module's resources, or all of them beside the checkout. */
public final class Goldens {

    /** Largest errors that golden/README.md grants an f32 engine. */
    public static final double LOGITS = 5e-5;

    public static final double PROBABILITIES = 1e-5;
    public static final double HIDDEN = 2e-4;

    private Goldens() {}

    /** A golden that is copied into this module. */
    public static Path own(String path) {
        try {
            return Path.of(Goldens.class.getResource("/golden/" + path).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** A file of the shared folder; without that folder the test is skipped and says so. */
    public static Path shared(String path) {
        Path file = Path.of(System.getProperty("kanmon.shared", "../shared")).resolve(path);
        assumeTrue(
                Files.exists(file),
                "SKIPPED: " + file + " is not there; this test needs the shared goldens beside the checkout");
        return file;
    }

    /** Sequence {@code s} of an expected file; the numbers are its tensors' prefixes. */
    public static TokenSequence sequence(TensorFile inputs, String prefix) throws IOException {
        return new TokenSequence(
                ints(inputs.tensor(prefix + "input_ids")),
                ints(inputs.tensor(prefix + "token_type_ids")),
                ints(inputs.tensor(prefix + "attention_mask")));
    }

    /** Prefixes {@code seq00.}, {@code seq01.}, … of an expected file. */
    public static List<String> sequences(TensorFile inputs) {
        List<String> prefixes = new ArrayList<>();
        for (int s = 0; inputs.tensors().containsKey(String.format("seq%02d.input_ids", s)); s++) {
            prefixes.add(String.format("seq%02d.", s));
        }
        if (prefixes.isEmpty()) {
            fail(inputs.path() + " holds no sequences");
        }
        return prefixes;
    }

    private static int[] ints(TensorView view) throws IOException {
        return Arrays.stream(view.toLongs()).mapToInt(Math::toIntExact).toArray();
    }

    /** Values of an f64 tensor. */
    public static double[] doubles(TensorView view) {
        byte[] bytes = view.bytes().toArray(ValueLayout.JAVA_BYTE);
        double[] values = new double[bytes.length / Double.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
        return values;
    }

    /** Fails where {@code actual} is further than {@code bound} from {@code expected}. */
    public static void assertClose(String what, double[] expected, float[] actual, double bound) {
        if (actual.length != expected.length) {
            fail(what + ": found " + actual.length + " values, expected " + expected.length);
        }
        int outside = 0;
        int worst = 0;
        double worstError = -1;
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(actual[i] - expected[i]);
            if (!(error <= bound)) {
                outside++;
            }
            if (!(error <= worstError)) {
                worst = i;
                worstError = error;
            }
        }
        if (outside > 0) {
            fail(what + ": " + outside + " of " + expected.length + " values are further than " + bound
                    + " off; the worst, [" + worst + "], is " + actual[worst] + ", expected " + expected[worst]
                    + ", off by " + worstError);
        }
    }

    /** Softmax or sigmoid in double. */
    public static double[] probabilities(float[] logits, boolean sigmoid) {
        double[] p = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = sigmoid ? 1 / (1 + Math.exp(-logits[i])) : Math.exp(logits[i]);
            sum += p[i];
        }
        for (int i = 0; i < p.length && !sigmoid; i++) {
            p[i] /= sum;
        }
        return p;
    }
}
