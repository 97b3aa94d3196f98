package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ClassifierConfig.Outputs;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.formats.TensorFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A model's answers beside the reference's in fp64, from the first hidden states to the probabilities. */
final class GoldenComparison {

    private final Model model;
    private final TensorFile inputs;
    private final TensorFile expected;

    private GoldenComparison(Model model, TensorFile inputs, TensorFile expected) {
        this.model = model;
        this.inputs = inputs;
        this.expected = expected;
    }

    /** Compares all sequences; a failure names the first layer that differs. */
    static void compare(Model model, TensorFile inputs, TensorFile expected) throws IOException {
        GoldenComparison comparison = new GoldenComparison(model, inputs, expected);
        int compared = 0;
        for (String prefix : Goldens.sequences(inputs)) {
            compared += comparison.sequence(prefix);
        }
        assertTrue(compared > 0, expected.path() + ": found nothing to compare");
    }

    private int sequence(String prefix) throws IOException {
        TokenSequence sequence = Goldens.sequence(inputs, prefix);
        String what = expected.path().getParent().getFileName() + " " + prefix;
        int compared = 0;
        List<float[]> hidden = model.hiddenStates(sequence);
        for (int layer = 0; layer < hidden.size(); layer++) {
            String tensor = prefix + "hidden." + layer + "_f64";
            if (expected.tensors().containsKey(tensor)) {
                rows(what + "hidden." + layer, tensor, sequence, hidden.get(layer), Goldens.HIDDEN);
                compared++;
            }
        }
        if (expected.tensors().containsKey(prefix + "last_hidden_f64")) {
            rows(
                    what + "last hidden",
                    prefix + "last_hidden_f64",
                    sequence,
                    model.lastHiddenState(sequence),
                    Goldens.HIDDEN);
            compared++;
        }
        if (expected.tensors().containsKey(prefix + "logits_f64")) {
            compared++;
            if (model.config().classifier().orElseThrow().task() == Task.TOKENS) {
                rows(what + "logits", prefix + "logits_f64", sequence, tokenLogits(sequence), Goldens.LOGITS);
            } else {
                float[] logits = model.logits(List.of(sequence)).getFirst();
                Goldens.assertClose(what + "logits", values(prefix + "logits_f64"), logits, Goldens.LOGITS);
                probabilities(what, prefix, logits);
            }
        }
        return compared;
    }

    private void probabilities(String what, String prefix, float[] logits) {
        var classifier = model.config().classifier().orElseThrow();
        if (expected.tensors().containsKey(prefix + "probs_f64")
                && classifier.task() == Task.SEQUENCES
                && classifier.outputs() != Outputs.VALUES) {
            assertArrayEquals(
                    values(prefix + "probs_f64"),
                    Goldens.probabilities(logits, classifier.outputs() == Outputs.ANY_OF || logits.length == 1),
                    Goldens.PROBABILITIES,
                    what + "probabilities");
        }
    }

    private float[] tokenLogits(TokenSequence sequence) {
        float[][] rows = model.tokenLogits(List.of(sequence)).getFirst();
        float[] flat = new float[rows.length * rows[0].length];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, flat, row * rows[0].length, rows[0].length);
        }
        return flat;
    }

    /** Compares the rows of tokens that are not masked; the others are nobody's business. */
    private void rows(String what, String tensor, TokenSequence sequence, float[] actual, double bound) {
        double[] all = values(tensor);
        int size = all.length / sequence.length();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < sequence.length(); i++) {
            if (sequence.mask() == null || sequence.mask()[i] == 1) {
                places.add(i);
            }
        }
        double[] seen = new double[places.size() * size];
        float[] found = new float[seen.length];
        for (int p = 0; p < places.size(); p++) {
            System.arraycopy(all, places.get(p) * size, seen, p * size, size);
            System.arraycopy(actual, places.get(p) * size, found, p * size, size);
        }
        Goldens.assertClose(what, seen, found, bound);
    }

    private double[] values(String tensor) {
        return Goldens.doubles(expected.tensor(tensor));
    }
}
