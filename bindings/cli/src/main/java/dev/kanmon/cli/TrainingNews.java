package dev.kanmon.cli;

import dev.kanmon.cli.Main.Streams;
import dev.kanmon.train.Distiller;
import dev.kanmon.train.Measurement;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Says how a run goes: on a terminal in a line that changes, elsewhere in a line now and then, so that the log of a long
 * run stays readable.
 */
final class TrainingNews implements Distiller.Listener {

    private static final long REFRESH_NANOS = 200_000_000;
    private static final long LINE_NANOS = 30_000_000_000L;
    private static final String CLEAR = "\r\u001b[K";

    private final Streams streams;
    private long said = System.nanoTime();
    private volatile boolean stop;

    TrainingNews(Streams streams) {
        this.streams = streams;
    }

    /** Has the run write a checkpoint and end; from any thread. */
    void askToStop() {
        stop = true;
    }

    @Override
    public boolean stop() {
        return stop;
    }

    @Override
    public void note(String sentence) {
        clear();
        streams.note(sentence);
    }

    @Override
    public void progress(Distiller.Progress p) {
        boolean terminal = streams.terminal().err();
        long now = System.nanoTime();
        if (now - said < (terminal ? REFRESH_NANOS : LINE_NANOS)) {
            return;
        }
        said = now;
        String line = String.format(
                Locale.ROOT,
                "step %d of %d, epoch %.2f, loss %.4f, F1 %s, %.0f texts/s, %s left",
                p.step(),
                p.steps(),
                p.epoch(),
                p.loss(),
                figure(p.f1()),
                p.textsPerSecond(),
                duration(p.secondsLeft()));
        if (terminal) {
            streams.err().print(CLEAR + line);
            streams.err().flush();
        } else {
            streams.note(line);
        }
    }

    @Override
    public void measured(Measurement m) {
        note(String.format(
                Locale.ROOT,
                "step %d: validation loss %.4f, F1 %s, AUPRC %s%s",
                m.step(),
                m.loss(),
                figure(m.f1()),
                figure(m.auprc()),
                m.best() ? ", the best so far" : ""));
    }

    /** Takes the line away. */
    void clear() {
        if (streams.terminal().err()) {
            streams.err().print(CLEAR);
            streams.err().flush();
        }
    }

    static String figure(OptionalDouble figure) {
        return figure.isPresent() ? String.format(Locale.ROOT, "%.4f", figure.getAsDouble()) : "–";
    }

    /** {@code 1:02:03}, {@code 2:03}. */
    static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600
                ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
    }
}
