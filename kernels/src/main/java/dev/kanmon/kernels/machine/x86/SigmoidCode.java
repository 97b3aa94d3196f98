package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.machine.x86.ExpCode.Precision;
import dev.kanmon.kernels.machine.x86.ExpCode.Range;
import java.util.List;

/** SiLU, QUICK_GELU and TANH, by the exponential. */
final class SigmoidCode implements ActivationCode {
    private final Assembler a;
    private final Lanes lanes;
    private final Activation act;
    private final ExpCode exp;

    SigmoidCode(Assembler a, Level level, Lanes lanes, Activation act, int... registers) {
        this.a = a;
        this.lanes = lanes;
        this.act = act;
        exp = new ExpCode(a, level, lanes, Precision.FULL, Range.ALL, registers);
    }

    @Override
    public void load() {
        exp.load();
    }

    @Override
    public void apply(List<Vector> x, List<List<Vector>> t) {
        var y = t.get(0);
        for (int i = 0; i < x.size(); i++) {
            // x · sigmoid(c · x) = x / (1 + exp(-c · x)); tanh(x) = 1 - 2 / (1 + exp(2x))
            a.op(VMULPS, y.get(i), x.get(i), lanes.all(factor()));
        }
        exp.exp(y, t.get(1), t.get(2));
        for (int i = 0; i < x.size(); i++) {
            a.op(VADDPS, y.get(i), y.get(i), lanes.all(1));
            if (act == Activation.TANH) {
                lanes.fill(x.get(i), 1);
                lanes.fill(t.get(1).get(i), 2);
                a.op(VDIVPS, y.get(i), t.get(1).get(i), y.get(i));
                a.op(VSUBPS, x.get(i), x.get(i), y.get(i));
            } else {
                a.op(VDIVPS, x.get(i), x.get(i), y.get(i));
            }
        }
    }

    private float factor() {
        return switch (act) {
            case SILU -> -1;
            case QUICK_GELU -> -1.702f;
            case TANH -> 2;
            case NONE, GELU, GELU_TANH, RELU -> throw new IllegalArgumentException(act + ": not made of a sigmoid");
        };
    }
}
