package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.machine.memory.Routine;

/**
 * The routines of {@link MachineRows}, each with the slots that it reads. Addresses are those of f32 values, strides are
 * bytes from one row to the next, whole numbers fill their slots. There is at least one row, and n is at least 1. No
 * routine writes to its parameter block.
 */
public interface RowRoutines {
    /** Number of rows. */
    int ROWS = 0;
    /** Floats of a row; of a head's half in {@link #rotate}. */
    int N = 1;
    /** Address of x, which is overwritten. */
    int X = 2;
    /** Stride of x. */
    int LDX = 3;
    /** Address of n floats that are added to each row. */
    int BIAS = 4;
    /** Address of y, or of the residual. */
    int Y = 5;
    /** Stride of y. */
    int LDY = 6;
    /** Address of n factors. */
    int GAMMA = 7;
    /** Address of n terms. */
    int BETA = 8;
    /** Address of the result. */
    int OUT = 9;
    /** Stride of the result. */
    int LDO = 10;
    /** A float: 1 / n. */
    int INVERSE_N = 11;
    /** A float: what is added to the variance, or to the mean square. */
    int EPS = 12;
    /** Address of the cosines of the first row; rows of n, dense. */
    int COS = 13;
    /** Address of the sines, likewise. */
    int SIN = 14;
    /** Heads of a row. */
    int HEADS = 15;
    /** Bytes from one head to the next. */
    int HEAD_STRIDE = 16;

    /**
     * {@code x = act(x)}, or {@code act(x + bias)}. Reads ROWS, N, X, LDX; BIAS if there is one. Rows may be those of a
     * strip of a larger matrix.
     */
    Routine activate(Activation act, boolean bias);

    /** {@code x[:, :n] = act(x[:, :n]) · x[:, n:]}. Reads ROWS, N, X, LDX. */
    Routine gate(Activation act);

    /** {@code x = x + y}, or {@code x + bias + y}. Reads ROWS, N, X, LDX, Y, LDY; BIAS if there is one. */
    Routine add(boolean bias);

    /**
     * {@code x = x + bias + residual}, then the normalised rows to OUT, which may be X. Reads ROWS, N, X, LDX, GAMMA, OUT,
     * LDO, INVERSE_N, EPS; BIAS, Y, LDY, BETA for what there is.
     */
    Routine norm(Norm norm);

    /** Turns the halves of heads against each other. Reads ROWS, N, X, LDX, COS, SIN, HEADS, HEAD_STRIDE. */
    Routine rotate();

    /**
     * A normalisation.
     *
     * @param rms by the root of the mean square, not by mean and variance
     * @param bias whether there is one
     * @param residual whether there is one
     * @param beta whether there is one
     */
    record Norm(boolean rms, boolean bias, boolean residual, boolean beta) {
        /** Number of different normalisations. */
        public static final int COUNT = 16;

        /** A number of its own for each, below {@link #COUNT}. */
        public int index() {
            return (rms ? 8 : 0) + (bias ? 4 : 0) + (residual ? 2 : 0) + (beta ? 1 : 0);
        }
    }
}
