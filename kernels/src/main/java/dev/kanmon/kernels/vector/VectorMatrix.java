package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.Panels;
import dev.kanmon.kernels.common.Rounding;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A weight cut into panels of {@link GemmTiles#PANEL} outputs, in the order (panel, k, PANEL), so that a tile reads it
 * front to back. The last panel is padded with zeros.
 */
sealed interface VectorMatrix extends PackedMatrix {
    /** Writes panel {@code index} as f32, (k, PANEL), to {@code dst}. */
    void unpack(int index, float[] dst, int dstAt);

    /** Whether {@link #row1} works here. Unpacking a panel costs more than it saves when one row uses it. */
    boolean hasRow1();

    /** {@code c = init + a · panelᵀ} for one row, straight from the packed form, with the bits of the tiles. */
    void row1(int index, float[] a, int aAt, float[] init, int initAt, float[] c, int cAt);

    @Override
    default int panel() {
        return GemmTiles.PANEL;
    }

    @Override
    default float[] row(int row) {
        Checks.row(row, n());
        var panel = new float[Math.multiplyExact(k(), GemmTiles.PANEL)];
        unpack(row / GemmTiles.PANEL, panel, 0);
        var weights = new float[k()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = panel[i * GemmTiles.PANEL + row % GemmTiles.PANEL];
        }
        return weights;
    }

    static VectorMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        int panel = GemmTiles.PANEL;
        int padded = Checks.arrayLength("pack", Lanes.padToPanel(n), 1);
        int length = Checks.arrayLength("pack", padded, k);
        return switch (type) {
            case F32 -> {
                var weights = new float[length];
                Panels.forEach(
                        n,
                        k,
                        panel,
                        rows,
                        pieces,
                        (first, count, block) -> Panels.transpose(block, count, k, weights, first * k, panel));
                yield new F32(n, k, weights);
            }
            case BF16 -> {
                var weights = new short[length];
                Panels.forEach(
                        n,
                        k,
                        panel,
                        rows,
                        pieces,
                        (first, count, block) -> Panels.transpose(block, count, k, weights, first * k, panel));
                yield new Bf16(n, k, weights);
            }
            case INT8 -> {
                var weights = new byte[length];
                int groups = Rounding.groups(k);
                var scales = new float[Checks.arrayLength("pack", padded, groups)];
                Panels.forEach(n, k, panel, rows, pieces, (first, count, block) -> {
                    Rounding.toInt8(
                            block,
                            first,
                            count,
                            k,
                            (row, group, scale) -> scales[first * groups + group * panel + row - first] = scale);
                    Panels.transpose(block, count, k, weights, first * k, panel);
                });
                yield new Int8(n, k, weights, scales);
            }
        };
    }

    /** Weights as they are; tiles read them in place. */
    record F32(int n, int k, float[] weights) implements VectorMatrix {
        @Override
        public WeightType type() {
            return WeightType.F32;
        }

        @Override
        public long bytes() {
            return (long) weights.length * Float.BYTES;
        }

        @Override
        public void unpack(int index, float[] dst, int dstAt) {
            int length = k * GemmTiles.PANEL;
            System.arraycopy(weights, index * length, dst, dstAt, length);
        }

        @Override
        public boolean hasRow1() {
            return true;
        }

        @Override
        public void row1(int index, float[] a, int aAt, float[] init, int initAt, float[] c, int cAt) {
            GemmTiles.tile(1, a, aAt, k, weights, index * k * GemmTiles.PANEL, init, initAt, c, cAt, 0, k);
        }
    }

    /** Weights as upper halves of floats. */
    record Bf16(int n, int k, short[] weights) implements VectorMatrix {
        private static final int LANES = Lanes.LENGTH;
        private static final VectorSpecies<Integer> INTS =
                Lanes.SPECIES.vectorShape().withLanes(int.class);
        private static final VectorSpecies<Short> SHORTS =
                VectorShape.forBitSize(LANES * Short.SIZE).withLanes(short.class);

        @Override
        public WeightType type() {
            return WeightType.BF16;
        }

        @Override
        public long bytes() {
            return (long) weights.length * Short.BYTES;
        }

        @Override
        public void unpack(int index, float[] dst, int dstAt) {
            int length = k * GemmTiles.PANEL;
            int from = index * length;
            for (int i = 0; i < length; i += LANES) {
                var half = (IntVector)
                        ShortVector.fromArray(SHORTS, weights, from + i).convertShape(VectorOperators.S2I, INTS, 0);
                half.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(dst, dstAt + i);
            }
        }

        @Override
        public boolean hasRow1() {
            return true;
        }

        @Override
        public void row1(int index, float[] a, int aAt, float[] init, int initAt, float[] c, int cAt) {
            int from = index * k * GemmTiles.PANEL;
            var c0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
            var c1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
            for (int i = 0; i < k; i++) {
                int at = from + i * GemmTiles.PANEL;
                var f = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
                var h0 = (IntVector)
                        ShortVector.fromArray(SHORTS, weights, at).convertShape(VectorOperators.S2I, INTS, 0);
                var h1 = (IntVector)
                        ShortVector.fromArray(SHORTS, weights, at + LANES).convertShape(VectorOperators.S2I, INTS, 0);
                c0 = f.fma(h0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c0);
                c1 = f.fma(h1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c1);
            }
            c0.intoArray(c, cAt);
            c1.intoArray(c, cAt + LANES);
        }
    }

    /** Weights as bytes, and their scales in the order (panel, group, PANEL). */
    record Int8(int n, int k, byte[] weights, float[] scales) implements VectorMatrix {
        private static final int LANES = Lanes.LENGTH;
        /** Bytes of a group of inputs in a panel. */
        private static final int GROUP = Rounding.GROUP * GemmTiles.PANEL;
        /** Bytes for one vector of floats. None is shorter than 64 bits, so 4 lanes have no such species. */
        private static final VectorSpecies<Byte> BYTES =
                VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)).withLanes(byte.class);

        @Override
        public WeightType type() {
            return WeightType.INT8;
        }

        @Override
        public long bytes() {
            return weights.length + (long) scales.length * Float.BYTES;
        }

        @Override
        public void unpack(int index, float[] dst, int dstAt) {
            int length = k * GemmTiles.PANEL;
            int from = index * length;
            for (int start = 0, scale = scalesOf(index); start < length; start += GROUP, scale += GemmTiles.PANEL) {
                unpackGroup(from, start, Math.min(start + GROUP, length), scale, dst, dstAt);
            }
        }

        /** Where the scales of panel {@code index} begin. */
        private int scalesOf(int index) {
            return index * Rounding.groups(k) * GemmTiles.PANEL;
        }

        private void unpackGroup(int from, int start, int end, int scale, float[] dst, int dstAt) {
            if (LANES < 8) {
                for (int i = start; i < end; i++) {
                    dst[dstAt + i] = weights[from + i] * scales[scale + i % GemmTiles.PANEL];
                }
                return;
            }
            var s0 = FloatVector.fromArray(Lanes.SPECIES, scales, scale);
            var s1 = FloatVector.fromArray(Lanes.SPECIES, scales, scale + LANES);
            for (int i = start; i < end; i += GemmTiles.PANEL) {
                var w0 = (FloatVector) ByteVector.fromArray(BYTES, weights, from + i)
                        .convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                var w1 = (FloatVector) ByteVector.fromArray(BYTES, weights, from + i + LANES)
                        .convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                w0.mul(s0).intoArray(dst, dstAt + i);
                w1.mul(s1).intoArray(dst, dstAt + i + LANES);
            }
        }

        @Override
        public boolean hasRow1() {
            return LANES >= 8;
        }

        @Override
        public void row1(int index, float[] a, int aAt, float[] init, int initAt, float[] c, int cAt) {
            int from = index * k * GemmTiles.PANEL;
            int scale = scalesOf(index);
            var c0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
            var c1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
            for (int start = 0; start < k; start += Rounding.GROUP, scale += GemmTiles.PANEL) {
                var s0 = FloatVector.fromArray(Lanes.SPECIES, scales, scale);
                var s1 = FloatVector.fromArray(Lanes.SPECIES, scales, scale + LANES);
                int end = Math.min(start + Rounding.GROUP, k);
                for (int i = start; i < end; i++) {
                    int at = from + i * GemmTiles.PANEL;
                    var f = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
                    var w0 = (FloatVector) ByteVector.fromArray(BYTES, weights, at)
                            .convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                    var w1 = (FloatVector) ByteVector.fromArray(BYTES, weights, at + LANES)
                            .convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                    c0 = f.fma(w0.mul(s0), c0);
                    c1 = f.fma(w1.mul(s1), c1);
                }
            }
            c0.intoArray(c, cAt);
            c1.intoArray(c, cAt + LANES);
        }
    }
}
