package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.WeightType;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products with {@link WeightType#INT8} weights. The Vector API has no multiplication of bytes that adds up in 32 bits,
 * so the whole numbers are multiplied by the tiles of f32, exactly: activations are kept as u - 128, a product is then
 * at most 128 · 127, and 1,024 of them stay below 2²⁴, up to which f32 has every whole number. Sums of more inputs are
 * put together as ints.
 */
final class Int8Gemm {
    /** Inputs whose products f32 adds up without rounding. */
    private static final int CHUNK = 1024;

    /** Rows that share an unpacked panel: enough to make the unpacking cheap, few enough to stay in the caches. */
    private static final int BLOCK = 96;

    /** Rows that are left are not worth a block of their own up to here. */
    private static final int LAST_BLOCK = 144;

    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = GemmTiles.PANEL;
    private static final VectorSpecies<Integer> INTS =
            Lanes.SPECIES.vectorShape().withLanes(int.class);

    /** A float of this size has no binary digits behind the point: adding it rounds to whole numbers, ties to even. */
    private static final float NO_DIGITS = 0x1.8p23f;

    private final VectorMatrix.Int8 b;
    private final float[] work;
    // where in the work array what lies: a row of zeros, the bias of a panel, results of a tile, the panel, ...
    private final int zeros;
    private final int bias;
    private final int strip;
    private final int unpacked;
    // ... the rows of the block as u - 128, t of each, and 128 - z of each
    private final int rows;
    private final int steps;
    private final int corrections;
    private final int[] sums = new int[Lanes.TILE_ROWS * PANEL];

    private Int8Gemm(VectorMatrix.Int8 b, int m, float[] work, int workAt) {
        this.b = b;
        this.work = work;
        int most = Math.min(m, LAST_BLOCK);
        zeros = workAt;
        bias = zeros + PANEL;
        strip = bias + PANEL;
        unpacked = strip + Lanes.TILE_ROWS * PANEL;
        rows = unpacked + b.k() * PANEL;
        steps = rows + most * b.k();
        corrections = steps + most;
        Arrays.fill(work, zeros, zeros + PANEL, 0);
    }

    /** Floats of scratch. */
    static long scratch(int m, int k) {
        return (Lanes.TILE_ROWS + 2L) * PANEL + (long) k * PANEL + Math.min(m, LAST_BLOCK) * (k + 2L);
    }

    /** {@code Kernels.gemm} for checked arguments. */
    static void run(
            int m,
            float[] a,
            int aAt,
            int lda,
            VectorMatrix.Int8 b,
            int fromN,
            int toN,
            float[] bias,
            int biasAt,
            Activation act,
            float[] c,
            int cAt,
            int ldc,
            float[] work,
            int workAt) {
        var gemm = new Int8Gemm(b, m, work, workAt);
        for (int first = 0, count; first < m; first += count) {
            count = m - first <= LAST_BLOCK ? m - first : BLOCK;
            for (int r = 0; r < count; r++) {
                gemm.quantise(r, a, aAt + (first + r) * lda);
            }
            for (int from = fromN; from < toN; from += PANEL) {
                gemm.startPanel(from, count, bias, biasAt);
                for (int row = 0, tile; row < count; row += tile) {
                    tile = GemmTiles.rowsOfNext(count - row);
                    gemm.tile(row, tile, from);
                    gemm.finish(row, tile, from);
                    gemm.store(tile, from, act, c, cAt + (first + row) * ldc, ldc);
                }
            }
        }
    }

    /** Quantises a row of {@code a} to row {@code r} of the block. */
    private void quantise(int r, float[] a, int at) {
        int k = b.k();
        int full = k / LANES * LANES;
        var zero = FloatVector.zero(Lanes.SPECIES);
        var lows = zero;
        var highs = zero;
        var spoilts = zero;
        for (int i = 0; i < full; i += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, a, at + i);
            // compared and blended: min and max with Java's rules are slow, and what they owe NaN the third sum does
            lows = lows.blend(v, v.compare(VectorOperators.LT, lows));
            highs = highs.blend(v, v.compare(VectorOperators.GT, highs));
            spoilts = v.fma(zero, spoilts);
        }
        float lo = 0;
        float hi = 0;
        for (int lane = 0; lane < LANES; lane++) {
            lo = Math.min(lo, lows.lane(lane));
            hi = Math.max(hi, highs.lane(lane));
        }
        float spoilt = Lanes.sum(spoilts);
        for (int i = full; i < k; i++) {
            lo = Math.min(lo, a[at + i]);
            hi = Math.max(hi, a[at + i]);
            spoilt += a[at + i] * 0;
        }
        float range = Math.max(hi - lo, 0x1p-100f);
        // where a row is too wide or has NaN, its bytes do not matter
        work[steps + r] = range == Float.POSITIVE_INFINITY ? Float.NaN : range / 255 + spoilt;
        float inverse = 255 / range;
        float zeroPoint = -lo * inverse + NO_DIGITS - NO_DIGITS;
        work[corrections + r] = 128 - zeroPoint;
        // no value rounds to less than lo does, to -z: only the upper end can leave the range
        float most = 255 - zeroPoint;
        var mosts = FloatVector.broadcast(Lanes.SPECIES, most);
        int to = rows + r * k;
        for (int i = 0; i < full; i += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, a, at + i)
                    .mul(inverse)
                    .add(NO_DIGITS)
                    .sub(NO_DIGITS);
            v.blend(mosts, v.compare(VectorOperators.GT, mosts))
                    .add(zeroPoint - 128)
                    .intoArray(work, to + i);
        }
        for (int i = full; i < k; i++) {
            float v = a[at + i] * inverse + NO_DIGITS - NO_DIGITS;
            work[to + i] = Math.min(v, most) + (zeroPoint - 128);
        }
    }

    /** Gets the panel of the outputs from {@code from} on ready for {@code count} rows. */
    private void startPanel(int from, int count, float[] biases, int biasAt) {
        FloatGemm.startRow(biases, biasAt + from, Math.min(PANEL, b.n() - from), work, bias);
        if (count > 1 || !b.hasRow1()) {
            b.unpack(from / PANEL, work, unpacked);
        }
    }

    /** Σ (u - 128) · q of a few rows and a panel, to {@link #sums}. */
    private void tile(int row, int count, int from) {
        int k = b.k();
        Arrays.fill(sums, 0, count * PANEL, 0);
        for (int fromK = 0; fromK < k; fromK += CHUNK) {
            int toK = Math.min(k, fromK + CHUNK);
            if (count == 1 && b.hasRow1()) {
                b.row1(from / PANEL, work, rows + row * k, fromK, toK, work, strip);
            } else {
                GemmTiles.tile(
                        count,
                        work,
                        rows + row * k + fromK,
                        k,
                        work,
                        unpacked + fromK * PANEL,
                        work,
                        zeros,
                        work,
                        strip,
                        PANEL,
                        toK - fromK);
            }
            for (int i = 0; i < count * PANEL; i += LANES) {
                var whole = (IntVector) FloatVector.fromArray(Lanes.SPECIES, work, strip + i)
                        .convertShape(VectorOperators.F2I, INTS, 0);
                whole.add(IntVector.fromArray(INTS, sums, i)).intoArray(sums, i);
            }
        }
    }

    /** From the sums to results before the activation, in the strip. */
    private void finish(int row, int count, int from) {
        for (int r = 0; r < count; r++) {
            // Σ (u - 128) · q + (128 - z) · Σ q
            int factor = (int) work[corrections + row + r];
            float step = work[steps + row + r];
            for (int i = 0; i < PANEL; i += LANES) {
                var correction = IntVector.fromArray(INTS, b.sums(), from + i).mul(factor);
                var s = (FloatVector) IntVector.fromArray(INTS, sums, r * PANEL + i)
                        .add(correction)
                        .convertShape(VectorOperators.I2F, Lanes.SPECIES, 0);
                s.mul(step)
                        .fma(
                                FloatVector.fromArray(Lanes.SPECIES, b.scales(), from + i),
                                FloatVector.fromArray(Lanes.SPECIES, work, bias + i))
                        .intoArray(work, strip + r * PANEL + i);
            }
        }
    }

    private void store(int count, int from, Activation act, float[] c, int cAt, int ldc) {
        VectorActivation.apply(act, work, strip, count * PANEL);
        int width = Math.min(PANEL, b.n() - from);
        for (int r = 0; r < count; r++) {
            System.arraycopy(work, strip + r * PANEL, c, cAt + r * ldc + from, width);
        }
    }
}
