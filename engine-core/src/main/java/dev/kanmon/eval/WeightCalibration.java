package dev.kanmon.eval;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Finds out which matrices of a guard have to stay more exact so that its verdicts stay those of f32.
 *
 * <p>Each matrix alone is put into the cheap type, everything else in f32: the mean square of ΔP is what it costs. Errors
 * of different matrices are nearly independent, so their squares add up; the matrices that cost most for their size
 * become exceptions, one after the other, until no decided verdict flips and the flips that are left are far from being
 * decided. Texts near the threshold are where verdicts can flip and where ΔP is largest, so only those are looked at
 * until the end.
 */
public final class WeightCalibration {

    /** Makes the guard with its weights as a plan says. */
    @FunctionalInterface
    public interface Guards {
        Guard load(WeightPlan plan) throws IOException;
    }

    /** Hears how far it is. */
    @FunctionalInterface
    public interface Listener {
        /** {@code done} of {@code total} texts are judged of the part of the work that {@code what} names. */
        void progress(String what, long done, long total);
    }

    /**
     * What a matrix costs.
     *
     * @param matrix with the type that it keeps
     * @param alone how near the guard is to f32 when this matrix alone has the cheap type, on texts near the threshold
     * @param meanSquare mean of ΔP² there
     */
    public record Cost(WeightMatrix matrix, Agreement alone, double meanSquare) {}

    /**
     * What was found.
     *
     * @param without exceptions, over all texts
     * @param costs of the matrices in the order of the computation; empty if no exception was needed
     * @param exceptions matrices that keep a more exact type, the most expensive first
     * @param with these exceptions, over all texts
     * @param near texts near the threshold, on which matrices were tried
     */
    public record Result(Agreement without, List<Cost> costs, List<WeightMatrix> exceptions, Agreement with, int near) {

        public Result {
            costs = List.copyOf(costs);
            exceptions = List.copyOf(exceptions);
        }
    }

    /** Texts nearer than this to the threshold are near. */
    private static final double NEAR = 0.1;

    private static final int LEAST_NEAR = 64;
    private static final int MOST_NEAR = 512;

    /** A flip may come so far towards being one of a decided verdict: other texts will differ from these. */
    private static final double MARGIN = 2.0 / 3;

    private static final int BATCH = 32;

    private final Guards guards;
    private final Listener listener;
    private final WeightType cheap;
    private final WeightType exact;
    private final double undecided;
    private double threshold;

    private WeightCalibration(Guards guards, Listener listener, WeightType cheap, double undecided) {
        this.guards = Objects.requireNonNull(guards, "guards");
        this.listener = Objects.requireNonNull(listener, "listener");
        this.cheap = cheap;
        this.exact = switch (cheap) {
            case INT8 -> WeightType.BF16;
            case BF16 -> WeightType.F32;
            case F32 -> throw new IllegalArgumentException("weights: found F32, which is exact; expected INT8 or BF16");
        };
        this.undecided = undecided;
    }

    /**
     * Calibrates.
     *
     * @param guards makes the guard; those it gives are closed
     * @param texts like those the guard will see; labels are not needed
     * @param type the cheap type: INT8, whose exceptions are kept in BF16, or BF16, whose exceptions are in F32
     * @param undecided how near to the threshold f32 itself is undecided
     * @throws IOException if a guard cannot be loaded
     * @throws IllegalArgumentException if there are no texts, or {@code type} is F32
     */
    public static Result run(Guards guards, List<Exchange> texts, WeightType type, double undecided, Listener listener)
            throws IOException {
        if (texts.isEmpty()) {
            throw new IllegalArgumentException(
                    "calibration: found no text, expected some like those the guard will see");
        }
        return new WeightCalibration(guards, listener, type, undecided).run(List.copyOf(texts));
    }

    private Result run(List<Exchange> texts) throws IOException {
        List<WeightMatrix> matrices;
        double[] reference;
        WeightPlan f32 = WeightPlan.everywhere(WeightType.F32);
        WeightPlan plan = WeightPlan.everywhere(cheap);
        try (Guard guard = guards.load(f32)) {
            threshold = guard.info().threshold();
            matrices = guard.info().matrices();
            reference = probabilities(guard, texts, "f32");
        }
        Agreement without = agreement(reference, probabilities(plan, texts, cheap.spelling()));
        if (isFine(without)) {
            return new Result(without, List.of(), List.of(), without, 0);
        }
        int[] near = near(reference);
        List<Exchange> nearTexts = Arrays.stream(near).mapToObj(texts::get).toList();
        double[] nearReference =
                Arrays.stream(near).mapToDouble(i -> reference[i]).toArray();
        List<Cost> costs = new ArrayList<>();
        for (WeightMatrix matrix : matrices) {
            WeightPlan alonePlan = f32;
            for (String pattern : matrix.patterns()) {
                alonePlan = alonePlan.with(pattern, cheap);
            }
            double[] alone = probabilities(alonePlan, nearTexts, matrix.pattern() + " in " + cheap.spelling());
            costs.add(new Cost(matrix, agreement(nearReference, alone), meanSquare(nearReference, alone)));
        }
        List<Cost> byCost = costs.stream()
                .sorted(Comparator.comparingDouble((Cost cost) ->
                                cost.meanSquare() / Math.max(1, cost.matrix().size()))
                        .reversed())
                .toList();
        List<WeightMatrix> exceptions = new ArrayList<>();
        Agreement with = without;
        for (Cost cost : byCost) {
            exceptions.add(kept(cost.matrix(), exact));
            plan = plan.with(cost.matrix().pattern(), exact);
            String what = exceptions.size() + " matrices in " + exact.spelling();
            if (isFine(agreement(nearReference, probabilities(plan, nearTexts, what)))) {
                with = agreement(reference, probabilities(plan, texts, what + ", all texts"));
                if (isFine(with)) {
                    break;
                }
            }
        }
        List<WeightMatrix> all = List.copyOf(exceptions);
        List<Cost> kept = costs.stream()
                .map(cost -> new Cost(
                        kept(cost.matrix(), isAmong(all, cost.matrix()) ? exact : cheap),
                        cost.alone(),
                        cost.meanSquare()))
                .toList();
        return new Result(without, kept, all, with, near.length);
    }

    private boolean isFine(Agreement agreement) {
        return agreement.flips() == 0 && agreement.farthestFlip() <= MARGIN * undecided;
    }

    /** The texts nearest to the threshold, in their order. */
    private int[] near(double[] reference) {
        long within = Arrays.stream(reference)
                .filter(p -> Math.abs(p - threshold) < NEAR)
                .count();
        return IntStream.range(0, reference.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> Math.abs(reference[i] - threshold)))
                .limit(Math.clamp(within, LEAST_NEAR, MOST_NEAR))
                .mapToInt(i -> i)
                .sorted()
                .toArray();
    }

    private Agreement agreement(double[] reference, double[] actual) {
        return Agreement.of(reference, actual, threshold, undecided);
    }

    private double[] probabilities(WeightPlan plan, List<Exchange> texts, String what) throws IOException {
        try (Guard guard = guards.load(plan)) {
            return probabilities(guard, texts, what);
        }
    }

    private double[] probabilities(Guard guard, List<Exchange> texts, String what) {
        double[] probabilities = new double[texts.size()];
        int at = 0;
        for (int from = 0; from < texts.size(); from += BATCH) {
            for (Verdict verdict : guard.checkAll(texts.subList(from, Math.min(from + BATCH, texts.size())))) {
                probabilities[at++] = verdict.probability();
            }
            listener.progress(what, at, texts.size());
        }
        return probabilities;
    }

    private static double meanSquare(double[] reference, double[] actual) {
        double sum = 0;
        for (int i = 0; i < reference.length; i++) {
            sum += (reference[i] - actual[i]) * (reference[i] - actual[i]);
        }
        return sum / reference.length;
    }

    private static WeightMatrix kept(WeightMatrix matrix, WeightType type) {
        return new WeightMatrix(matrix.tensors(), matrix.outputs(), matrix.inputs(), type);
    }

    private static boolean isAmong(List<WeightMatrix> matrices, WeightMatrix matrix) {
        return matrices.stream().anyMatch(m -> m.tensors().equals(matrix.tensors()));
    }
}
