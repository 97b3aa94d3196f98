package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.X86Routines.make;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.machine.GemmRoutines;
import dev.kanmon.kernels.machine.memory.Routine;

/** Makes the routines of {@link GemmRoutines} for x86-64. */
final class X86Gemm implements GemmRoutines {
    private static final int TYPES = WeightType.values().length;

    private final Level level;
    private final GemmTile[] tiles = new GemmTile[TYPES];
    // found by their numbers, see X86Routines.make
    private final Routine[] conversions = new Routine[TYPES];
    private final Routine[][] products = new Routine[TYPES][];

    /** @param level what the CPU can do */
    X86Gemm(Level level) {
        this.level = level;
        for (var type : WeightType.values()) {
            tiles[type.ordinal()] = GemmTile.of(level, type);
            products[type.ordinal()] = new Routine[1 + tileRows(type)];
        }
    }

    @Override
    public int tileRows(WeightType type) {
        return tiles[type.ordinal()].rows();
    }

    @Override
    public int bytesOfStep(WeightType type) {
        return tiles[type.ordinal()].bytesOfStep();
    }

    @Override
    public boolean readsRowsInPlace(WeightType type) {
        return type == WeightType.F32;
    }

    @Override
    public Routine convert(WeightType type) {
        var made = conversions[type.ordinal()];
        return made != null
                ? made
                : make(conversions, type.ordinal(), a -> QuantiseCode.write(a, Abi.here(), level, type));
    }

    @Override
    public Routine product(WeightType type, int tall) {
        var ofType = products[type.ordinal()];
        var made = ofType[tall];
        return made != null ? made : make(ofType, tall, a -> GemmCode.write(a, Abi.here(), level, type, tall));
    }
}
