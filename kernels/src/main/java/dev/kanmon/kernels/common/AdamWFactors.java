package dev.kanmon.kernels.common;

import dev.kanmon.kernels.AdamWStep;

/**
 * What {@code GradientKernels.adamW} multiplies by, rounded once.
 *
 * @param gradientScale of {@code g}
 * @param keep {@code 1 - learningRate · decay}
 * @param meanWeight {@code 1 - beta1}
 * @param squareDecay {@code beta2}
 * @param squareWeight {@code 1 - beta2}
 * @param rate {@code learningRate / correction1}
 * @param root {@code √correction2}
 * @param epsilon as in the step
 */
public record AdamWFactors(
        float gradientScale,
        float keep,
        float meanWeight,
        float squareDecay,
        float squareWeight,
        float rate,
        float root,
        float epsilon) {

    /** The factors of a step. */
    public static AdamWFactors of(AdamWStep step) {
        return new AdamWFactors(
                (float) step.gradientScale(),
                (float) (1 - step.learningRate() * step.decay()),
                (float) (1 - step.beta1()),
                (float) step.beta2(),
                (float) (1 - step.beta2()),
                (float) (step.learningRate() / step.correction1()),
                (float) Math.sqrt(step.correction2()),
                (float) step.epsilon());
    }
}
