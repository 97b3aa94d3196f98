package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.AttentionSlots.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.AttentionCode.*;
import static dev.kanmon.kernels.machine.x86.Condition.*;
import static dev.kanmon.kernels.machine.x86.Register.*;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.AttentionRoutines.Positions;

/**
 * The code of {@link dev.kanmon.kernels.machine.AttentionRoutines#head}: for a block of queries after the other, scores
 * with the panels of keys that any of them sees, positions, softmax, and products with the values. Scores of a block
 * stay in the second cache, a panel of keys in the first.
 */
final class AttentionHead {
    private AttentionHead() {}

    static void write(Assembler a, Abi abi, Level level, Operands operands, Positions positions) {
        var code = AttentionCode.of(a, level, operands);
        var tiles = new AttentionTiles(code);
        var rows = new AttentionRows(code);
        var terms = new AttentionPositions(code, positions, tiles, rows);
        abi.enter(a, SAVED);
        terms.prepare();
        a.mov(RAX, slot(FIRST_QUERY));
        a.mov(slot(FIRST), RAX);
        var nextBlock = a.here();
        rows.rowsOfBlock();
        a.mov(RSI, slot(SOURCE));
        a.mov(R8, slot(QUERY_SOURCE_STRIDE));
        rows.pack();
        keysOfBlock(code);
        a.mov(R12, slot(KEYS));
        a.mov(R15, slot(SCORES));
        a.mov(R10, slot(SCORE_STRIDE));
        tiles.block();
        terms.add();
        new AttentionSoftmax(code, positions).write();
        rows.outputs(tiles);
        a.mov(RAX, slot(FIRST));
        a.add(RAX, slot(ROWS));
        a.mov(slot(FIRST), RAX);
        a.compare(RAX, slot(COUNT));
        a.jump(L, nextBlock);
        abi.leave(a, SAVED);
        rows.write();
        tiles.write();
    }

    /** The keys that any query of the block sees: from a whole panel, also R13, to whole vectors, also R14. */
    private static void keysOfBlock(AttentionCode code) {
        var a = code.a();
        a.zero(RAX);
        a.mov(R13, slot(FIRST));
        a.mov(RCX, slot(BEFORE));
        a.sub(R13, RCX);
        code.max(R13, RAX);
        a.and(R13, -code.panel());
        a.mov(slot(FROM), R13);
        a.mov(R14, slot(FIRST));
        a.add(R14, slot(ROWS));
        a.add(R14, slot(AFTER));
        a.mov(RCX, slot(COUNT));
        code.min(R14, RCX);
        a.mov(slot(END), R14);
        code.roundUpToLanes(R14);
        a.mov(slot(TO), R14);
    }
}
