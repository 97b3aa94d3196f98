package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import dev.kanmon.kernels.machine.memory.Routine;
import java.util.List;

/** Runs code for one vector, emitted by what is under test, over an array. */
final class VectorFunction {
    /** Emits code that turns the registers in place; registers 0 and 1 hold the vectors, all others are free. */
    interface Code {
        /** Before the loop. */
        void load(Assembler a, Lanes lanes);

        /** In the loop. */
        void apply(Assembler a, Lanes lanes, List<Vector> x);
    }

    private final Routine routine;
    private final int lanes;

    private VectorFunction(Routine routine, int lanes) {
        this.routine = routine;
        this.lanes = lanes;
    }

    static VectorFunction of(Level level, Code code) throws Refused {
        var a = Assembler.create();
        var lanes = new Lanes(a, level, 15);
        var abi = Abi.here();
        abi.enter(a);
        a.mov(RCX, Memory.at(RDI));
        a.mov(RAX, Memory.at(RDI, 8));
        code.load(a, lanes);
        var loop = a.here();
        var x = List.of(lanes.v(0), lanes.v(1));
        a.op(VMOVUPS, x.get(0), Memory.at(RAX));
        a.op(VMOVUPS, x.get(1), Memory.at(RAX, lanes.bytes()));
        code.apply(a, lanes, x);
        a.store(VMOVUPS_STORE, Memory.at(RAX), x.get(0));
        a.store(VMOVUPS_STORE, Memory.at(RAX, lanes.bytes()), x.get(1));
        a.add(RAX, 2 * lanes.bytes());
        a.dec(RCX);
        a.jump(Condition.NE, loop);
        abi.leave(a);
        return new VectorFunction(Routine.install(a.finish()), lanes.count());
    }

    /** The function of each value. */
    float[] of(float... values) {
        int pairs = Math.ceilDiv(values.length, 2 * lanes);
        var memory = NativeMemory.allocate(pairs * 2L * lanes * Float.BYTES);
        for (int i = 0; i < values.length; i++) {
            memory.setAtIndex(JAVA_FLOAT, i, values[i]);
        }
        var block = NativeMemory.allocate(2 * Long.BYTES);
        block.setAtIndex(JAVA_LONG, 0, pairs);
        block.setAtIndex(JAVA_LONG, 1, memory.address());
        routine.call(block.address());
        var results = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            results[i] = memory.getAtIndex(JAVA_FLOAT, i);
        }
        return results;
    }
}
