package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.AttentionSlots.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.AttentionCode.*;
import static dev.kanmon.kernels.machine.x86.Condition.*;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.x86.Vector.Width;

/** The code that brings keys and values into panels. */
final class AttentionPacking {
    private static final Mask LOW = new Mask(2);
    private static final Mask HIGH = new Mask(3);

    private final AttentionCode code;
    private final Assembler a;
    private final Lanes lanes;
    private final int n;

    private AttentionPacking(Assembler a, Level level, Operands operands) {
        this.a = a;
        code = AttentionCode.of(a, level, operands);
        lanes = code.lanes();
        n = lanes.count();
    }

    /** {@link dev.kanmon.kernels.machine.AttentionRoutines#packKeys}: rows that are missing in a vector are zero. */
    static void keys(Assembler a, Abi abi, Level level, Operands operands) {
        var packing = new AttentionPacking(a, level, operands);
        abi.enter(a, SAVED);
        packing.writeKeys();
        abi.leave(a, SAVED);
    }

    /** {@link dev.kanmon.kernels.machine.AttentionRoutines#packValues}: columns and rows that are missing are zero. */
    static void values(Assembler a, Abi abi, Level level, Operands operands) {
        var packing = new AttentionPacking(a, level, operands);
        abi.enter(a, SAVED);
        packing.writeValues();
        abi.leave(a, SAVED);
    }

    /** RSI: a vector's first row; RDX: its column; R12: its number; R13: a step; R14: rows left. */
    private void writeKeys() {
        a.mov(R8, slot(SOURCE_STRIDE));
        a.zero(R12);
        var nextRows = a.here();
        a.mov(RSI, R12);
        a.imul(RSI, R8);
        a.add(RSI, slot(SOURCE));
        a.mov(R14, slot(COUNT));
        a.sub(R14, R12);
        a.mov(RAX, R12);
        a.and(RAX, code.panel() - 1);
        a.mov(RDX, R12);
        a.sub(RDX, RAX);
        a.mov(RCX, slot(STEPS));
        a.imul(RDX, RCX);
        a.add(RDX, RAX);
        a.shl(RDX, 2);
        a.add(RDX, slot(TARGET));
        a.zero(R13);
        var nextSteps = a.here();
        loadRows();
        storeSteps(Transpose.write(a, code.level(), lanes));
        a.add(R13, n);
        a.compare(R13, slot(STEPS));
        a.jump(L, nextSteps);
        a.add(R12, n);
        a.compare(R12, slot(COUNT));
        a.jump(L, nextRows);
    }

    /** As many rows as a vector has lanes, a vector of words of each, from step R13 on. */
    private void loadRows() {
        // elements from here to the end of a row
        a.mov(RBX, R13);
        if (code.bf16()) {
            a.shl(RBX, 1);
        }
        a.lea(RAX, Memory.at(RSI, RBX, Float.BYTES, 0));
        a.neg(RBX);
        a.add(RBX, slot(DIM));
        if (code.bf16()) {
            a.mov(RCX, 2L * n);
            code.min(RBX, RCX);
            a.mov(RCX, -1L);
            a.bzhi(RCX, RCX, RBX);
            a.kmovw(LOW, RCX);
            a.shr(RCX, n);
            a.kmovw(HIGH, RCX);
        } else {
            a.mov(RCX, (long) n);
            code.min(RBX, RCX);
            // register 15 is a row here: the tail's mask must move away
            lanes.tail(RBX, RCX);
        }
        for (int i = 0; i < n; i++) {
            lanes.zero(code.v(i));
        }
        var loaded = a.label();
        for (int i = 0; i < n; i++) {
            if (i > 0) {
                a.compare(R14, i);
                a.jump(LE, loaded);
                a.add(RAX, R8);
            }
            if (code.bf16()) {
                a.zeroing(VMOVUPS, LOW, code.v(n), Memory.at(RAX));
                a.zeroing(VMOVUPS, HIGH, code.v(n + 1), Memory.at(RAX, lanes.bytes()));
                a.op(VCVTNE2PS2BF16, code.v(i), code.v(n + 1), code.v(n));
            } else {
                lanes.loadTail(code.v(i), Memory.at(RAX));
            }
        }
        a.bind(loaded);
    }

    /** Stores the columns, as far as there are steps. */
    private void storeSteps(int first) {
        int stride = code.panel() * Float.BYTES;
        a.imul(RAX, R13, stride);
        a.add(RAX, RDX);
        a.mov(RCX, slot(STEPS));
        a.sub(RCX, R13);
        var stored = a.label();
        for (int i = 0; i < n; i++) {
            if (i > 0) {
                a.compare(RCX, i);
                a.jump(LE, stored);
            }
            a.store(VMOVUPS_STORE, Memory.at(RAX, i * stride), code.v(first + i));
        }
        a.bind(stored);
    }

    /** R12: a vector's first column; RDX: where it goes; R9: from step to step there; RSI: a row; R14: rows left. */
    private void writeValues() {
        a.mov(R8, slot(SOURCE_STRIDE));
        a.zero(R12);
        var nextColumns = a.here();
        a.mov(RSI, slot(SOURCE));
        a.lea(RSI, Memory.at(RSI, R12, Float.BYTES, 0));
        a.mov(RAX, slot(DIM));
        a.sub(RAX, R12);
        a.mov(RCX, (long) n);
        code.min(RAX, RCX);
        lanes.tail(RAX, RCX);
        // the panel begins at column R13 and is R9 wide
        a.mov(R13, R12);
        a.and(R13, -code.panel());
        a.mov(R9, slot(DIM));
        code.roundUpToLanes(R9);
        a.sub(R9, R13);
        a.mov(RCX, (long) code.panel());
        code.min(R9, RCX);
        a.mov(RDX, R13);
        a.mov(RCX, slot(VALUE_STEPS));
        a.imul(RDX, RCX);
        a.add(RDX, R12);
        a.sub(RDX, R13);
        a.shl(RDX, 2);
        a.add(RDX, slot(TARGET));
        a.shl(R9, 2);
        a.mov(R14, slot(COUNT));
        var nextRow = a.here();
        lanes.loadTail(code.v(0), Memory.at(RSI));
        a.add(RSI, R8);
        if (code.bf16()) {
            var single = a.label();
            lanes.zero(code.v(1));
            a.dec(R14);
            a.jump(E, single);
            lanes.loadTail(code.v(1), Memory.at(RSI));
            a.add(RSI, R8);
            a.bind(single);
            // this row's number in the lower half of each word, the next one's in the upper half
            for (int i = 0; i < 2; i++) {
                a.op(VCVTNEPS2BF16, code.v(i).as(Width.YMM), code.v(i));
                a.op(VPMOVZXWD, code.v(i), code.v(i).as(Width.YMM));
            }
            a.op(VPSLLD, code.v(1), code.v(1), 16);
            a.op(VPORD, code.v(0), code.v(0), code.v(1));
        }
        a.store(VMOVUPS_STORE, Memory.at(RDX), code.v(0));
        a.add(RDX, R9);
        if (code.bf16()) {
            a.test(R14, R14);
            var done = a.label();
            a.jump(E, done);
            a.dec(R14);
            a.jump(NE, nextRow);
            a.bind(done);
        } else {
            a.dec(R14);
            a.jump(NE, nextRow);
        }
        a.add(R12, n);
        a.compare(R12, slot(DIM));
        a.jump(L, nextColumns);
    }
}
