package dev.kanmon.kernels.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.common.AdamWFactors;
import dev.kanmon.kernels.common.DropoutHash;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What reads and writes each element once, where it lies, on the heap or outside of it. Tails do the same arithmetic, so
 * an element has the same bits wherever it stands. Offsets are in bytes.
 */
final class VectorFlat {
    /** Elements of a call at most, so that loops count in int. */
    static final int MOST = 1 << 24;

    private static final int LANES = Lanes.LENGTH;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Integer> INTS = Lanes.SPECIES.withLanes(int.class);
    private static final VectorSpecies<Double> DOUBLES = Lanes.SPECIES.withLanes(double.class);
    /** What the hash multiplies of each lane's number. */
    private static final IntVector COLUMNS = IntVector.zero(INTS).addIndex(1).mul(DropoutHash.STEP);

    private VectorFlat() {}

    /** {@code sums += x}. */
    static void add(float[] sums, MemorySegment x, long at, int n) {
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, sums, j)
                    .add(FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + 4L * j, ORDER))
                    .intoArray(sums, j);
        }
        for (; j < n; j++) {
            sums[j] += x.get(JAVA_FLOAT, at + 4L * j);
        }
    }

    /** One row of dropout. */
    static void dropout(MemorySegment x, long at, int n, int key, int threshold, float scale) {
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            var h = COLUMNS.add(j * DropoutHash.STEP + key);
            h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16))
                    .mul(DropoutHash.FACTOR_1);
            h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 13))
                    .mul(DropoutHash.FACTOR_2);
            h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16));
            var dropped = h.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.LT, threshold);
            FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + 4L * j, ORDER)
                    .mul(scale)
                    .reinterpretAsInts()
                    .blend(0, dropped)
                    .intoMemorySegment(x, at + 4L * j, ORDER);
        }
        for (; j < n; j++) {
            long place = at + 4L * j;
            x.set(JAVA_FLOAT, place, DropoutHash.keeps(key, j, threshold) ? x.get(JAVA_FLOAT, place) * scale : 0);
        }
    }

    static double sumOfSquares(MemorySegment x, long at, int n) {
        var s0 = DoubleVector.zero(DOUBLES);
        var s1 = s0;
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            var v = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + 4L * j, ORDER);
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
        for (; j < n; j++) {
            double value = x.get(JAVA_FLOAT, at + 4L * j);
            sum += value * value;
        }
        return sum;
    }

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
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            var gradient = FloatVector.fromMemorySegment(Lanes.SPECIES, g, at + 4L * j, ORDER)
                    .mul(gradientScale);
            var mean = FloatVector.fromMemorySegment(Lanes.SPECIES, m, at + 4L * j, ORDER);
            mean = mean.add(gradient.sub(mean).mul(meanWeight));
            var square = FloatVector.fromMemorySegment(Lanes.SPECIES, v, at + 4L * j, ORDER)
                    .mul(squareDecay)
                    .add(gradient.mul(squareWeight).mul(gradient));
            var divisor = square.sqrt().div(root).add(epsilon);
            FloatVector.fromMemorySegment(Lanes.SPECIES, w, at + 4L * j, ORDER)
                    .mul(keep)
                    .sub(mean.div(divisor).mul(rate))
                    .intoMemorySegment(w, at + 4L * j, ORDER);
            mean.intoMemorySegment(m, at + 4L * j, ORDER);
            square.intoMemorySegment(v, at + 4L * j, ORDER);
        }
        for (; j < n; j++) {
            long place = at + 4L * j;
            float gradient = g.get(JAVA_FLOAT, place) * gradientScale;
            float mean = m.get(JAVA_FLOAT, place);
            mean += (gradient - mean) * meanWeight;
            float square = v.get(JAVA_FLOAT, place) * squareDecay + gradient * squareWeight * gradient;
            float divisor = (float) Math.sqrt(square) / root + epsilon;
            w.set(JAVA_FLOAT, place, w.get(JAVA_FLOAT, place) * keep - mean / divisor * rate);
            m.set(JAVA_FLOAT, place, mean);
            v.set(JAVA_FLOAT, place, square);
        }
    }
}
