package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.VMOVUPS;

import java.util.ArrayList;
import java.util.List;

/** Numbers that code needs in all lanes: in registers as far as there are any for them, else in memory. */
final class Constants {
    private final Assembler a;
    private final Lanes lanes;
    private final int[] registers;
    private final List<Float> numbers = new ArrayList<>();

    /**
     * No numbers yet.
     *
     * @param registers numbers of vector registers that may be filled
     */
    Constants(Assembler a, Lanes lanes, int... registers) {
        this.a = a;
        this.lanes = lanes;
        this.registers = registers.clone();
    }

    /** Wants a number; the earlier, the more likely it gets a register. Once more changes nothing. */
    void want(float number) {
        if (!numbers.contains(number)) {
            numbers.add(number);
        }
    }

    /** Fills the registers: once, before the loop. */
    void load() {
        for (int i = 0; i < Math.min(registers.length, numbers.size()); i++) {
            lanes.fill(lanes.v(registers[i]), numbers.get(i));
        }
    }

    /** A number where an instruction takes a register or memory. */
    Operand operand(float number) {
        int i = index(number);
        return i < registers.length ? lanes.v(registers[i]) : lanes.all(number);
    }

    /** A number where only a register will do: {@code scratch} is filled unless the number has its own. */
    Vector register(float number, Vector scratch) {
        int i = index(number);
        if (i < registers.length) {
            return lanes.v(registers[i]);
        }
        lanes.fill(scratch, number);
        return scratch;
    }

    /** {@code d = number}. */
    void copy(float number, Vector d) {
        int i = index(number);
        if (i < registers.length) {
            a.op(VMOVUPS, d, lanes.v(registers[i]));
        } else {
            lanes.fill(d, number);
        }
    }

    private int index(float number) {
        int i = numbers.indexOf(number);
        if (i < 0) {
            throw new IllegalArgumentException("constant " + number + " was not asked for");
        }
        return i;
    }
}
