package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.VADDPS;

import dev.kanmon.kernels.machine.RowRoutines;

/** Code for sums of rows. */
final class AddCode {
    private static final int UNROLL = 4;
    private static final Register[] USED = {RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11};

    private AddCode() {}

    static void write(Assembler a, Abi abi, Level level, boolean bias) {
        var lanes = new Lanes(a, level, 15);
        abi.enter(a, USED);
        var loop = new RowLoop(a, lanes, RAX, RCX, RDX, R11);
        loop.prepare(Abi.slot(RowRoutines.N));
        a.mov(RSI, Abi.slot(RowRoutines.ROWS));
        a.mov(R8, Abi.slot(RowRoutines.X));
        a.mov(R9, Abi.slot(RowRoutines.Y));
        if (bias) {
            a.mov(R10, Abi.slot(RowRoutines.BIAS));
        }
        var row = a.here();
        loop.walk(UNROLL, (count, tail) -> {
            for (int i = 0; i < count; i++) {
                loop.load(lanes.v(i), R8, i, tail);
                if (bias) {
                    loop.with(VADDPS, lanes.v(i), lanes.v(i), R10, i, tail, lanes.v(UNROLL));
                }
                loop.with(VADDPS, lanes.v(i), lanes.v(i), R9, i, tail, lanes.v(UNROLL));
                loop.store(R8, i, lanes.v(i), tail);
            }
        });
        a.add(R8, Abi.slot(RowRoutines.LDX));
        a.add(R9, Abi.slot(RowRoutines.LDY));
        a.dec(RSI);
        a.jump(Condition.NE, row);
        abi.leave(a, USED);
    }
}
