package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.engine.Goldens;
import dev.kanmon.eval.Metrics;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.train.TrainOptions.Freeze;
import dev.kanmon.train.TrainOptions.Optimiser;
import dev.kanmon.train.TrainOptions.Watching;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistillerTest {

    private static final Path STUDENT = Goldens.own("models/bert_a");

    private static final Distiller.Listener NOBODY = new Distiller.Listener() {};

    @TempDir
    private Path folder;

    private static TrainOptions with(TrainOptions o, Optimiser optimiser, Watching watching, Freeze freeze) {
        return new TrainOptions(
                o.loss(),
                optimiser,
                o.sampling(),
                watching,
                freeze,
                o.dropout(),
                o.maxTokens(),
                o.passTokens(),
                o.weights(),
                o.kernels(),
                o.threads(),
                o.seed(),
                o.checkpointEvery(),
                o.checkpointSteps());
    }

    private static Optimiser steps(Optimiser o, double learningRate, long steps) {
        return new Optimiser(
                learningRate,
                OptionalDouble.empty(),
                1,
                o.weightDecay(),
                o.beta1(),
                o.beta2(),
                o.epsilon(),
                o.clip(),
                o.schedule(),
                o.warmup(),
                o.epochs(),
                OptionalLong.of(steps));
    }

    /** The weights that come out are a guard that knows what was taught, on rows it never saw. */
    @Test
    void aStudentLearns() throws IOException {
        TrainOptions toy = ToyRun.options();
        List<Distiller.Progress> heard = new ArrayList<>();
        List<Measurement> measured = new ArrayList<>();
        Report report = ToyRun.run(
                folder,
                with(toy, steps(toy.optimiser(), 2e-3, 160), toy.watching(), Freeze.NOTHING),
                new Distiller.Listener() {
                    @Override
                    public void progress(Distiller.Progress progress) {
                        heard.add(progress);
                    }

                    @Override
                    public void measured(Measurement measurement) {
                        measured.add(measurement);
                    }
                });
        assertTrue(report.finished());
        assertEquals(160, report.step());
        assertEquals(160, heard.size());
        assertEquals(160, heard.getLast().step());
        assertEquals(20, measured.size());
        assertEquals(measured, report.measurements());
        assertTrue(report.texts() > 160 * 20 && report.seconds() > 0, report::toString);

        List<Example> fresh = ToyRows.of(200, 99);
        double[] probabilities = new double[fresh.size()];
        boolean[] labels = new boolean[fresh.size()];
        try (Guard guard = Guard.load(folder)) {
            for (int i = 0; i < labels.length; i++) {
                Example row = fresh.get(i);
                probabilities[i] = guard.check(Exchange.of(row.instruction(), row.response()))
                        .probability();
                labels[i] = row.label() == 1;
            }
        }
        Metrics metrics = Metrics.of(probabilities, labels, 0.5);
        assertTrue(metrics.auprc().orElseThrow() > 0.95, metrics::toString);
        assertTrue(Files.readString(folder.resolve("curves.svg")).startsWith("<svg"));

        List<String> notes = new ArrayList<>();
        Report again = ToyRun.run(
                folder,
                with(toy, steps(toy.optimiser(), 2e-3, 160), toy.watching(), Freeze.NOTHING),
                new Distiller.Listener() {
                    @Override
                    public void note(String sentence) {
                        notes.add(sentence);
                    }

                    @Override
                    public void progress(Distiller.Progress progress) {
                        throw new AssertionError("a run that is done learns no more");
                    }
                });
        assertEquals(report, again);
        assertTrue(notes.contains("this run is done already"), notes::toString);
        var other = assertThrows(
                ModelFormatException.class,
                () -> ToyRun.run(
                        folder, with(toy, steps(toy.optimiser(), 1e-3, 160), toy.watching(), Freeze.NOTHING), NOBODY));
        assertTrue(
                other.getMessage().contains("this run began with learning rate 0.002, found 0.001"), other::getMessage);
    }

    @Test
    void aFrozenEncoderStaysAsItWas() throws IOException {
        TrainOptions toy = ToyRun.options();
        ToyRun.run(folder, with(toy, steps(toy.optimiser(), 1e-2, 10), toy.watching(), Freeze.ENCODER), NOBODY);
        int moved = 0;
        try (TensorFile before = TensorFile.open(STUDENT);
                TensorFile after = TensorFile.open(folder)) {
            for (String name : after.tensors().keySet()) {
                float[] was = before.tensor(name).toFloats();
                float[] is = after.tensor(name).toFloats();
                if (ParameterPart.of(name) == ParameterPart.HEAD) {
                    assertFalse(Arrays.equals(was, is), name + " has learned nothing");
                    moved++;
                } else {
                    assertArrayEquals(was, is, name);
                }
            }
        }
        assertEquals(4, moved, "weights and biases of pooler and classifier");
    }

    /** At a learning rate that ruins it, the first measurement stays the best one. */
    @Test
    void theBestWeightsAreKeptAndARunWithoutHopeEnds() throws IOException {
        TrainOptions toy = ToyRun.options();
        Watching patient = new Watching(0.2, OptionalLong.of(2), Watching.Metric.LOSS, 3);
        Report report = ToyRun.run(folder, with(toy, steps(toy.optimiser(), 3, 400), patient, Freeze.NOTHING), NOBODY);
        assertTrue(report.finished());
        assertTrue(report.step() < 400, report::toString);
        assertEquals(report.bestStep() + 3 * 2, report.step());
        Measurement best = report.measurements().stream()
                .filter(m -> m.step() == report.bestStep())
                .findFirst()
                .orElseThrow();
        assertTrue(best.best());
        report.measurements().forEach(m -> assertTrue(m.loss() >= best.loss(), m::toString));
    }

    @Test
    void withoutRowsToMeasureWithTheLastWeightsComeOut() throws IOException {
        TrainOptions toy = ToyRun.options();
        Watching none = new Watching(0, OptionalLong.empty(), Watching.Metric.AUPRC, 0);
        Report report = ToyRun.run(folder, with(toy, steps(toy.optimiser(), 1e-3, 3), none, Freeze.NOTHING), NOBODY);
        assertEquals(0, report.bestStep());
        assertEquals(List.of(), report.measurements());
        try (Guard guard = Guard.load(folder)) {
            assertEquals(List.of("unsafe"), guard.info().harmful());
        }
    }

    /** Passes bound the memory; they are no part of the formula. */
    @Test
    void passesChangeOnlyRounding() throws IOException {
        TrainOptions toy = ToyRun.options();
        TrainOptions one = new TrainOptions(
                toy.loss(),
                steps(toy.optimiser(), 1e-3, 6),
                toy.sampling(),
                toy.watching(),
                toy.freeze(),
                0,
                toy.maxTokens(),
                100_000,
                toy.weights(),
                Optional.empty(),
                1,
                toy.seed(),
                toy.checkpointEvery(),
                toy.checkpointSteps());
        TrainOptions passes = new TrainOptions(
                one.loss(),
                one.optimiser(),
                one.sampling(),
                one.watching(),
                one.freeze(),
                0,
                one.maxTokens(),
                40,
                one.weights(),
                Optional.empty(),
                1,
                one.seed(),
                one.checkpointEvery(),
                one.checkpointSteps());
        Path a = folder.resolve("a");
        Path b = folder.resolve("b");
        ToyRun.run(a, one, NOBODY);
        ToyRun.run(b, passes, NOBODY);
        List<Measurement> whole = measurements(a);
        List<Measurement> cut = measurements(b);
        assertEquals(whole.size(), cut.size());
        for (int i = 0; i < whole.size(); i++) {
            assertEquals(whole.get(i).loss(), cut.get(i).loss(), 1e-4, "measurement " + i);
        }
    }

    private static List<Measurement> measurements(Path out) throws IOException {
        return MetricsFile.open(out.resolve("metrics.jsonl"), Long.MAX_VALUE).measurements();
    }

    @Test
    void aLossThatIsNoNumberEndsTheRun() {
        TrainOptions toy = ToyRun.options();
        var failure = assertThrows(
                IllegalStateException.class,
                () -> ToyRun.run(
                        folder, with(toy, steps(toy.optimiser(), 1e30, 50), toy.watching(), Freeze.NOTHING), NOBODY));
        assertTrue(
                failure.getMessage().matches("step \\d+: the loss is .*; a lower learning rate.*"), failure::toString);
    }
}
