package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.AttentionRoutines;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.Routine;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Makes the routines of {@link AttentionRoutines} for x86-64, each when it is first asked for. */
final class X86Attention implements AttentionRoutines {
    private final Level level;
    private final ConcurrentHashMap<Object, Routine> made = new ConcurrentHashMap<>();

    /** Routines for what the CPU can do. */
    X86Attention(Level level) {
        this.level = level;
    }

    private enum Packing {
        KEYS,
        VALUES
    }

    private record PackingOf(Packing packing, Operands operands) {}

    private record HeadOf(Operands operands, Positions positions) {}

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
        return routine(new PackingOf(Packing.KEYS, operands), () -> AttentionPacking.keys(level, operands, Abi.here()));
    }

    @Override
    public Routine packValues(Operands operands) {
        return routine(
                new PackingOf(Packing.VALUES, operands), () -> AttentionPacking.values(level, operands, Abi.here()));
    }

    @Override
    public Routine head(Operands operands, Positions positions) {
        return routine(
                new HeadOf(operands, positions), () -> AttentionHead.write(level, operands, positions, Abi.here()));
    }

    private Routine routine(Object name, Supplier<byte[]> code) {
        return made.computeIfAbsent(name, _ -> {
            try {
                return Routine.install(code.get());
            } catch (Refused e) {
                throw new IllegalStateException("attention: " + e.getMessage(), e);
            }
        });
    }
}
