package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.common.AdamWFactors;
import dev.kanmon.kernels.common.DropoutHash;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Operations on single elements, whole vectors from the beginning of arrays on; n is a multiple of the lanes. */
final class VectorFlat {
    private static final int LANES = Lanes.LENGTH;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Integer> INTS = Lanes.SPECIES.withLanes(int.class);
    private static final VectorSpecies<Double> DOUBLES = Lanes.SPECIES.withLanes(double.class);
    /** What the hash has of each lane's number. */
    private static final IntVector COLUMNS = IntVector.zero(INTS).addIndex(1).mul(DropoutHash.STEP);

    private VectorFlat() {}

    /**
     * A part of a row of dropout.
     *
     * @param key of the row
     * @param column of the first element
     */
    static void dropout(float[] x, int n, int key, int column, int threshold, float scale) {
        for (int j = 0; j < n; j += LANES) {
            var h = COLUMNS.add((column + j) * DropoutHash.STEP + key);
            h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16))
                    .mul(DropoutHash.FACTOR_1);
            h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 13))
                    .mul(DropoutHash.FACTOR_2);
            h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16));
            var dropped = h.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.LT, threshold);
            FloatVector.fromArray(Lanes.SPECIES, x, j)
                    .mul(scale)
                    .blend(0f, dropped.cast(Lanes.SPECIES))
                    .intoArray(x, j);
        }
    }

    static double sumOfSquares(float[] x, int n) {
        var s0 = DoubleVector.zero(DOUBLES);
        var s1 = s0;
        for (int j = 0; j < n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var low = (DoubleVector) v.convertShape(VectorOperators.F2D, DOUBLES, 0);
            var high = (DoubleVector) v.convertShape(VectorOperators.F2D, DOUBLES, 1);
            s0 = low.fma(low, s0);
            s1 = high.fma(high, s1);
        }
        // not reduceLanes, which leaves the order open
        double sum = 0;
        for (double lane : s0.add(s1).toArray()) {
            sum += lane;
        }
        return sum;
    }

    static void adamW(float[] w, float[] g, float[] m, float[] v, int n, AdamWFactors f) {
        float gradientScale = f.gradientScale();
        float keep = f.keep();
        float meanWeight = f.meanWeight();
        float squareDecay = f.squareDecay();
        float squareWeight = f.squareWeight();
        float rate = f.rate();
        float root = f.root();
        float epsilon = f.epsilon();
        for (int j = 0; j < n; j += LANES) {
            var gradient = FloatVector.fromArray(Lanes.SPECIES, g, j).mul(gradientScale);
            var mean = FloatVector.fromArray(Lanes.SPECIES, m, j);
            mean = mean.add(gradient.sub(mean).mul(meanWeight));
            var square = FloatVector.fromArray(Lanes.SPECIES, v, j)
                    .mul(squareDecay)
                    .add(gradient.mul(squareWeight).mul(gradient));
            var divisor = square.sqrt().div(root).add(epsilon);
            FloatVector.fromArray(Lanes.SPECIES, w, j)
                    .mul(keep)
                    .sub(mean.div(divisor).mul(rate))
                    .intoArray(w, j);
            mean.intoArray(m, j);
            square.intoArray(v, j);
        }
    }

    /**
     * The same where it lies, outside of the heap: there are four streams to read and three to write, and the processor
     * waits for none of them as it would for copies.
     *
     * @param n a multiple of the lanes
     */
    static void adamW(
            MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, long at, int n, AdamWFactors f) {
        float gradientScale = f.gradientScale();
        float keep = f.keep();
        float meanWeight = f.meanWeight();
        float squareDecay = f.squareDecay();
        float squareWeight = f.squareWeight();
        float rate = f.rate();
        float root = f.root();
        float epsilon = f.epsilon();
        for (int j = 0; j < n; j += LANES) {
            long place = at + 4L * j;
            var gradient = FloatVector.fromMemorySegment(Lanes.SPECIES, g, place, ORDER)
                    .mul(gradientScale);
            var mean = FloatVector.fromMemorySegment(Lanes.SPECIES, m, place, ORDER);
            mean = mean.add(gradient.sub(mean).mul(meanWeight));
            var square = FloatVector.fromMemorySegment(Lanes.SPECIES, v, place, ORDER)
                    .mul(squareDecay)
                    .add(gradient.mul(squareWeight).mul(gradient));
            var divisor = square.sqrt().div(root).add(epsilon);
            FloatVector.fromMemorySegment(Lanes.SPECIES, w, place, ORDER)
                    .mul(keep)
                    .sub(mean.div(divisor).mul(rate))
                    .intoMemorySegment(w, place, ORDER);
            mean.intoMemorySegment(m, place, ORDER);
            square.intoMemorySegment(v, place, ORDER);
        }
    }
}
