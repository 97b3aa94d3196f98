package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.machine.RowRoutines;

/** Code for rotary positions: both halves of every head of every row. */
final class RotateCode {
    private static final int UNROLL = 2;
    private static final Register[] USED = {RAX, RCX, RDX, RBX, RSI, RDI, R8, R9, R10, R11, R12, R13};

    private RotateCode() {}

    static void write(Assembler a, Abi abi, Level level) {
        var lanes = new Lanes(a, level, 15);
        abi.enter(a, USED);
        var loop = new RowLoop(a, lanes, RAX, RCX, RDX, R11);
        loop.prepare(Abi.slot(RowRoutines.N));
        a.mov(RSI, Abi.slot(RowRoutines.ROWS));
        a.mov(R8, Abi.slot(RowRoutines.X));
        a.mov(R12, Abi.slot(RowRoutines.COS));
        a.mov(R13, Abi.slot(RowRoutines.SIN));
        var row = a.here();
        a.mov(R9, Abi.slot(RowRoutines.HEADS));
        a.mov(R10, R8);
        // from the left half of a head to its right one
        a.mov(RBX, Abi.slot(RowRoutines.N));
        a.lea(RBX, Memory.at(R8, RBX, 4, 0));
        var head = a.here();
        loop.walk(UNROLL, (count, tail) -> {
            for (int i = 0; i < count; i++) {
                var left = lanes.v(6 * i);
                var right = lanes.v(6 * i + 1);
                var cos = lanes.v(6 * i + 2);
                var sin = lanes.v(6 * i + 3);
                var newLeft = lanes.v(6 * i + 4);
                var newRight = lanes.v(6 * i + 5);
                loop.load(left, R10, i, tail);
                loop.load(right, RBX, i, tail);
                loop.load(cos, R12, i, tail);
                loop.load(sin, R13, i, tail);
                a.op(VMULPS, newLeft, left, cos);
                a.op(VFNMADD231PS, newLeft, right, sin);
                a.op(VMULPS, newRight, right, cos);
                a.op(VFMADD231PS, newRight, left, sin);
                loop.store(R10, i, newLeft, tail);
                loop.store(RBX, i, newRight, tail);
            }
        });
        a.add(R10, Abi.slot(RowRoutines.HEAD_STRIDE));
        a.add(RBX, Abi.slot(RowRoutines.HEAD_STRIDE));
        a.dec(R9);
        a.jump(Condition.NE, head);
        a.add(R8, Abi.slot(RowRoutines.LDX));
        a.mov(R11, Abi.slot(RowRoutines.N));
        a.shl(R11, 2);
        a.add(R12, R11);
        a.add(R13, R11);
        a.dec(RSI);
        a.jump(Condition.NE, row);
        abi.leave(a, USED);
    }
}
