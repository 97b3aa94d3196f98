package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Element-wise arithmetic of one row. Not plain loops: C2 takes two offsets into float[] for a possible overlap and
 * stays scalar. Tails do the same arithmetic, so an element has the same bits wherever it stands.
 */
final class VectorRows {
    private static final int LANES = Lanes.LENGTH;

    private VectorRows() {}

    /** {@code y += x}. */
    static void add(float[] y, int at, float[] x, int xAt, int n) {
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j))
                    .intoArray(y, at + j);
        }
        for (; j < n; j++) {
            y[at + j] += x[xAt + j];
        }
    }

    /** {@code y += x + z}, x first. */
    static void add(float[] y, int at, float[] x, int xAt, float[] z, int zAt, int n) {
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j))
                    .add(FloatVector.fromArray(Lanes.SPECIES, z, zAt + j))
                    .intoArray(y, at + j);
        }
        for (; j < n; j++) {
            y[at + j] = y[at + j] + x[xAt + j] + z[zAt + j];
        }
    }

    /** {@code y *= x}. */
    static void multiply(float[] y, int at, float[] x, int xAt, int n) {
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .mul(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j))
                    .intoArray(y, at + j);
        }
        for (; j < n; j++) {
            y[at + j] *= x[xAt + j];
        }
    }

    /** Turns the pairs (x[j], x[j + half]) by the angles whose cosines and sines are given. */
    static void rotate(int half, float[] x, int at, float[] cos, int cosAt, float[] sin, int sinAt) {
        int j = 0;
        for (; j + LANES <= half; j += LANES) {
            var left = FloatVector.fromArray(Lanes.SPECIES, x, at + j);
            var right = FloatVector.fromArray(Lanes.SPECIES, x, at + half + j);
            var c = FloatVector.fromArray(Lanes.SPECIES, cos, cosAt + j);
            var s = FloatVector.fromArray(Lanes.SPECIES, sin, sinAt + j);
            left.mul(c).sub(right.mul(s)).intoArray(x, at + j);
            right.mul(c).add(left.mul(s)).intoArray(x, at + half + j);
        }
        for (; j < half; j++) {
            float left = x[at + j];
            float right = x[at + half + j];
            x[at + j] = left * cos[cosAt + j] - right * sin[sinAt + j];
            x[at + half + j] = right * cos[cosAt + j] + left * sin[sinAt + j];
        }
    }
}
