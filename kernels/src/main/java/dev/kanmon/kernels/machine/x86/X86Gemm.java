package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.machine.GemmRoutines;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.Routine;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Makes the routines of {@link GemmRoutines} for x86-64. */
final class X86Gemm implements GemmRoutines {
    private final Level level;
    private final Map<Key, Routine> made = new ConcurrentHashMap<>();

    /** What tells one routine from another: tiles of a product, 0 for a conversion. */
    private record Key(WeightType type, int tall) {}

    /** @param level what the CPU can do */
    X86Gemm(Level level) {
        this.level = level;
    }

    @Override
    public int tileRows(WeightType type) {
        return GemmTile.of(level, type).rows();
    }

    @Override
    public int bytesOfStep(WeightType type) {
        return GemmTile.of(level, type).bytesOfStep();
    }

    @Override
    public boolean readsRowsInPlace(WeightType type) {
        return type == WeightType.F32;
    }

    @Override
    public Routine convert(WeightType type) {
        return make(new Key(type, 0), a -> QuantiseCode.write(a, Abi.here(), level, type));
    }

    @Override
    public Routine product(WeightType type, int tall) {
        return make(new Key(type, tall), a -> GemmCode.write(a, Abi.here(), level, type, tall));
    }

    private Routine make(Key key, Consumer<Assembler> code) {
        return made.computeIfAbsent(key, _ -> {
            var a = Assembler.create();
            code.accept(a);
            try {
                return Routine.install(a.finish());
            } catch (Refused e) {
                // it was there when the kernels were chosen
                throw new IllegalStateException("no executable memory any more: " + e.getMessage(), e);
            }
        });
    }
}
