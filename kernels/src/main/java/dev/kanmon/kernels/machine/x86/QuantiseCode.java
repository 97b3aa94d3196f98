package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.GemmRoutines.Convert.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.WeightType;

/**
 * Writes {@link dev.kanmon.kernels.machine.GemmRoutines#convert}: row by row to bytes, as {@link WeightType#INT8} defines
 * them, to bf16, or as it is. Less than a vector behind the last whole one is written as a vector, with zeros for what
 * does not exist: the next row overwrites that, or it lies in the room that the stride leaves.
 */
final class QuantiseCode {
    private static final Register[] USED = {RAX, RBX, RCX, RDX, RBP, RSI, R8, R9, R10, R11};

    /** Vectors that are packed into bytes together. */
    private static final int GROUP = 4;

    private static final Register FROM_ROW = RAX;
    private static final Register PREVIOUS_ROW = RBP;
    private static final Register TO_ROW = RDX;
    private static final Register QUANTISER_OF_ROW = R8;
    private static final Register ROWS_LEFT = R9;
    private static final Register READ = R10;
    private static final Register WRITE = RBX;
    private static final Register LEFT = R11;

    private final Assembler a;
    private final Abi abi;
    private final Level level;
    private final Lanes lanes;

    private QuantiseCode(Assembler a, Abi abi, Level level) {
        this.a = a;
        this.abi = abi;
        this.level = level;
        lanes = new Lanes(a, level, level.registers() - 1);
    }

    /** Writes the routine for a type. */
    static void write(Assembler a, Abi abi, Level level, WeightType type) {
        var code = new QuantiseCode(a, abi, level);
        switch (type) {
            case F32 -> code.convertRows(code::copy);
            // without instructions for bf16, weights become f32
            case BF16 -> code.convertRows(level.bf16() ? code::round : code::copy);
            case INT8 -> code.quantiseRows();
        }
    }

    private void enter() {
        abi.enter(a, USED);
        a.mov(FROM_ROW, slot(FROM));
        a.mov(RCX, slot(FROM_STRIDE));
        a.mov(TO_ROW, slot(TO));
        a.mov(RSI, slot(TO_STRIDE));
        a.mov(ROWS_LEFT, slot(ROWS));
        a.mov(R10, slot(INPUTS));
        a.and(R10, lanes.count() - 1);
        lanes.tail(R10, R11);
    }

    private void convertRows(Runnable row) {
        enter();
        var next = a.here();
        begin(FROM_ROW);
        a.mov(WRITE, TO_ROW);
        row.run();
        a.add(FROM_ROW, RCX);
        a.add(TO_ROW, RSI);
        a.dec(ROWS_LEFT);
        a.jump(Condition.NE, next);
        abi.leave(a, USED);
    }

    /**
     * Writes the bytes of a row after the numbers of the next one have been asked for: the way from limits to numbers is
     * long, and what waits for it would keep the CPU from looking further.
     */
    private void quantiseRows() {
        enter();
        a.mov(QUANTISER_OF_ROW, slot(QUANTISERS));
        a.zero(PREVIOUS_ROW);
        var next = a.here();
        a.op(VMOVUPS, inverse(), nextInverse());
        a.op(VMOVUPS, zeroPoint(), nextZeroPoint());
        var noRow = a.label();
        a.test(ROWS_LEFT, ROWS_LEFT);
        a.jump(Condition.E, noRow);
        begin(FROM_ROW);
        limits();
        numbers();
        a.add(QUANTISER_OF_ROW, QUANTISER);
        a.bind(noRow);
        var noBytes = a.label();
        a.test(PREVIOUS_ROW, PREVIOUS_ROW);
        a.jump(Condition.E, noBytes);
        begin(PREVIOUS_ROW);
        a.mov(WRITE, TO_ROW);
        vectors(GROUP, this::bytes, 1);
        a.add(TO_ROW, RSI);
        a.bind(noBytes);
        a.mov(PREVIOUS_ROW, FROM_ROW);
        a.add(FROM_ROW, RCX);
        a.dec(ROWS_LEFT);
        a.jump(Condition.GE, next);
        abi.leave(a, USED);
    }

    /** READ = where a row begins, LEFT = its floats. */
    private void begin(Register row) {
        a.mov(READ, row);
        a.mov(LEFT, slot(INPUTS));
    }

    /** What is done with some vectors of a row. */
    private interface Vectors {
        /** Does it with the vectors at {@link #READ}, or with the last, shorter one. */
        void write(int count, boolean tail);
    }

    /** Goes through a row: some vectors at a time, then one at a time, then what is left. */
    private void vectors(int together, Vectors body, int bytesOfLane) {
        for (int count : together > 1 ? new int[] {together, 1} : new int[] {1}) {
            int floats = count * lanes.count();
            var done = a.label();
            a.compare(LEFT, floats);
            a.jump(Condition.L, done);
            a.align(32);
            var turn = a.here();
            body.write(count, false);
            a.add(READ, floats * Float.BYTES);
            if (bytesOfLane > 0) {
                a.add(WRITE, floats * bytesOfLane);
            }
            a.sub(LEFT, floats);
            a.compare(LEFT, floats);
            a.jump(Condition.GE, turn);
            a.bind(done);
        }
        var none = a.label();
        a.test(LEFT, LEFT);
        a.jump(Condition.E, none);
        body.write(1, true);
        a.bind(none);
    }

    private Memory source(int vector) {
        return Memory.at(READ, vector * lanes.bytes());
    }

    private void load(Vector d, int vector, boolean tail) {
        if (tail) {
            lanes.loadTail(d, source(vector));
        } else {
            a.op(VMOVUPS, d, source(vector));
        }
    }

    private void copy() {
        vectors(GROUP, this::copy, Float.BYTES);
    }

    private void copy(int count, boolean tail) {
        for (int i = 0; i < count; i++) {
            load(lanes.v(i), i, tail);
            a.store(VMOVUPS_STORE, Memory.at(WRITE, i * lanes.bytes()), lanes.v(i));
        }
    }

    private void round() {
        vectors(GROUP, this::round, Short.BYTES);
    }

    private void round(int count, boolean tail) {
        if (count == 1) {
            load(lanes.v(0), 0, tail);
            a.op(VCVTNEPS2BF16, Vector.ymm(0), lanes.v(0));
            a.store(VMOVUPS_STORE, Memory.at(WRITE), Vector.ymm(0));
            return;
        }
        for (int i = 0; i < count; i += 2) {
            // the first source becomes the upper half
            load(lanes.v(i), i + 1, tail);
            a.op(VCVTNE2PS2BF16, lanes.v(i), lanes.v(i), source(i));
            a.store(VMOVUPS_STORE, Memory.at(WRITE, i / 2 * lanes.bytes()), lanes.v(i));
        }
    }

    // ------------------------------------------------------------------------------------------------ bytes

    // numbers of a row, all lanes alike, in the registers before the one for masks

    private Vector inverse() {
        return lanes.v(level.registers() - 5);
    }

    private Vector zeroPoint() {
        return lanes.v(level.registers() - 4);
    }

    private Vector nextInverse() {
        return lanes.v(level.registers() - 3);
    }

    private Vector nextZeroPoint() {
        return lanes.v(level.registers() - 2);
    }

    /** Accumulators of a kind: one for each of the vectors that are read at a time. */
    private int chains() {
        return level.avx512() ? 8 : 4;
    }

    private Vector high(int chain) {
        return lanes.v(chain);
    }

    private Vector low(int chain) {
        return lanes.v(chains() + chain);
    }

    /**
     * Finds a row's least and largest number, 0 included. Bits of floats are compared as whole numbers, which is faster
     * and loses no NaN: the largest signed number is the largest float above 0 or a NaN, the largest unsigned number the
     * float furthest below 0 or a NaN, if it has a sign at all.
     */
    private void limits() {
        int firstFree = 2 * chains();
        int spares = level.registers() - 5 - firstFree;
        for (int i = 0; i < firstFree; i++) {
            lanes.zero(lanes.v(i));
        }
        vectors(
                chains(),
                (count, tail) -> {
                    for (int i = 0; i < count; i++) {
                        var x = lanes.v(firstFree + i % spares);
                        load(x, i, tail);
                        a.op(VPMAXSD, high(i), high(i), x);
                        a.op(VPMAXUD, low(i), low(i), x);
                    }
                },
                0);
        for (int half = chains() / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                a.op(VPMAXSD, high(i), high(i), high(i + half));
                a.op(VPMAXUD, low(i), low(i), low(i + half));
            }
        }
        lanes.reduce(VPMAXSD, high(0), high(1));
        lanes.reduce(VPMAXUD, low(0), low(1));
        // no sign: nothing was below 0
        lanes.zero(high(1));
        a.op(VPMINSD, low(0), low(0), high(1));
    }

    /** Step, zero point and inverse of a row from its limits. */
    private void numbers() {
        var range = high(0);
        var zero = high(1);
        var spoilt = high(2);
        var step = high(3);
        var scale = nextInverse();
        var low = low(0);
        a.op(VSUBPS, range, range, low);
        // NaN for a row that has one or an infinity, or whose range overflowed
        a.op(VMULPS, spoilt, range, zero);
        a.op(VBROADCASTSS, scale, a.constant(0x1p-100f));
        a.op(VMAXPS, range, range, scale);
        a.op(VBROADCASTSS, scale, a.constant(255f));
        a.op(VDIVPS, step, range, scale);
        a.op(VDIVPS, scale, scale, range);
        a.op(VADDPS, step, step, spoilt);
        a.store(VMOVSS_STORE, Memory.at(QUANTISER_OF_ROW), step.as(Vector.Width.XMM));
        a.op(VMULPS, low, low, scale);
        // ties are halved evenly on both sides of 0, so this is -z
        a.op(VCVTPS2DQ, low, low);
        a.store(VMOVSS_STORE, Memory.at(QUANTISER_OF_ROW, 4), low.as(Vector.Width.XMM));
        a.op(VPSUBD, low, zero, low);
        a.op(VPACKSSDW, nextZeroPoint(), low, low);
    }

    /** What puts the fours of lanes that packing within 128 bits interleaves into their order. */
    private Memory packOrder() {
        int quarters = lanes.count() / 4;
        var order = new int[lanes.count()];
        for (int vector = 0; vector < 4; vector++) {
            for (int quarter = 0; quarter < quarters; quarter++) {
                order[vector * quarters + quarter] = 4 * quarter + vector;
            }
        }
        return a.constant(order);
    }

    private void bytes(int count, boolean tail) {
        for (int i = 0; i < count; i++) {
            var x = lanes.v(i);
            if (tail) {
                lanes.loadTail(x, source(i));
                a.op(VMULPS, x, x, inverse());
            } else {
                a.op(VMULPS, x, inverse(), source(i));
            }
            a.op(VCVTPS2DQ, x, x);
            if (!tail && i * lanes.bytes() % 64 == 0) {
                // the row whose limits are sought next
                a.prefetch(Memory.at(READ, RCX, 2, i * lanes.bytes()));
            }
        }
        // all lie within -255 to 255 and their sums with z within -1 to 511: 16 bits hold them, and packing to bytes
        // clamps them; one vector alone is packed with itself
        var first = lanes.v(0);
        a.op(VPACKSSDW, first, first, lanes.v(count > 1 ? 1 : 0));
        a.op(VPADDW, first, first, zeroPoint());
        if (count > 2) {
            a.op(VPACKSSDW, lanes.v(2), lanes.v(2), lanes.v(3));
            a.op(VPADDW, lanes.v(2), lanes.v(2), zeroPoint());
        }
        a.op(VPACKUSWB, first, first, lanes.v(count > 2 ? 2 : 0));
        a.op(VMOVUPS, lanes.v(1), packOrder());
        a.op(VPERMD, first, lanes.v(1), first);
        a.store(VMOVUPS_STORE, Memory.at(WRITE), first);
    }
}
