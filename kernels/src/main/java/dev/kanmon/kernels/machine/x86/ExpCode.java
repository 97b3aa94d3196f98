package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import java.util.List;

/**
 * Code for {@code exp} of whole vectors, in registers that the caller gives.
 *
 * <p>{@code x = i · ln 2 + r} with an integer i and |r| ≤ ln 2 / 2; {@code exp(x) = 2ⁱ · C(r)}. The polynomials C are
 * least-squares fits of our own of the relative error, reweighted towards the least maximum (Lawson), with C(0) = 1, so
 * that exp(0) is 1. ln 2 is taken as one f32: the 1.9e-9 that it is off count i times.
 *
 * <p>NaN stays NaN. −∞ and whatever is below −104 give 0; results below 2⁻¹²⁶ are subnormal numbers with AVX-512, and 0
 * below 2⁻¹²⁶·⁵ with AVX2.
 */
final class ExpCode {
    /** How exact. */
    enum Precision {
        /** Within {@code (2 + |x| / 40) · ε} of the exact value, relative; ε is 2⁻²³. */
        FULL(1f, 0.999999702f, 0.499991477f, 0.166676387f, 0.0418981612f, 0.00829027221f),
        /** Within 1.1e-4, relative, a twentieth of what rounding to bf16 costs. */
        BF16(1f, 1.00019622f, 0.504134476f, 0.165178299f);

        private final float[] coefficients;

        Precision(float... coefficients) {
            this.coefficients = coefficients;
        }
    }

    /** Which arguments there are. */
    enum Range {
        /** Up to 88, as in a softmax: one instruction less. */
        NOT_LARGE,
        /** All; above 88.37 the result may be infinite. */
        ALL
    }

    private static final float LOG2_E = 1.44269504f;
    private static final float LN2 = 0.693147182f;
    /**
     * 1.5 · 2²³, where floats are whole numbers, and the bias of an exponent: the low bits of {@code x · log2(e)} plus
     * this are those of 2ⁱ, once they are shifted to their place.
     */
    private static final float ROUNDER = 12582912f + 127;
    /** AVX-512: low enough for a result that rounds to 0, but i does not leave the low bits of the rounder. */
    private static final float LEAST_SCALED = -105;
    /** AVX2: here i is −127, and the bits shifted to their place are those of 0. */
    private static final float LEAST_SHIFTED = -88.02f;
    /** i is 128, which gives infinity either way. */
    private static final float MOST = 89;

    private final Assembler a;
    private final Level level;
    private final Precision precision;
    private final Range range;
    private final Constants constants;

    /**
     * Code for arguments of {@code range}.
     *
     * @param registers numbers of vector registers for constants, which {@link #load} fills and the caller then leaves
     *     alone; any number from 0 on, of which at most {@link #constants} are used. Constants without one are read
     *     from memory each time.
     */
    ExpCode(Assembler a, Level level, Lanes lanes, Precision precision, Range range, int... registers) {
        this.a = a;
        this.level = level;
        this.precision = precision;
        this.range = range;
        constants = new Constants(a, lanes, registers);
        // those first that would need an instruction of their own if they lay in memory
        constants.want(least());
        if (range == Range.ALL) {
            constants.want(MOST);
        }
        constants.want(LOG2_E);
        float[] c = precision.coefficients;
        constants.want(c[c.length - 1]);
        constants.want(ROUNDER);
        constants.want(LN2);
        for (int i = c.length - 2; i >= 0; i--) {
            constants.want(c[i]);
        }
    }

    /** Constants that there are: more registers than this bring nothing. */
    static int constants(Precision precision, Range range) {
        return precision.coefficients.length + (range == Range.ALL ? 5 : 4);
    }

    /** Fills the registers for constants: once, before the loop. */
    void load() {
        constants.load();
    }

    /**
     * {@code x = exp(x)} for each vector, side by side.
     *
     * @param x arguments, overwritten by the results
     * @param t as many registers, overwritten
     * @param p as many registers, overwritten
     */
    void exp(List<Vector> x, List<Vector> t, List<Vector> p) {
        int count = x.size();
        for (int i = 0; i < count; i++) {
            // the last operand is what comes out if one is NaN
            a.op(VMAXPS, x.get(i), constants.register(least(), t.get(i)), x.get(i));
        }
        if (range == Range.ALL) {
            for (int i = 0; i < count; i++) {
                a.op(VMINPS, x.get(i), constants.register(MOST, t.get(i)), x.get(i));
            }
        }
        for (int i = 0; i < count; i++) {
            constants.copy(LOG2_E, t.get(i));
            a.op(VFMADD213PS, t.get(i), x.get(i), constants.operand(ROUNDER));
        }
        // i as a float; AVX2 needs the bits of the sum later on
        var whole = level.avx512() ? t : p;
        for (int i = 0; i < count; i++) {
            a.op(VSUBPS, whole.get(i), t.get(i), constants.operand(ROUNDER));
        }
        for (int i = 0; i < count; i++) {
            a.op(VFNMADD231PS, x.get(i), whole.get(i), constants.operand(LN2));
        }
        float[] c = precision.coefficients;
        for (int i = 0; i < count; i++) {
            constants.copy(c[c.length - 1], p.get(i));
        }
        for (int k = c.length - 2; k >= 0; k--) {
            for (int i = 0; i < count; i++) {
                a.op(VFMADD213PS, p.get(i), x.get(i), constants.operand(c[k]));
            }
        }
        for (int i = 0; i < count; i++) {
            if (level.avx512()) {
                a.op(VSCALEFPS, x.get(i), p.get(i), t.get(i));
            } else {
                a.op(VPSLLD, t.get(i), t.get(i), 23);
                a.op(VMULPS, x.get(i), p.get(i), t.get(i));
            }
        }
    }

    private float least() {
        return level.avx512() ? LEAST_SCALED : LEAST_SHIFTED;
    }
}
