package dev.kanmon.train;

import dev.kanmon.engine.Goldens;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.train.TrainOptions.Freeze;
import dev.kanmon.train.TrainOptions.Loss;
import dev.kanmon.train.TrainOptions.Optimiser;
import dev.kanmon.train.TrainOptions.Sampling;
import dev.kanmon.train.TrainOptions.Watching;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A small run with a bit of everything; also a program, so that a test can kill it. */
final class ToyRun {

    static final int STEPS = 40;

    private ToyRun() {}

    /** Two threads, several passes a step, dropout, balance, measurements and checkpoints that do not coincide. */
    static TrainOptions options() {
        return new TrainOptions(
                new Loss(Loss.Kind.CE_KL, 0.05, 1, 1.2, 2),
                new Optimiser(
                        2e-3,
                        OptionalDouble.of(4e-3),
                        0.9,
                        0.01,
                        0.9,
                        0.999,
                        1e-8,
                        1,
                        Schedule.COSINE,
                        5,
                        1,
                        OptionalLong.of(STEPS)),
                new Sampling(12, 2, true, true, 0.5, Map.of("a", 1.5), 2),
                new Watching(0.2, OptionalLong.of(8), Watching.Metric.AUPRC, 0),
                Freeze.NOTHING,
                0.1,
                OptionalInt.of(32),
                100,
                WeightType.F32,
                Optional.empty(),
                2,
                7,
                Duration.ofHours(1),
                OptionalLong.of(5));
    }

    static Report run(Path out, TrainOptions options, Distiller.Listener listener) throws IOException {
        return Distiller.run(Goldens.own("models/bert_a"), ToyRows.of(300, 3), List.of(), out, options, listener);
    }

    /** {@code OUT PAUSE}: says every step, and sleeps behind step PAUSE until it is killed. */
    public static void main(String[] args) throws IOException {
        long pause = Long.parseLong(args[1]);
        run(Path.of(args[0]), options(), new Distiller.Listener() {
            @Override
            public void progress(Distiller.Progress progress) {
                System.out.println("step " + progress.step());
                System.out.flush();
                if (progress.step() == pause) {
                    try {
                        Thread.sleep(Duration.ofMinutes(10));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
        System.out.println("done");
    }
}
