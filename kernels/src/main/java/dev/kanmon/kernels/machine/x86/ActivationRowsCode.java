package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.VADDPS;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.VMULPS;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.machine.RowRoutines;
import java.util.ArrayList;
import java.util.List;

/** Code for activations of rows, and for gates. */
final class ActivationRowsCode {
    /** What stands beside x. */
    enum Beside {
        NOTHING,
        /** A row that is added to every row first. */
        BIAS,
        /** The other half of the row, by which the result is multiplied. */
        GATE
    }

    private static final Register[] USED = {RAX, RCX, RDX, RSI, R8, R9, R10, R11};
    private static final int AVX2_MASK = 15;

    private ActivationRowsCode() {}

    static void write(Assembler a, Abi abi, Level level, Activation act, Beside beside) {
        var lanes = new Lanes(a, level, AVX2_MASK);
        int unroll = level.avx512() ? 4 : 2;
        // vectors first, the constants have what is left
        // one for the last vector of a bias or gate
        int temporaries = Math.max(1, ActivationCode.temporaries(act, level));
        int first = unroll * (1 + temporaries);
        int end = level.avx512() ? level.registers() : AVX2_MASK;
        var code = ActivationCode.of(act, a, level, lanes, numbers(first, end));

        abi.enter(a, USED);
        a.mov(RSI, Abi.slot(RowRoutines.ROWS));
        a.mov(R8, Abi.slot(RowRoutines.X));
        a.mov(R9, Abi.slot(RowRoutines.LDX));
        var loop = new RowLoop(a, lanes, RAX, RCX, RDX, R11);
        loop.prepare(Abi.slot(RowRoutines.N));
        switch (beside) {
            case NOTHING -> {}
            case BIAS -> a.mov(R10, Abi.slot(RowRoutines.BIAS));
            case GATE -> {
                a.mov(R10, Abi.slot(RowRoutines.N));
                a.lea(R10, Memory.at(R8, R10, 4, 0));
            }
        }
        code.load();
        var row = a.here();
        loop.walk(unroll, (count, tail) -> {
            var x = registers(lanes, 0, count);
            var t = new ArrayList<List<Vector>>();
            for (int k = 1; k <= temporaries; k++) {
                t.add(registers(lanes, k * unroll, count));
            }
            for (int i = 0; i < count; i++) {
                loop.load(x.get(i), R8, i, tail);
                if (beside == Beside.BIAS) {
                    loop.with(VADDPS, x.get(i), x.get(i), R10, i, tail, t.get(0).get(i));
                }
            }
            code.apply(x, t);
            for (int i = 0; i < count; i++) {
                if (beside == Beside.GATE) {
                    loop.with(VMULPS, x.get(i), x.get(i), R10, i, tail, t.get(0).get(i));
                }
                loop.store(R8, i, x.get(i), tail);
            }
        });
        a.add(R8, R9);
        if (beside == Beside.GATE) {
            a.add(R10, R9);
        }
        a.dec(RSI);
        a.jump(Condition.NE, row);
        abi.leave(a, USED);
    }

    private static int[] numbers(int from, int to) {
        var numbers = new int[to - from];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = from + i;
        }
        return numbers;
    }

    private static List<Vector> registers(Lanes lanes, int from, int count) {
        var registers = new ArrayList<Vector>();
        for (int number : numbers(from, from + count)) {
            registers.add(lanes.v(number));
        }
        return registers;
    }
}
