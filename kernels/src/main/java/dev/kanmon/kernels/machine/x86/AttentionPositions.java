package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.AttentionSlots.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.AttentionCode.*;
import static dev.kanmon.kernels.machine.x86.Condition.*;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.machine.AttentionRoutines.Positions;
import java.util.stream.IntStream;

/**
 * What the distance of query and key adds to a block of scores.
 *
 * <p>Both terms of disentangled attention are products with rows of tables, from where each score picks its own:
 * content to position has a row of products for each query, along which keys pick by falling distance; position to
 * content one for each key, along which queries pick by rising distance, so that a square of picks is turned into rows
 * of scores.
 */
final class AttentionPositions {
    private static final Mask ALL = new Mask(2);

    private final AttentionCode code;
    private final Positions positions;
    private final AttentionTiles tiles;
    private final AttentionRows rows;
    private final Assembler a;
    private final Lanes lanes;
    private final int n;

    AttentionPositions(AttentionCode code, Positions positions, AttentionTiles tiles, AttentionRows rows) {
        this.code = code;
        this.positions = positions;
        this.tiles = tiles;
        this.rows = rows;
        a = code.a();
        lanes = code.lanes();
        n = lanes.count();
    }

    /** What is done once for a head. */
    void prepare() {
        switch (positions) {
            case NONE -> {}
            case BIAS -> spreadBias();
            case STEPWISE, ANY -> productsOfKeys();
        }
    }

    /** Adds the terms to the scores of the block. */
    void add() {
        switch (positions) {
            case NONE, BIAS -> {}
            case STEPWISE, ANY -> {
                addContentToPosition();
                addPositionToContent();
            }
        }
    }

    /** The bias of each distance from 1 - COUNT on, which are those of the softmax's row for the last query. */
    private void spreadBias() {
        var index = code.v(0);
        var least = code.v(1);
        var most = code.v(2);
        lanes.zero(least);
        a.op(VPBROADCASTD, most, slot(REACH));
        a.op(VPADDD, index, most, a.constant(IntStream.range(0, n).toArray()));
        a.op(VPADDD, most, most, most);
        a.op(VPBROADCASTD, code.v(3), slot(COUNT));
        a.op(VPSUBD, index, index, code.v(3));
        a.op(VPADDD, index, index, lanes.allInts(1));
        a.mov(RSI, slot(BIAS_TABLE));
        a.mov(RDX, slot(BIAS));
        a.mov(RCX, slot(COUNT));
        a.mov(RBX, RCX);
        code.roundUpToLanes(RBX);
        a.add(RCX, RBX);
        var loop = a.here();
        a.op(VPMAXSD, code.v(3), index, least);
        a.op(VPMINSD, code.v(3), code.v(3), most);
        gather(code.v(4), code.v(5), RSI, code.v(3));
        a.store(VMOVUPS_STORE, Memory.at(RDX), code.v(4));
        a.op(VPADDD, index, index, lanes.allInts(n));
        a.add(RDX, lanes.bytes());
        a.sub(RCX, n);
        a.jump(G, loop);
    }

    private void gather(Vector d, Vector scratch, Register base, Vector index) {
        if (code.level().avx512()) {
            a.mov(RAX, -1L);
            a.kmovw(ALL, RAX);
            a.gather(ALL, d, Memory.at(base, index, Float.BYTES, 0));
        } else {
            a.op(VPCMPEQD, scratch, scratch, scratch);
            a.gather(scratch, d, Memory.at(base, index, Float.BYTES, 0));
        }
    }

    /** Products of all keys with the positions as queries at the distances that occur. */
    private void productsOfKeys() {
        var done = a.label();
        a.mov(RAX, slot(QUERY_POSITIONS));
        a.test(RAX, RAX);
        a.jump(E, done);
        a.zero(RAX);
        a.mov(slot(FIRST), RAX);
        var next = a.here();
        rows.rowsOfBlock();
        a.mov(RSI, slot(KEY_SOURCE));
        a.mov(R8, slot(SOURCE_STRIDE));
        rows.pack();
        if (positions == Positions.STEPWISE) {
            // a key is seen from AFTER places before it to BEFORE places behind it
            a.mov(RAX, slot(FIRST));
            a.add(RAX, slot(ROWS));
            a.dec(RAX);
            a.mov(RCX, slot(AFTER));
            code.min(RAX, RCX);
            a.neg(RAX);
            a.mov(RDX, slot(COUNT));
            a.dec(RDX);
            a.mov(RCX, slot(FIRST));
            a.sub(RDX, RCX);
            a.mov(RCX, slot(BEFORE));
            code.min(RDX, RCX);
        }
        rangeOfRows();
        a.mov(R12, slot(QUERY_POSITIONS));
        a.mov(R10, slot(POSITION_STRIDE));
        a.mov(R15, slot(FIRST));
        a.imul(R15, R10);
        a.add(R15, slot(OF_KEYS));
        tiles.block();
        a.mov(RAX, slot(ROWS));
        a.add(slot(FIRST), RAX);
        a.mov(RAX, slot(FIRST));
        a.compare(RAX, slot(COUNT));
        a.jump(L, next);
        a.bind(done);
    }

    /** R13 and R14: limits in whole vectors of the rows for the distances RAX to RDX, or all rows. */
    private void rangeOfRows() {
        if (positions == Positions.STEPWISE) {
            row(RAX);
            a.mov(R13, RAX);
            a.and(R13, -n);
            row(RDX);
            a.lea(R14, Memory.at(RDX, 1));
            code.roundUpToLanes(R14);
        } else {
            a.zero(R13);
            a.mov(R14, slot(POSITIONS));
        }
    }

    /** The row for the distance in {@code d}. */
    private void row(Register d) {
        a.add(d, slot(CENTER));
        a.zero(RSI);
        code.max(d, RSI);
        a.mov(RSI, slot(CENTER));
        a.shl(RSI, 1);
        code.min(d, RSI);
        a.mov(RSI, slot(RISING));
        a.mov32(d, Memory.at(RSI, d, Integer.BYTES, 0));
    }

    private void addContentToPosition() {
        var done = a.label();
        a.mov(RAX, slot(KEY_POSITIONS));
        a.test(RAX, RAX);
        a.jump(E, done);
        if (positions == Positions.STEPWISE) {
            a.mov(RAX, slot(FIRST));
            a.mov(RDX, RAX);
            a.mov(RCX, slot(TO));
            a.sub(RAX, RCX);
            a.inc(RAX);
            a.add(RDX, slot(ROWS));
            a.dec(RDX);
            a.mov(RCX, slot(FROM));
            a.sub(RDX, RCX);
        }
        rangeOfRows();
        a.mov(R12, slot(KEY_POSITIONS));
        a.mov(R10, slot(POSITION_STRIDE));
        a.mov(R15, slot(OF_QUERIES));
        tiles.block();
        pickKeys();
        a.bind(done);
    }

    /** RSI: a row of scores; R9: the products of its query; R12: rows left; R13: where its distance from key 0 is. */
    private void pickKeys() {
        a.mov(RSI, slot(SCORES));
        a.mov(R9, slot(OF_QUERIES));
        a.mov(R12, slot(ROWS));
        a.mov(R13, slot(CENTER));
        a.mov(RAX, slot(FIRST));
        a.sub(R13, RAX);
        a.mov(R10, slot(FALLING));
        a.mov(R14, slot(LAST));
        a.mov(R15, slot(TO));
        a.zero(R11);
        var nextRow = a.here();
        a.mov(RDX, slot(FROM));
        a.align(16);
        var loop = a.here();
        a.lea(RCX, Memory.at(R13, RDX, 1, 0));
        pick(code.v(0), code.v(1), code.v(2), n - 1);
        a.op(VADDPS, code.v(0), code.v(0), Memory.at(RSI, RDX, Float.BYTES, 0));
        a.store(VMOVUPS_STORE, Memory.at(RSI, RDX, Float.BYTES, 0), code.v(0));
        a.add(RDX, n);
        a.compare(RDX, R15);
        a.jump(L, loop);
        a.add(RSI, slot(SCORE_STRIDE));
        a.add(R9, slot(POSITION_STRIDE));
        a.dec(R13);
        a.dec(R12);
        a.jump(NE, nextRow);
    }

    /**
     * Picks products of the row at R9 by the vector RCX of the map at R10, which R11 = 0 and R14 limit.
     *
     * @param least the lane of the map with the least row
     */
    private void pick(Vector d, Vector index, Vector scratch, int least) {
        code.max(RCX, R11);
        code.min(RCX, R14);
        var map = Memory.at(R10, RCX, Integer.BYTES, 0);
        a.op(VMOVUPS, index, map);
        if (positions == Positions.STEPWISE) {
            // a vector that begins at the least row has all of them
            var leastRow = map.plus(least * Integer.BYTES);
            a.mov32(RBX, leastRow);
            a.op(VPBROADCASTD, scratch, leastRow);
            a.op(VPSUBD, index, index, scratch);
            a.op(VPERMPS, d, index, Memory.at(R9, RBX, Float.BYTES, 0));
        } else {
            gather(d, scratch, R9, index);
        }
    }

    /** RDX: the first key of a square; RBP: its first query's row; R13: where the distance of both is. */
    private void addPositionToContent() {
        var done = a.label();
        a.mov(RAX, slot(QUERY_POSITIONS));
        a.test(RAX, RAX);
        a.jump(E, done);
        a.mov(R10, slot(RISING));
        a.mov(R14, slot(LAST));
        a.mov(R8, slot(POSITION_STRIDE));
        a.mov(R15, slot(SCORE_STRIDE));
        a.zero(R11);
        a.mov(RDX, slot(FROM));
        var nextKeys = a.here();
        a.mov(RSI, slot(SCORES));
        a.lea(RSI, Memory.at(RSI, RDX, Float.BYTES, 0));
        a.zero(RBP);
        var nextQueries = a.here();
        a.mov(R9, RDX);
        a.imul(R9, R8);
        a.add(R9, slot(OF_KEYS));
        a.mov(R13, slot(CENTER));
        a.add(R13, slot(FIRST));
        a.add(R13, RBP);
        a.sub(R13, RDX);
        int scratch = n;
        for (int key = 0; key < n; key++) {
            a.lea(RCX, Memory.at(R13, -key));
            pick(code.v(key), code.v(scratch), code.v(scratch + 1), 0);
            a.add(R9, R8);
        }
        int first = Transpose.write(a, code.level(), lanes);
        for (int query = 0; query < n; query++) {
            var sum = code.v(first + query);
            a.op(VADDPS, sum, sum, Memory.at(RSI));
            a.store(VMOVUPS_STORE, Memory.at(RSI), sum);
            a.add(RSI, R15);
        }
        a.add(RBP, n);
        a.compare(RBP, slot(ROWS));
        a.jump(L, nextQueries);
        a.add(RDX, n);
        a.compare(RDX, slot(TO));
        a.jump(L, nextKeys);
        a.bind(done);
    }
}
