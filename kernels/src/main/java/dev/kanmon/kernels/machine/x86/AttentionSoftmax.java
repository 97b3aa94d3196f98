package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.AttentionSlots.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.AttentionCode.*;
import static dev.kanmon.kernels.machine.x86.Condition.*;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.machine.AttentionRoutines.Positions;
import dev.kanmon.kernels.machine.x86.ExpCode.Precision;
import dev.kanmon.kernels.machine.x86.ExpCode.Range;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The softmax of each row of scores of a block, without the division: outputs, which are fewer, are scaled instead.
 * Scores become words of {@code exp(y - max(y))}, y being {@code scale · score + bias + mask}.
 */
final class AttentionSoftmax {
    /** {@code vpcmpd} and {@code vcmpps}: less, not less. */
    private static final int LESS = 1;

    private static final int NOT_LESS = 5;
    private static final Mask HIDDEN = new Mask(2);

    private final AttentionCode code;
    private final Assembler a;
    private final Lanes lanes;
    private final Positions positions;
    private final Vector y;
    private final Vector t;
    private final Vector p;
    private final Vector largest;
    private final Vector scale;
    private final Vector place;
    private final Vector first;
    private final Vector end;
    private final Vector nothing;
    private final ExpCode exp;

    AttentionSoftmax(AttentionCode code, Positions positions) {
        this.code = code;
        this.positions = positions;
        a = code.a();
        lanes = code.lanes();
        y = code.v(0);
        t = code.v(1);
        p = code.v(2);
        largest = code.v(3);
        scale = code.v(4);
        place = code.v(5);
        first = code.v(6);
        end = code.v(7);
        nothing = code.v(8);
        int[] constants = code.level().avx512()
                ? IntStream.range(16, 32).toArray()
                : IntStream.range(9, 16).toArray();
        exp = new ExpCode(
                a, code.level(), lanes, code.bf16() ? Precision.BF16 : Precision.FULL, Range.NOT_LARGE, constants);
    }

    /** RSI: a row of scores; R12: its number; R13 and R14: the keys that its query sees; R15 and RBP: in vectors. */
    void write() {
        exp.load();
        a.zero(R12);
        var nextRow = a.here();
        a.mov(RSI, R12);
        a.mov(RCX, slot(SCORE_STRIDE));
        a.imul(RSI, RCX);
        a.add(RSI, slot(SCORES));
        a.mov(RBX, slot(FIRST));
        a.add(RBX, R12);
        a.mov(R8, slot(MASK));
        if (positions == Positions.BIAS) {
            a.mov(R9, slot(COUNT));
            a.dec(R9);
            a.sub(R9, RBX);
            a.shl(R9, 2);
            a.add(R9, slot(BIAS));
        }
        a.zero(RAX);
        a.mov(R13, RBX);
        a.mov(RCX, slot(BEFORE));
        a.sub(R13, RCX);
        code.max(R13, RAX);
        a.lea(R14, Memory.at(RBX, 1));
        a.add(R14, slot(AFTER));
        a.mov(RCX, slot(COUNT));
        code.min(R14, RCX);
        a.op(VBROADCASTSS, scale, slot(SCALE));
        lanes.fill(nothing, Float.NEGATIVE_INFINITY);
        a.op(VMOVUPS, largest, nothing);
        scores();
        lanes.largestOfLanes(largest, t);
        // minus the largest: one addition with memory in the loop
        lanes.zero(t);
        a.op(VSUBPS, largest, t, largest);
        exponentials();
        hideOthers();
        a.inc(R12);
        a.compare(R12, slot(ROWS));
        a.jump(L, nextRow);
    }

    /** Chooses the range of vectors, completes scores and finds the largest. */
    private void scores() {
        var within = a.label();
        var all = a.label();
        var done = a.label();
        a.mov(R15, slot(FROM));
        a.mov(RBP, slot(TO));
        a.compare(R13, R15);
        a.jump(G, within);
        a.compare(R14, RBP);
        a.jump(GE, all);
        if (positions == Positions.NONE) {
            // the mask hides padding keys, unless a distance that no token has brought NaN to them
            a.compare(R14, slot(COUNT));
            a.jump(E, all);
        }
        a.bind(within);
        a.mov(R15, R13);
        a.and(R15, -lanes.count());
        a.mov(RBP, R14);
        code.roundUpToLanes(RBP);
        broadcast(place, R15);
        a.op(VPADDD, place, place, a.constant(IntStream.range(0, lanes.count()).toArray()));
        broadcast(first, R13);
        broadcast(end, R14);
        completed(true);
        a.jump(done);
        a.bind(all);
        completed(false);
        a.bind(done);
    }

    private void broadcast(Vector d, Register s) {
        var low = d.as(Vector.Width.XMM);
        a.vmovd(low, s);
        a.op(VPBROADCASTD, d, low);
    }

    private void completed(boolean within) {
        a.mov(RAX, R15);
        a.align(16);
        var loop = a.here();
        var score = Memory.at(RSI, RAX, Float.BYTES, 0);
        var mask = Memory.at(R8, RAX, Float.BYTES, 0);
        a.op(VMOVUPS, y, score);
        if (positions == Positions.BIAS) {
            a.op(VFMADD213PS, y, scale, Memory.at(R9, RAX, Float.BYTES, 0));
            a.op(VADDPS, y, y, mask);
        } else {
            a.op(VFMADD213PS, y, scale, mask);
        }
        if (within) {
            hide();
        }
        a.store(VMOVUPS_STORE, score, y);
        // passes NaN over; it comes back through the exponential and the sum
        a.op(VMAXPS, largest, y, largest);
        a.add(RAX, lanes.count());
        a.compare(RAX, RBP);
        a.jump(L, loop);
    }

    /** Scores of keys that the query does not see become negative infinity, whatever they are. */
    private void hide() {
        if (code.level().avx512()) {
            a.compareInts(HIDDEN, place, first, LESS);
            a.merging(VMOVUPS, HIDDEN, y, nothing);
            a.compareInts(HIDDEN, place, end, NOT_LESS);
            a.merging(VMOVUPS, HIDDEN, y, nothing);
        } else {
            a.op(VPCMPGTD, t, first, place);
            a.blend(y, y, nothing, t);
            a.op(VPCMPGTD, t, end, place);
            a.blend(y, nothing, y, t);
        }
        var step = new int[lanes.count()];
        Arrays.fill(step, lanes.count());
        a.op(VPADDD, place, place, a.constant(step));
    }

    /** Also stores what makes them weights. */
    private void exponentials() {
        var sum = code.v(5);
        lanes.zero(sum);
        a.mov(RAX, R15);
        a.align(16);
        var loop = a.here();
        a.op(VADDPS, y, largest, Memory.at(RSI, RAX, Float.BYTES, 0));
        exp.exp(List.of(y), List.of(t), List.of(p));
        a.op(VADDPS, sum, sum, y);
        code.put(RSI, RAX, y);
        a.add(RAX, lanes.count());
        a.compare(RAX, RBP);
        a.jump(L, loop);
        lanes.sumOfLanes(sum, t);
        lanes.fill(y, 1);
        a.op(VDIVPS, y, y, sum);
        a.mov(RAX, slot(INVERSES));
        a.store(VMOVSS_STORE, Memory.at(RAX, R12, Float.BYTES, 0), y.as(Vector.Width.XMM));
    }

    /** Weights of keys of the block's range that are in none of the query's vectors are zero. */
    private void hideOthers() {
        a.mov(RAX, slot(FROM));
        zeros(R15);
        a.mov(RAX, RBP);
        a.mov(RBP, slot(TO));
        zeros(RBP);
    }

    private void zeros(Register to) {
        var done = a.label();
        var loop = a.here();
        a.compare(RAX, to);
        a.jump(GE, done);
        lanes.zero(y);
        code.put(RSI, RAX, y);
        a.add(RAX, lanes.count());
        a.jump(loop);
        a.bind(done);
    }
}
