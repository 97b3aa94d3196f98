package dev.kanmon.kernels.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The softmax of a row of scores, without the division: outputs, which are fewer, are scaled instead. */
final class VectorSoftmax {
    private static final int LANES = Lanes.LENGTH;
    /** The numbers of the lanes. */
    private static final float[] LANE = new float[LANES];

    static {
        for (int i = 0; i < LANES; i++) {
            LANE[i] = i;
        }
    }

    private VectorSoftmax() {}

    /**
     * {@code y = scale · row + mask, row = exp(y - max(y))} for the keys [from, to), a range of whole vectors.
     *
     * @return the inverse of their sum
     */
    static float all(float[] x, int row, int mask, int from, int to, float scale) {
        var scales = FloatVector.broadcast(Lanes.SPECIES, scale);
        var largest = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        for (int j = from; j < to; j += LANES) {
            var y = FloatVector.fromArray(Lanes.SPECIES, x, row + j)
                    .fma(scales, FloatVector.fromArray(Lanes.SPECIES, x, mask + j));
            y.intoArray(x, row + j);
            // passes NaN over; it comes back through the exponential and the sum
            largest = largest.blend(y, y.compare(VectorOperators.GT, largest));
        }
        return exponentials(x, row + from, row + to, largest.reduceLanes(VectorOperators.MAX));
    }

    /** The same for a query that sees only the keys [first, end) of them; the others get no weight. */
    static float within(float[] x, int row, int mask, int from, int to, int first, int end, float scale) {
        int begin = first / LANES * LANES;
        int stop = (end + LANES - 1) / LANES * LANES;
        var scales = FloatVector.broadcast(Lanes.SPECIES, scale);
        var hidden = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        var lane = FloatVector.fromArray(Lanes.SPECIES, LANE, 0);
        var largest = hidden;
        for (int j = begin; j < stop; j += LANES) {
            var y = FloatVector.fromArray(Lanes.SPECIES, x, row + j)
                    .fma(scales, FloatVector.fromArray(Lanes.SPECIES, x, mask + j));
            y = y.blend(hidden, lane.compare(VectorOperators.LT, (float) (first - j)));
            y = y.blend(hidden, lane.compare(VectorOperators.GE, (float) (end - j)));
            y.intoArray(x, row + j);
            largest = largest.blend(y, y.compare(VectorOperators.GT, largest));
        }
        Arrays.fill(x, row + from, row + begin, 0);
        Arrays.fill(x, row + stop, row + to, 0);
        return exponentials(x, row + begin, row + stop, largest.reduceLanes(VectorOperators.MAX));
    }

    /** {@code x = exp(x - max)}; returns the inverse of the sum. */
    private static float exponentials(float[] x, int from, int to, float max) {
        var sum = FloatVector.zero(Lanes.SPECIES);
        for (int j = from; j < to; j += LANES) {
            var y = FloatVector.fromArray(Lanes.SPECIES, x, j).sub(max);
            var t = y.lanewise(VectorOperators.FMA, Exp.LOG2_E, Exp.ROUNDER);
            var whole = t.sub(Exp.ROUNDER);
            var r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_HIGH, y);
            r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_LOW, r);
            var p = FloatVector.broadcast(Lanes.SPECIES, Exp.C6);
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C5));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C4));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C3));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C2));
            p = p.fma(r.mul(r), r).add(1f);
            var power = t.reinterpretAsInts()
                    .add(Exp.BIAS)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            var e = p.mul(power);
            e = e.blend(0f, y.compare(VectorOperators.LT, Exp.LEAST));
            e.intoArray(x, j);
            sum = sum.add(e);
        }
        return 1 / Lanes.sum(sum);
    }

    /** {@code row = scale · row + bias} for the keys [from, to), a range of whole vectors. */
    static void addBias(float[] x, int row, int bias, int from, int to, float scale) {
        var scales = FloatVector.broadcast(Lanes.SPECIES, scale);
        for (int j = from; j < to; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, x, row + j)
                    .fma(scales, FloatVector.fromArray(Lanes.SPECIES, x, bias + j))
                    .intoArray(x, row + j);
        }
    }
}
