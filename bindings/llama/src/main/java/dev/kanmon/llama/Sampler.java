package dev.kanmon.llama;

import dev.kanmon.augment.Sampling;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Draws tokens of one answer. The cuts come in llama.cpp's order, before the temperature: the {@code topK} likeliest, of
 * these the likeliest that together have {@code topP}, of these those that have {@code minP} of the likeliest's probability.
 *
 * <p>Not llama.cpp's own sampler, which has another sequence of random numbers with every standard library.
 */
final class Sampler {
    /** How far below the largest logit the first look at candidates goes: e^-8 is a 3,000th of the likeliest. */
    private static final float FIRST_LOOK = 8;

    private final Sampling sampling;
    private final SplittableRandom random;

    Sampler(Sampling sampling) {
        this.sampling = sampling;
        // Mixes its seed, so that neighbouring seeds have nothing in common; java.util.Random's first numbers would.
        this.random = new SplittableRandom(sampling.seed());
    }

    /** The next token. */
    int draw(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        if (sampling.temperature() == 0) {
            return best;
        }
        float most = logits[best];
        var candidates = isUncut() ? all(logits.length) : cut(logits, most);
        var cumulative = new double[candidates.length];
        double sum = 0;
        for (int i = 0; i < candidates.length; i++) {
            sum += Math.exp((logits[candidates[i]] - most) / sampling.temperature());
            cumulative[i] = sum;
        }
        double drawn = random.nextDouble() * sum;
        int at = Arrays.binarySearch(cumulative, drawn);
        // Found: the boundary belongs to what comes after it. The sum itself is never drawn but for rounding.
        at = at >= 0 ? at + 1 : -at - 1;
        return candidates[Math.min(at, candidates.length - 1)];
    }

    private boolean isUncut() {
        return sampling.topK() == 0 && sampling.topP() == 1 && sampling.minP() == 0;
    }

    private static int[] all(int count) {
        var tokens = new int[count];
        Arrays.setAll(tokens, i -> i);
        return tokens;
    }

    /** What the cuts leave, the likeliest first, of equals the one with the smaller number. */
    private int[] cut(float[] logits, float most) {
        int topK = sampling.topK() == 0 ? logits.length : Math.min(sampling.topK(), logits.length);
        boolean isTopK = topK < logits.length;
        double total = isTopK || sampling.topP() == 1 ? Double.NaN : mass(logits, most, Float.POSITIVE_INFINITY);
        // Sorting a whole vocabulary takes longer than a small model's pass. The likeliest tokens decide, so those near
        // the
        // top are taken, and more until the cuts fall among them.
        float depth = FIRST_LOOK;
        while (depth < Float.POSITIVE_INFINITY && !isDeepEnough(logits, most, depth, isTopK ? topK : 0, total)) {
            depth = depth > 1e6f ? Float.POSITIVE_INFINITY : 2 * depth;
        }
        var sorted = sorted(logits, most, depth);
        int kept = Math.min(topK, sorted.length);
        if (sampling.topP() < 1) {
            double goal = 0;
            for (int i = 0; i < kept; i++) {
                goal += isTopK ? Math.exp(logits[sorted[i]] - most) : 0;
            }
            goal = (isTopK ? goal : total) * sampling.topP();
            double sum = 0;
            int count = 0;
            while (count < kept && (count == 0 || sum < goal)) {
                sum += Math.exp(logits[sorted[count++]] - most);
            }
            kept = count;
        }
        while (kept > 1 && Math.exp(logits[sorted[kept - 1]] - most) < sampling.minP()) {
            kept--;
        }
        return Arrays.copyOf(sorted, kept);
    }

    private boolean isDeepEnough(float[] logits, float most, float depth, int topK, double total) {
        if (topK > 0) {
            int count = 0;
            for (float logit : logits) {
                count += most - logit <= depth ? 1 : 0;
            }
            return count >= topK;
        }
        if (sampling.topP() < 1) {
            return mass(logits, most, depth) >= total * sampling.topP();
        }
        return Math.exp(-depth) < sampling.minP();
    }

    private static double mass(float[] logits, float most, float depth) {
        double sum = 0;
        for (float logit : logits) {
            if (most - logit <= depth) {
                sum += Math.exp(logit - most);
            }
        }
        return sum;
    }

    private static int[] sorted(float[] logits, float most, float depth) {
        var keys = new long[logits.length];
        int count = 0;
        for (int i = 0; i < logits.length; i++) {
            if (most - logits[i] <= depth) {
                // The distance from the top is not negative, so that its bits are in the order of its values.
                keys[count++] = (long) Float.floatToIntBits(most - logits[i] + 0f) << 32 | i;
            }
        }
        Arrays.sort(keys, 0, count);
        var tokens = new int[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = (int) keys[i];
        }
        return tokens;
    }
}
