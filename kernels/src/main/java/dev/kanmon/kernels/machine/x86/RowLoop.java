package dev.kanmon.kernels.machine.x86;

/**
 * Walks along rows of n floats, a few vectors at a time, then one by one, then the rest of less than a vector.
 *
 * @param at bytes from the begin of the row to the vectors in hand
 * @param whole bytes of the whole vectors of a row
 * @param rest floats behind them
 * @param scratch overwritten
 */
record RowLoop(Assembler a, Lanes lanes, Register at, Register whole, Register rest, Register scratch) {
    /** What is done with some vectors. */
    interface Body {
        /**
         * Emits code for vectors that follow each other from {@link RowLoop#at} on.
         *
         * @param tail whether it is the one vector of which only the first lanes exist
         */
        void vectors(int count, boolean tail);
    }

    /** Brings the length of the rows, {@code n} floats, into the loop's registers: once. */
    void prepare(Memory n) {
        a.mov(whole, n);
        a.mov(rest, whole);
        a.and(rest, lanes.count() - 1);
        a.sub(whole, rest);
        a.shl(whole, 2);
        lanes.tail(rest, scratch);
    }

    /** Emits the walk along one row. */
    void walk(int unroll, Body body) {
        var single = a.label();
        var tail = a.label();
        var end = a.label();
        a.zero(at);
        if (unroll > 1) {
            beyond(unroll);
            a.jump(Condition.A, single);
            var several = a.here();
            body.vectors(unroll, false);
            a.add(at, unroll * lanes.bytes());
            beyond(unroll);
            a.jump(Condition.BE, several);
            a.bind(single);
        }
        a.compare(at, whole);
        a.jump(Condition.AE, tail);
        var one = a.here();
        body.vectors(1, false);
        a.add(at, lanes.bytes());
        a.compare(at, whole);
        a.jump(Condition.B, one);
        a.bind(tail);
        a.test(rest, rest);
        a.jump(Condition.E, end);
        body.vectors(1, true);
        a.bind(end);
    }

    /** Vector {@code i} of those in hand, in the row at {@code row}. */
    Memory vector(Register row, int i) {
        return Memory.at(row, at, 1, i * lanes.bytes());
    }

    /** {@code d =} vector {@code i} of the row at {@code row}. */
    void load(Vector d, Register row, int i, boolean tail) {
        if (tail) {
            lanes.loadTail(d, vector(row, i));
        } else {
            a.op(VectorInstruction.VMOVUPS, d, vector(row, i));
        }
    }

    /** {@code d = instruction(s, vector i of the row at row)}; {@code scratch} is overwritten at the tail. */
    void with(VectorInstruction instruction, Vector d, Vector s, Register row, int i, boolean tail, Vector scratch) {
        if (tail) {
            lanes.loadTail(scratch, vector(row, i));
            a.op(instruction, d, s, scratch);
        } else {
            a.op(instruction, d, s, vector(row, i));
        }
    }

    /** Vector {@code i} of the row at {@code row} {@code = s}. */
    void store(Register row, int i, Vector s, boolean tail) {
        if (tail) {
            lanes.storeTail(vector(row, i), s);
        } else {
            a.store(VectorInstruction.VMOVUPS_STORE, vector(row, i), s);
        }
    }

    /** Compares the end of {@code count} vectors with that of the whole ones. */
    private void beyond(int count) {
        a.lea(scratch, Memory.at(at, count * lanes.bytes()));
        a.compare(scratch, whole);
    }
}
