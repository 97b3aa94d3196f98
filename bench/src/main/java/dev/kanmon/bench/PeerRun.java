package dev.kanmon.bench;

import ai.onnxruntime.OrtException;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * One JVM's part of {@link Peers}: loads both sides, compares their hidden states, and times them in turns.
 *
 * <p>In a turn one side runs for about {@value #TURN_MILLIS} ms; its first call is not counted, since it finds caches
 * and threads as the other side left them. Between turns all rest for {@value #PAUSE_MILLIS} ms, in which threads that
 * spin for more work go to sleep.
 */
final class PeerRun {
    /** Of the fp32 reference itself against fp64, hidden states of these models are within 1e-5. */
    static final double TOLERANCE = 2e-4;

    /** Names of the sides. */
    static final String KANMON = "kanmon";

    static final String PUBLISHED = "ort";
    static final String FUSED = "ort-fused";

    /** Behind a peer's name: its idle threads sleep at once. */
    static final String NO_SPIN = "-nospin";

    static final long TURN_MILLIS = 40;
    static final long PAUSE_MILLIS = 5;
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final int MIN_CALLS = 2;

    private PeerRun() {}

    /** A side. */
    private interface Side {
        void call() throws OrtException;
    }

    /**
     * Milliseconds of one side in one JVM.
     *
     * @param side {@value #KANMON}, or {@value #PUBLISHED} or {@value #FUSED} with or without {@value #NO_SPIN}
     */
    record Times(String model, int threads, int tokens, String side, double min, double median) {
        String toLine() {
            return String.format(
                    Locale.ROOT, "times\t%s\t%d\t%d\t%s\t%.6f\t%.6f", model, threads, tokens, side, min, median);
        }

        static Times ofLine(String line) {
            var cells = line.split("\t");
            return new Times(
                    cells[1],
                    Integer.parseInt(cells[2]),
                    Integer.parseInt(cells[3]),
                    cells[4],
                    Double.parseDouble(cells[5]),
                    Double.parseDouble(cells[6]));
        }
    }

    /** Measures and prints a line for each side and length. */
    static void run(PeerModel which, int threads, int[] lengths, int rounds, Path work)
            throws IOException, OrtException, InterruptedException {
        var options = Model.Options.defaults().withThreads(threads);
        var peers = new LinkedHashMap<String, OrtEncoder>();
        try (var model = Model.load(which.directory(work), options)) {
            for (var graph :
                    Map.of(PUBLISHED, which.onnx(), FUSED, which.fusedOnnx()).entrySet()) {
                peers.put(graph.getKey(), OrtEncoder.load(graph.getValue(), threads, true));
                if (threads > 1) { // one thread has nobody to spin for
                    peers.put(graph.getKey() + NO_SPIN, OrtEncoder.load(graph.getValue(), threads, false));
                }
            }
            for (int tokens : lengths) {
                measure(which, threads, tokens, rounds, model, peers);
            }
        } finally {
            for (var peer : peers.values()) {
                peer.close();
            }
        }
    }

    private static void measure(
            PeerModel which, int threads, int tokens, int rounds, Model model, Map<String, OrtEncoder> peers)
            throws OrtException, InterruptedException {
        var ids = ids(tokens);
        var sequence = TokenSequence.of(ids);
        var ours = model.hiddenStates(sequence).getLast();
        try (var input = OrtEncoder.Input.of(ids)) {
            var sides = new LinkedHashMap<String, Side>();
            sides.put(KANMON, () -> model.encode(List.of(sequence)));
            for (var peer : peers.entrySet()) {
                compare(which, ours, peer.getValue().hidden(input), tokens);
                sides.put(peer.getKey(), () -> peer.getValue().encode(input));
            }
            var times = takeTurns(List.copyOf(sides.values()), rounds).iterator();
            for (String side : sides.keySet()) {
                var sorted = times.next().stream()
                        .mapToDouble(Double::doubleValue)
                        .sorted()
                        .toArray();
                System.out.println(
                        new Times(which.shape(), threads, tokens, side, sorted[0], sorted[sorted.length / 2]).toLine());
            }
        }
    }

    /** Ids of ordinary words between [CLS] and [SEP]. */
    static int[] ids(int tokens) {
        var ids = new SplittableRandom(tokens).ints(tokens, 1996, 30_000).toArray();
        ids[0] = 101;
        ids[tokens - 1] = 102;
        return ids;
    }

    private static void compare(PeerModel which, float[] ours, float[] theirs, int tokens) {
        if (ours.length != theirs.length) {
            throw new IllegalStateException(
                    "hidden states: " + ours.length + " numbers here, " + theirs.length + " there");
        }
        double worst = 0;
        for (int i = 0; i < ours.length; i++) {
            double difference = Math.abs(ours[i] - theirs[i]);
            if (!(difference <= TOLERANCE)) {
                throw new IllegalStateException(String.format(
                        Locale.ROOT,
                        "%s, %d tokens: hidden state %d of token %d is %g here and %g in ONNX Runtime, expected within"
                                + " %g",
                        which.shape(),
                        tokens,
                        i % (ours.length / tokens),
                        i / (ours.length / tokens),
                        ours[i],
                        theirs[i],
                        TOLERANCE));
            }
            worst = Math.max(worst, difference);
        }
        System.out.printf(Locale.ROOT, "differs\t%s\t%d\t%.3g%n", which.shape(), tokens, worst);
    }

    private static List<List<Double>> takeTurns(List<Side> sides, int rounds)
            throws OrtException, InterruptedException {
        var times = new ArrayList<List<Double>>();
        for (var side : sides) {
            times.add(new ArrayList<>());
            long end = System.nanoTime() + WARM_UP_NANOS;
            while (System.nanoTime() < end) {
                side.call();
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (int s = 0; s < sides.size(); s++) {
                Thread.sleep(PAUSE_MILLIS);
                turn(sides.get(s), times.get(s));
            }
        }
        return times;
    }

    private static void turn(Side side, List<Double> times) throws OrtException {
        side.call();
        long start = System.nanoTime();
        long end = start + TimeUnit.MILLISECONDS.toNanos(TURN_MILLIS);
        for (int calls = 0; calls < MIN_CALLS || start < end; calls++) {
            side.call();
            long now = System.nanoTime();
            times.add((now - start) / 1e6);
            start = now;
        }
    }
}
