package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.PanelLayout;
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

    static VectorMatrix pack(StoredMatrix stored, Pieces pieces) {
        return switch (stored.type()) {
            case F32, BF16 -> pack(stored.type(), stored.n(), stored.k(), stored::read, pieces);
            case INT8 ->
                int8(stored.n(), stored.k(), PanelLayout.int8Rows(stored), pieces, PanelLayout.quantised(stored));
        };
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
            case INT8 -> int8(n, k, rows, pieces, Rounding.quantiser(k));
        };
    }

    /**
     * @param quantiser leaves the bytes of some rows as floats
     */
    private static Int8 int8(int n, int k, RowSource rows, Pieces pieces, Rounding.Quantiser quantiser) {
        int padded = Checks.arrayLength("pack", Lanes.padToPanel(n), 1);
        var weights = new byte[Checks.arrayLength("pack", padded, k)];
        var scales = new float[padded];
        var sums = new int[padded];
        Panels.forEach(n, k, GemmTiles.PANEL, rows, pieces, (first, count, block) -> {
            quantiser.quantise(first, count, block, (output, scale, sum) -> {
                scales[output] = scale;
                sums[output] = sum;
            });
            Panels.transpose(block, count, k, weights, first * k, GemmTiles.PANEL);
        });
        return new Int8(n, k, weights, scales, sums);
    }

    /** Weights whose products are sums of f32. */
    sealed interface Floats extends VectorMatrix {
        /**
         * {@code c = init + a · panelᵀ} for one row, straight from the packed form, with the bits of the tiles:
         * unpacking a panel costs more than it saves when one row uses it.
         */
        void row1(int index, float[] a, int aAt, float[] init, int initAt, float[] c, int cAt);
    }

    /** Weights as they are; tiles read them in place. */
    record F32(int n, int k, float[] weights) implements Floats {
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
        public void row1(int index, float[] a, int aAt, float[] init, int initAt, float[] c, int cAt) {
            GemmTiles.tile(1, a, aAt, k, weights, index * k * GemmTiles.PANEL, init, initAt, c, cAt, 0, k);
        }
    }

    /** Weights as upper halves of floats. */
    record Bf16(int n, int k, short[] weights) implements Floats {
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

    /** Weights as bytes, and each output's scale and sum of bytes. {@link Int8Gemm} multiplies by them. */
    record Int8(int n, int k, byte[] weights, float[] scales, int[] sums) implements VectorMatrix {
        private static final int LANES = Lanes.LENGTH;
        /** Bytes for one vector of floats. None is shorter than 64 bits, so 4 lanes have no such species. */
        private static final VectorSpecies<Byte> BYTES =
                VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)).withLanes(byte.class);

        @Override
        public WeightType type() {
            return WeightType.INT8;
        }

        @Override
        public long bytes() {
            return weights.length + (long) scales.length * (Float.BYTES + Integer.BYTES);
        }

        /** Writes the bytes, without their scales. */
        @Override
        public void unpack(int index, float[] dst, int dstAt) {
            int length = k * GemmTiles.PANEL;
            int from = index * length;
            if (LANES < 8) {
                for (int i = 0; i < length; i++) {
                    dst[dstAt + i] = weights[from + i];
                }
                return;
            }
            for (int i = 0; i < length; i += LANES) {
                var w = (FloatVector) ByteVector.fromArray(BYTES, weights, from + i)
                        .convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                w.intoArray(dst, dstAt + i);
            }
        }

        /** Whether {@link #row1} works here. */
        boolean hasRow1() {
            return LANES >= 8;
        }

        /** {@code c = a · panelᵀ} for one row and the inputs [fromK, toK), straight from the bytes. */
        void row1(int index, float[] a, int aAt, int fromK, int toK, float[] c, int cAt) {
            int from = index * k * GemmTiles.PANEL;
            var c0 = FloatVector.zero(Lanes.SPECIES);
            var c1 = FloatVector.zero(Lanes.SPECIES);
            for (int i = fromK; i < toK; i++) {
                int at = from + i * GemmTiles.PANEL;
                var f = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
                var w0 = (FloatVector)
                        ByteVector.fromArray(BYTES, weights, at).convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                var w1 = (FloatVector) ByteVector.fromArray(BYTES, weights, at + LANES)
                        .convertShape(VectorOperators.B2F, Lanes.SPECIES, 0);
                c0 = f.fma(w0, c0);
                c1 = f.fma(w1, c1);
            }
            c0.intoArray(c, cAt);
            c1.intoArray(c, cAt + LANES);
        }

        @Override
        public float[] row(int row) {
            var weights = VectorMatrix.super.row(row);
            for (int i = 0; i < weights.length; i++) {
                weights[i] *= scales[row];
            }
            return weights;
        }
    }
}
