package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.X86Routines.make;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.AttentionRoutines;
import dev.kanmon.kernels.machine.memory.Routine;

/** Makes the routines of {@link AttentionRoutines} for x86-64, each when it is first asked for. */
final class X86Attention implements AttentionRoutines {
    private static final int OPERANDS = Operands.values().length;

    private final Level level;
    // found by their numbers, see X86Routines.make
    private final Routine[] keys = new Routine[OPERANDS];
    private final Routine[] values = new Routine[OPERANDS];
    private final Routine[] heads = new Routine[OPERANDS * Positions.values().length];

    /** Routines for what the CPU can do. */
    X86Attention(Level level) {
        this.level = level;
    }

    @Override
    public int panel() {
        return AttentionCode.vectors(level) * lanes();
    }

    @Override
    public int lanes() {
        return level.lanes();
    }

    @Override
    public int tileRows() {
        return AttentionCode.TILE_ROWS;
    }

    @Override
    public Operands used(Operands asked) {
        return level.bf16() ? asked : Operands.F32;
    }

    @Override
    public Routine packKeys(Operands operands) {
        int i = operands.ordinal();
        var made = keys[i];
        return made != null ? made : make(keys, i, a -> AttentionPacking.keys(a, Abi.here(), level, operands));
    }

    @Override
    public Routine packValues(Operands operands) {
        int i = operands.ordinal();
        var made = values[i];
        return made != null ? made : make(values, i, a -> AttentionPacking.values(a, Abi.here(), level, operands));
    }

    @Override
    public Routine head(Operands operands, Positions positions) {
        int i = OPERANDS * positions.ordinal() + operands.ordinal();
        var made = heads[i];
        return made != null
                ? made
                : make(heads, i, a -> AttentionHead.write(a, Abi.here(), level, operands, positions));
    }
}
