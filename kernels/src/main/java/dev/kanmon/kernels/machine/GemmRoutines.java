package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.machine.memory.Routine;

/**
 * The routines of {@link MachineGemm}, and what of their shapes it has to know. A row of {@code a} is read in steps that
 * match those of a {@link MachineMatrix}.
 */
public interface GemmRoutines {
    /** Rows of the largest tile: as many as are computed at a time. */
    int tileRows(WeightType type);

    /** Bytes of a row of {@code a} that one step reads. */
    int bytesOfStep(WeightType type);

    /** Whether {@link #convert} does no more than copy, so that a product may also read rows where they are. */
    boolean readsRowsInPlace(WeightType type);

    /**
     * Brings rows of {@code a} into the form that {@link #product} reads: quantised, rounded or copied, and filled up with
     * zeros to whole steps. Slots: {@link Convert}.
     */
    Routine convert(WeightType type);

    /**
     * Multiplies {@link Product#TALL_TILES} times {@code tall} rows, then {@link Product#SHORT_TILES} times
     * {@code tall - 1} rows, by some panels. Slots: {@link Product}.
     *
     * @param tall 1 to {@link #tileRows}; with 1 there are no short tiles
     */
    Routine product(WeightType type, int tall);

    /** Slots of {@link #convert}; none is changed. Strides are in bytes. */
    final class Convert {
        /** Address of f32 rows. */
        public static final int FROM = 0;

        public static final int FROM_STRIDE = 1;
        /** Floats of a row. */
        public static final int INPUTS = 2;

        public static final int ROWS = 3;
        /** Where converted rows go. Up to 64 bytes behind a row are overwritten, too: the stride leaves room for them. */
        public static final int TO = 4;

        public static final int TO_STRIDE = 5;
        /** INT8: where the numbers of a row go, {@link #QUANTISER} bytes each: the step t (f32), -z (int32). */
        public static final int QUANTISERS = 6;

        /** Bytes of an element of {@link #QUANTISERS}. */
        public static final int QUANTISER = 8;

        private Convert() {}
    }

    /** Slots of {@link #product}; strides and lengths are in bytes but for {@link #COLUMNS}. */
    final class Product {
        /** Address of the first row, at the first step. */
        public static final int A = 0;

        public static final int A_STRIDE = 1;
        /** Address of the first panel, at the first step. */
        public static final int B = 2;

        public static final int PANEL_BYTES = 3;
        /** Steps to sum over. */
        public static final int STEPS = 4;

        /** Address of the first column of the first row of the product. */
        public static final int C = 5;

        public static final int C_STRIDE = 6;
        /** Columns to compute, more than 0; nothing is written beyond. */
        public static final int COLUMNS = 7;

        public static final int TALL_TILES = 8;
        public static final int SHORT_TILES = 9;
        /** Not 0: sums begin with what an unfinished call left in {@code c}. */
        public static final int CONTINUE = 10;
        /** Not 0: sums are whole, and become the result. */
        public static final int FINISH = 11;
        /** Address of the first column's bias, or 0 for none. */
        public static final int BIAS = 12;
        /** INT8: address of the first column's scale. */
        public static final int SCALES = 13;
        /** INT8: address of the first column's sum of bytes. */
        public static final int SUMS = 14;
        /** INT8: address of the first row's numbers, see {@link Convert#QUANTISERS}. */
        public static final int QUANTISERS = 15;

        /** For the routine's own use. */
        public static final int OWN = 16;

        private Product() {}
    }
}
