package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's backward pass of activations and gates owes. */
interface ActivationGradientContract extends GradientContract {

    private static List<Float> places() {
        var places = new ArrayList<Float>();
        for (int i = -1200; i <= 1200; i++) {
            places.add(i / 80f + 0.003f);
        }
        for (float far : new float[] {20, 60, 87.3f, 88.4f, 100, 1e4f, 1e10f, 1e19f, 1e30f, Float.MAX_VALUE}) {
            places.add(far);
            places.add(-far);
        }
        places.add(Float.MIN_VALUE);
        places.add(-1e-30f);
        return places;
    }

    /** By differences; where those lose all digits, what the slope tends to. */
    private static double slope(double x, Activation act) {
        if (act == Activation.NONE) {
            return 1;
        }
        if (act == Activation.RELU) {
            return x > 0 ? 1 : 0;
        }
        if (Math.abs(x) > 100) {
            return act == Activation.TANH || x < 0 ? 0 : 1;
        }
        return GradientContract.slope(at -> GradientContract.activate(at, act), x, 1e-3);
    }

    @Test
    default void slopesAreThoseOfTheDefinition() {
        var places = places();
        int n = places.size();
        for (var act : Activation.values()) {
            var random = new Random(1);
            var x = vector(n, random);
            for (int j = 0; j < n; j++) {
                x.set(0, j, places.get(j));
            }
            var dy = vector(n, random);
            var before = copy(dy);
            gradients().activateBackward(1, n, x.segment(), n, act, dy.segment(), n);
            var differences = new Differences(who() + " slope of " + act);
            for (int j = 0; j < n; j++) {
                double slope = slope(x.get(0, j), act);
                double factor = Math.abs(before.get(0, j));
                boolean exact = act == Activation.NONE || act == Activation.RELU;
                // the differences themselves are off by some 1e-12
                double bound = exact ? 0 : factor * (1e-6 + 4 * EPS * Math.abs(slope));
                differences.add(act + "'(" + x.get(0, j) + ")", before.get(0, j) * slope, dy.get(0, j), bound);
            }
            differences.guards("dy", dy.damaged(0, n));
            differences.check();
        }
    }

    @Test
    default void reluHasNoSlopeAtZeroAndNanStaysNan() {
        for (var act : Activation.values()) {
            var random = new Random(2);
            var x = vector(40, random);
            var dy = vector(40, random);
            for (int j = 0; j < 40; j++) {
                x.set(0, j, j % 2 == 0 ? Float.NaN : j % 4 == 1 ? 0f : -0f);
                dy.set(0, j, 1);
            }
            gradients().activateBackward(1, 40, x.segment(), 40, act, dy.segment(), 40);
            for (int j = 0; j < 40; j++) {
                float expected =
                        switch (act) {
                            case NONE, TANH -> 1;
                            case RELU -> 0;
                            case GELU, GELU_TANH, SILU, QUICK_GELU -> 0.5f;
                        };
                boolean nan = j % 2 == 0 && act != Activation.NONE;
                float actual = dy.get(0, j);
                assertTrue(
                        nan ? Float.isNaN(actual) : Math.abs(actual - expected) <= 1e-6,
                        who() + " " + act + "'(" + x.get(0, j) + "): " + actual);
            }
        }
    }

    @Test
    default void activateBackwardGivesAnElementTheSameBitsAnywhere() {
        for (var act : Activation.values()) {
            for (int n : WIDTHS) {
                var random = new Random(n);
                var x = random(2, n, random);
                var dy = random(2, n, random);
                var before = copy(dy);
                gradients().activateBackward(2, n, x.segment(), x.stride(), act, dy.segment(), dy.stride());
                var differences = new Differences(who() + " " + act + " n=" + n);
                for (int i = 0; i < 2; i++) {
                    for (int j = 0; j < n; j += n < 100 ? 1 : 101) {
                        var one = vector(1, random);
                        one.set(0, 0, before.get(i, j));
                        var at = vector(1, random);
                        at.set(0, 0, x.get(i, j));
                        gradients().activateBackward(1, 1, at.segment(), 1, act, one.segment(), 1);
                        differences.bits("[" + i + ", " + j + "]", one.get(0, 0), dy.get(i, j));
                    }
                }
                differences.guards("dy", dy.damaged(0, n));
                differences.check();
            }
        }
    }

    @Test
    default void gateBackwardIsWithinItsBoundInPlaceAndApart() {
        for (var act : Activation.values()) {
            for (int n : WIDTHS) {
                var random = new Random(n);
                var x = random(3, 2 * n, random);
                var dy = random(3, n, random);
                var before = copy(x);
                var dx = random.nextBoolean() ? x : empty(3, 2 * n, random);
                gradients()
                        .gateBackward(
                                3,
                                n,
                                x.segment(),
                                x.stride(),
                                act,
                                dy.segment(),
                                dy.stride(),
                                dx.segment(),
                                dx.stride());
                var differences = new Differences(who() + " gate " + act + " n=" + n);
                for (int i = 0; i < 3; i++) {
                    for (int j = 0; j < n; j++) {
                        double left = before.get(i, j);
                        double factor = (double) dy.get(i, j) * before.get(i, n + j);
                        double slope = slope(left, act);
                        differences.add(
                                "[" + i + ", " + j + "]",
                                factor * slope,
                                dx.get(i, j),
                                Math.abs(factor) * (1e-6 + 6 * EPS * Math.abs(slope)) + Float.MIN_VALUE);
                        double value = GradientContract.activate(left, act);
                        differences.add(
                                "right half [" + i + ", " + j + "]",
                                dy.get(i, j) * value,
                                dx.get(i, n + j),
                                Math.abs(dy.get(i, j)) * (1e-6 + 5 * EPS * Math.abs(value)) + Float.MIN_VALUE);
                    }
                }
                differences.guards("dx", dx.damaged(0, 2 * n));
                differences.check();
            }
        }
    }
}
