package dev.kanmon.kernels;

/**
 * The numbers of one step of AdamW (Loshchilov and Hutter 2019, algorithm 2), as {@link GradientKernels#adamW} needs
 * them.
 *
 * @param learningRate of this step, above or equal to 0
 * @param beta1 decay of the mean of gradients, in [0, 1)
 * @param beta2 decay of the mean of squared gradients, in [0, 1)
 * @param epsilon added to the root of the mean square, above or equal to 0
 * @param decay what the weights lose in a step, in units of the learning rate; 0 for biases and norms
 * @param gradientScale every gradient is multiplied by it first: 1, or what clipping and averaging ask for
 * @param correction1 {@code 1 - beta1^t} in step t, counted from 1
 * @param correction2 {@code 1 - beta2^t}
 * @see <a href="https://arxiv.org/abs/1711.05101">Decoupled Weight Decay Regularization</a>
 */
public record AdamWStep(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double decay,
        double gradientScale,
        double correction1,
        double correction2) {

    /**
     * Checks ranges.
     *
     * @throws IllegalArgumentException if a number is out of its range; NaN always is, but for {@code gradientScale},
     *     which spoils the weights as a NaN in a gradient does
     */
    public AdamWStep {
        require(learningRate >= 0, "learningRate", learningRate, "0 or more");
        require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "a number in [0, 1)");
        require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "a number in [0, 1)");
        require(epsilon >= 0, "epsilon", epsilon, "0 or more");
        require(decay >= 0, "decay", decay, "0 or more");
        require(correction1 > 0 && correction1 <= 1, "correction1", correction1, "a number in (0, 1]");
        require(correction2 > 0 && correction2 <= 1, "correction2", correction2, "a number in (0, 1]");
    }

    /**
     * Step number {@code t} without clipping.
     *
     * @param t number of the step, from 1 on
     * @throws IllegalArgumentException if a number is out of its range
     */
    public static AdamWStep of(double learningRate, double beta1, double beta2, double epsilon, double decay, long t) {
        if (t < 1) {
            throw new IllegalArgumentException("adamW: step " + t + ", expected 1 or more");
        }
        return new AdamWStep(
                learningRate, beta1, beta2, epsilon, decay, 1, 1 - Math.pow(beta1, t), 1 - Math.pow(beta2, t));
    }

    /** This step with another decay. */
    public AdamWStep withDecay(double other) {
        return new AdamWStep(learningRate, beta1, beta2, epsilon, other, gradientScale, correction1, correction2);
    }

    /** This step with another factor for gradients. */
    public AdamWStep withGradientScale(double other) {
        return new AdamWStep(learningRate, beta1, beta2, epsilon, decay, other, correction1, correction2);
    }

    private static void require(boolean holds, String name, double value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("adamW: " + name + " " + value + ", expected " + expected);
        }
    }
}
