package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.common.DropoutHash;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What training does to one query's row of weights: dropout, and the gradient of the softmax. Ranges are whole vectors.
 * Whether an element is dropped is the sign of its hash less the threshold, as {@link DropoutHash} defines it.
 */
final class GradientRows {
    private static final int LANES = Lanes.LENGTH;
    private static final VectorSpecies<Integer> INTS =
            Lanes.SPECIES.vectorShape().withLanes(int.class);
    /** What the lanes of a vector add to the hash of its first column. */
    private static final int[] STEPS = new int[LANES];

    static {
        for (int i = 0; i < LANES; i++) {
            STEPS[i] = i * DropoutHash.STEP;
        }
    }

    private GradientRows() {}

    /** Sets what is dropped to zero. */
    static void drop(float[] x, int weights, int from, int to, int rowKey, int threshold) {
        var steps = IntVector.fromArray(INTS, STEPS, 0);
        for (int j = from; j < to; j += LANES) {
            var hash = steps.add(rowKey + j * DropoutHash.STEP);
            hash = hash.lanewise(VectorOperators.XOR, hash.lanewise(VectorOperators.LSHR, 16))
                    .mul(DropoutHash.FACTOR_1);
            hash = hash.lanewise(VectorOperators.XOR, hash.lanewise(VectorOperators.LSHR, 13))
                    .mul(DropoutHash.FACTOR_2);
            hash = hash.lanewise(VectorOperators.XOR, hash.lanewise(VectorOperators.LSHR, 16));
            var dropped = hash.lanewise(VectorOperators.LSHR, 8).sub(threshold).lanewise(VectorOperators.ASHR, 31);
            FloatVector.fromArray(Lanes.SPECIES, x, weights + j)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.AND_NOT, dropped)
                    .reinterpretAsFloats()
                    .intoArray(x, weights + j);
        }
    }

    /**
     * {@code weights = inverse · weights}, {@code d = weights ∘ (d - weights · d)}: the gradients of a row of scores from
     * exponentials and from the gradients of its weights.
     */
    static void backward(float[] x, int weights, int d, int from, int to, float inverse) {
        var sum = FloatVector.zero(Lanes.SPECIES);
        for (int j = from; j < to; j += LANES) {
            sum = FloatVector.fromArray(Lanes.SPECIES, x, weights + j)
                    .fma(FloatVector.fromArray(Lanes.SPECIES, x, d + j), sum);
        }
        float mean = Lanes.sum(sum) * inverse;
        for (int j = from; j < to; j += LANES) {
            var weight = FloatVector.fromArray(Lanes.SPECIES, x, weights + j).mul(inverse);
            weight.intoArray(x, weights + j);
            FloatVector.fromArray(Lanes.SPECIES, x, d + j).sub(mean).mul(weight).intoArray(x, d + j);
        }
    }

    /** The same with dropout: {@code d} is of dropped weights, and {@code weights} are left as they were multiplied. */
    static void backward(
            float[] x, int weights, int d, int from, int to, float inverse, int rowKey, int threshold, float scale) {
        var sum = FloatVector.zero(Lanes.SPECIES);
        var steps = IntVector.fromArray(INTS, STEPS, 0);
        for (int j = from; j < to; j += LANES) {
            var hash = steps.add(rowKey + j * DropoutHash.STEP);
            hash = hash.lanewise(VectorOperators.XOR, hash.lanewise(VectorOperators.LSHR, 16))
                    .mul(DropoutHash.FACTOR_1);
            hash = hash.lanewise(VectorOperators.XOR, hash.lanewise(VectorOperators.LSHR, 13))
                    .mul(DropoutHash.FACTOR_2);
            hash = hash.lanewise(VectorOperators.XOR, hash.lanewise(VectorOperators.LSHR, 16));
            var dropped = hash.lanewise(VectorOperators.LSHR, 8).sub(threshold).lanewise(VectorOperators.ASHR, 31);
            var weight = FloatVector.fromArray(Lanes.SPECIES, x, weights + j).mul(inverse);
            var kept = FloatVector.fromArray(Lanes.SPECIES, x, d + j)
                    .mul(scale)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.AND_NOT, dropped)
                    .reinterpretAsFloats();
            sum = weight.fma(kept, sum);
            kept.intoArray(x, d + j);
            // weights are not negative: the sign keeps for the second loop what is dropped
            weight.reinterpretAsInts()
                    .lanewise(VectorOperators.OR, dropped.lanewise(VectorOperators.AND, Integer.MIN_VALUE))
                    .reinterpretAsFloats()
                    .intoArray(x, weights + j);
        }
        float mean = Lanes.sum(sum);
        for (int j = from; j < to; j += LANES) {
            var signed = FloatVector.fromArray(Lanes.SPECIES, x, weights + j).reinterpretAsInts();
            var weight = signed.lanewise(VectorOperators.AND, Integer.MAX_VALUE).reinterpretAsFloats();
            FloatVector.fromArray(Lanes.SPECIES, x, d + j).sub(mean).mul(weight).intoArray(x, d + j);
            signed.lanewise(VectorOperators.AND_NOT, signed.lanewise(VectorOperators.ASHR, 31))
                    .reinterpretAsFloats()
                    .mul(scale)
                    .intoArray(x, weights + j);
        }
    }

    /** {@code to += row}. */
    static void add(float[] x, int row, int count, int to) {
        for (int j = 0; j < count; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, x, to + j)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, row + j))
                    .intoArray(x, to + j);
        }
    }

    /** {@code row = factor · row}. */
    static void scale(float[] x, int row, int count, float factor) {
        for (int j = 0; j < count; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, x, row + j).mul(factor).intoArray(x, row + j);
        }
    }
}
