package dev.kanmon.eval;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One divisor for all logits, so that probabilities are shares: the one that makes the labels most likely (Guo et al. 2017,
 * "On Calibration of Modern Neural Networks", section 4.2). It moves no text past another one.
 *
 * @param temperature that minimises the loss, to four digits; empty if it changes nothing
 * @param before mean negative log-likelihood of the labels in nats, at the temperature there was
 * @param after the same at {@code temperature}
 * @param atLimit whether the loss would still fall beyond {@value #LOWEST} or {@value #HIGHEST}: the rows are told apart
 *     without a mistake, or the model ranks them the wrong way round
 */
public record TemperatureScaling(OptionalDouble temperature, double before, double after, boolean atLimit) {

    /** The least temperature that is looked at. */
    public static final double LOWEST = 0.05;

    /** The greatest. */
    public static final double HIGHEST = 20;

    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;
    private static final double PRECISION = 1e-7; // of ln temperature; four digits are kept

    /** What a model says of a row. */
    @FunctionalInterface
    public interface LogOdds {
        /** ln (P / (1 - P)), P being the probability of harm at this temperature. */
        double of(int row, double temperature);
    }

    /**
     * Fits.
     *
     * @param present the temperature that the model has now
     * @throws IllegalArgumentException if there are no rows
     */
    public static TemperatureScaling fit(LogOdds model, boolean[] labels, double present) {
        if (labels.length == 0) {
            throw new IllegalArgumentException("temperature: found no row to fit it on");
        }
        double low = Math.log(LOWEST);
        double high = Math.log(HIGHEST);
        double before = loss(model, labels, present);
        double atLowest = loss(model, labels, LOWEST);
        double atHighest = loss(model, labels, HIGHEST);
        if (atLowest == atHighest && atLowest == before) {
            return new TemperatureScaling(OptionalDouble.empty(), before, before, false);
        }
        // The loss is convex in 1 / temperature where there are two classes, so it has one valley.
        double left = high - GOLDEN * (high - low);
        double right = low + GOLDEN * (high - low);
        double atLeft = loss(model, labels, Math.exp(left));
        double atRight = loss(model, labels, Math.exp(right));
        while (high - low > PRECISION) {
            if (atLeft <= atRight) {
                high = right;
                right = left;
                atRight = atLeft;
                left = high - GOLDEN * (high - low);
                atLeft = loss(model, labels, Math.exp(left));
            } else {
                low = left;
                left = right;
                atLeft = atRight;
                right = low + GOLDEN * (high - low);
                atRight = loss(model, labels, Math.exp(right));
            }
        }
        double best = Math.exp((low + high) / 2);
        boolean atLimit = best < LOWEST * (1 + 1e-5) || best > HIGHEST * (1 - 1e-5);
        double rounded = Double.parseDouble(String.format(Locale.ROOT, "%.4g", best));
        return new TemperatureScaling(OptionalDouble.of(rounded), before, loss(model, labels, rounded), atLimit);
    }

    /** Mean of ln (1 + e^-x) for harmful rows, ln (1 + e^x) for harmless ones, without overflow. */
    private static double loss(LogOdds model, boolean[] labels, double temperature) {
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            double odds = model.of(i, temperature);
            double against = labels[i] ? -odds : odds;
            sum += Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against)));
        }
        return sum / labels.length;
    }
}
