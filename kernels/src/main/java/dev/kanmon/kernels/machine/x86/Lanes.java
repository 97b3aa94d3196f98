package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import java.util.Arrays;

/**
 * Vectors of floats at the width of a level, with what AVX-512 and AVX2 say differently: above all the last, shorter
 * vector of a row. AVX-512 hides lanes by {@link #TAIL}, AVX2 by a register that {@link #tail} fills and that must
 * then be left alone.
 */
public final class Lanes {
    /** The mask of the last vector, with AVX-512. */
    public static final Mask TAIL = new Mask(1);

    private final Assembler a;
    private final Level level;
    private final int tailRegister;

    /**
     * Lanes that {@code a} writes code for.
     *
     * @param tailRegister number of the vector register that AVX2 keeps the mask of the last vector in
     */
    public Lanes(Assembler a, Level level, int tailRegister) {
        this.a = a;
        this.level = level;
        this.tailRegister = tailRegister;
    }

    /** Register {@code number} at the level's width. */
    public Vector v(int number) {
        return new Vector(number, level.width());
    }

    /** Floats of a vector. */
    public int count() {
        return level.lanes();
    }

    /** Bytes of a vector. */
    public int bytes() {
        return level.width().bytes();
    }

    /**
     * Prepares the loads and stores of a vector of which only the first {@code count} lanes exist.
     *
     * @param count register with 0 to {@link #count()}; kept
     * @param scratch overwritten
     */
    public void tail(Register count, Register scratch) {
        if (level.avx512()) {
            a.mov(scratch, -1L);
            a.bzhi(scratch, scratch, count);
            a.kmovw(TAIL, scratch);
        } else {
            // eight times all ones, then eight zeros: the last `count` of the ones and what follows them
            var ones = a.constant(-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0);
            a.lea(scratch, ones.plus(8 * Integer.BYTES));
            a.shl(count, 2);
            a.sub(scratch, count);
            a.shr(count, 2);
            a.op(VMOVUPS, tailMask(), Memory.at(scratch));
        }
    }

    /** The mask of the last vector, with AVX2: ones in the lanes that exist. */
    public Vector tailMask() {
        return new Vector(tailRegister, Width.YMM);
    }

    /** Loads the lanes that exist; the others become 0. */
    public void loadTail(Vector d, Memory m) {
        if (level.avx512()) {
            a.zeroing(VMOVUPS, TAIL, d, m);
        } else {
            a.op(VMASKMOVPS, d, tailMask(), m);
        }
    }

    /** Stores the lanes that exist. */
    public void storeTail(Memory m, Vector s) {
        if (level.avx512()) {
            a.store(VMOVUPS_STORE, TAIL, m, s);
        } else {
            a.maskStore(m, tailMask(), s);
        }
    }

    /** Makes the lanes that do not exist 0. */
    public void keepTail(Vector x) {
        if (level.avx512()) {
            a.zeroing(VMOVUPS, TAIL, x, x);
        } else {
            a.op(VANDPS, x, x, tailMask());
        }
    }

    /** A number for all lanes, as the last operand of an instruction that has an encoding with {@code FULL} memory. */
    public Memory all(float number) {
        if (level.avx512()) {
            return a.constant(number).toAllLanes();
        }
        // AVX2 has no broadcast in an operand
        var numbers = new float[count()];
        Arrays.fill(numbers, number);
        return a.constant(numbers);
    }

    /** The same for a whole number. */
    public Memory allInts(int number) {
        if (level.avx512()) {
            return a.constant(number).toAllLanes();
        }
        var numbers = new int[count()];
        Arrays.fill(numbers, number);
        return a.constant(numbers);
    }

    /** {@code d = number} in all lanes. */
    public void fill(Vector d, float number) {
        a.op(VBROADCASTSS, d, a.constant(number));
    }

    /** {@code d = 0}. */
    public void zero(Vector d) {
        a.op(VXORPS, d, d, d);
    }

    /** The sum of the lanes of {@code x} in all lanes of {@code x}, in an order that depends on the width alone. */
    public void sumOfLanes(Vector x, Vector scratch) {
        reduce(VADDPS, x, scratch);
    }

    /** The largest lane of {@code x} in all lanes of {@code x}, by the rules of {@code vmaxps} on NaN. */
    public void largestOfLanes(Vector x, Vector scratch) {
        reduce(VMAXPS, x, scratch);
    }

    /** Combines all lanes of {@code x} by {@code instruction}, which must be commutative, into all lanes. */
    public void reduce(VectorInstruction instruction, Vector x, Vector scratch) {
        if (level.avx512()) {
            a.op(VSHUFF32X4, scratch, x, x, 0x4E);
            a.op(instruction, x, x, scratch);
            a.op(VSHUFF32X4, scratch, x, x, 0xB1);
        } else {
            a.op(VPERM2F128, scratch, x, x, 1);
        }
        a.op(instruction, x, x, scratch);
        a.op(VPERMILPS, scratch, x, 0x4E);
        a.op(instruction, x, x, scratch);
        a.op(VPERMILPS, scratch, x, 0xB1);
        a.op(instruction, x, x, scratch);
    }
}
