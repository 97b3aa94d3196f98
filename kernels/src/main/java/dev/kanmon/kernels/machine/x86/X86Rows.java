package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.X86Routines.make;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.machine.RowRoutines;
import dev.kanmon.kernels.machine.memory.Routine;
import dev.kanmon.kernels.machine.x86.ActivationRowsCode.Beside;

/** Makes the routines of {@link RowRoutines} for x86-64. */
final class X86Rows implements RowRoutines {
    private static final int ACTIVATIONS = Activation.values().length;

    private final Level level;
    // found by their numbers, see X86Routines.make
    private final Routine[] activations = new Routine[2 * ACTIVATIONS];
    private final Routine[] gates = new Routine[ACTIVATIONS];
    private final Routine[] adds = new Routine[2];
    private final Routine[] norms = new Routine[Norm.COUNT];
    private final Routine[] rotations = new Routine[1];

    /** @param level what the CPU can do */
    X86Rows(Level level) {
        this.level = level;
    }

    @Override
    public Routine activate(Activation act, boolean bias) {
        int i = act.ordinal() + (bias ? ACTIVATIONS : 0);
        var made = activations[i];
        var beside = bias ? Beside.BIAS : Beside.NOTHING;
        return made != null
                ? made
                : make(activations, i, a -> ActivationRowsCode.write(a, Abi.here(), level, act, beside));
    }

    @Override
    public Routine gate(Activation act) {
        int i = act.ordinal();
        var made = gates[i];
        return made != null
                ? made
                : make(gates, i, a -> ActivationRowsCode.write(a, Abi.here(), level, act, Beside.GATE));
    }

    @Override
    public Routine add(boolean bias) {
        int i = bias ? 1 : 0;
        var made = adds[i];
        return made != null ? made : make(adds, i, a -> AddCode.write(a, Abi.here(), level, bias));
    }

    @Override
    public Routine norm(Norm norm) {
        int i = norm.index();
        var made = norms[i];
        return made != null ? made : make(norms, i, a -> NormCode.write(a, Abi.here(), level, norm));
    }

    @Override
    public Routine rotate() {
        var made = rotations[0];
        return made != null ? made : make(rotations, 0, a -> RotateCode.write(a, Abi.here(), level));
    }
}
