package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.Activation;
import java.util.List;

/**
 * Code for an activation of whole vectors, in registers that the caller gives. What comes out for an element does not
 * depend on its lane or neighbours.
 */
sealed interface ActivationCode permits GeluCode, ActivationCode.Nothing, ActivationCode.Relu, SigmoidCode {
    /** Registers that {@link #apply} needs for each vector beside it. */
    static int temporaries(Activation act, Level level) {
        return switch (act) {
            case NONE -> 0;
            case RELU -> 1;
            case GELU, GELU_TANH -> level.avx512() ? 4 : 2;
            case SILU, QUICK_GELU, TANH -> 3;
        };
    }

    /** Fills the registers for constants: once, before the loop. */
    void load();

    /**
     * {@code x = act(x)} for each vector, side by side.
     *
     * @param t {@link #temporaries} lists of as many registers as x has, overwritten
     */
    void apply(List<Vector> x, List<List<Vector>> t);

    /**
     * Code for an activation.
     *
     * @param registers numbers of vector registers for constants, left alone by the caller once {@link #load} has filled
     *     them; any number from 0 on, but GELU and GELU_TANH need {@value GeluCode#TABLE_REGISTERS} with AVX-512. More than
     *     14 bring nothing.
     */
    static ActivationCode of(Activation act, Assembler a, Level level, Lanes lanes, int... registers) {
        return switch (act) {
            case NONE -> new Nothing();
            case RELU -> new Relu(a, lanes);
            case GELU, GELU_TANH -> new GeluCode(a, level, lanes, act, registers);
            case SILU, QUICK_GELU, TANH -> new SigmoidCode(a, level, lanes, act, registers);
        };
    }

    /** Leaves vectors as they are. */
    record Nothing() implements ActivationCode {
        @Override
        public void load() {}

        @Override
        public void apply(List<Vector> x, List<List<Vector>> t) {}
    }

    /** {@code x < 0 ? 0 : x}. */
    record Relu(Assembler a, Lanes lanes) implements ActivationCode {
        @Override
        public void load() {}

        @Override
        public void apply(List<Vector> x, List<List<Vector>> t) {
            var zero = t.get(0).get(0);
            lanes.zero(zero);
            for (var v : x) {
                // the last operand is what comes out if one is NaN or both are zeros
                a.op(VMAXPS, v, zero, v);
            }
        }
    }
}
