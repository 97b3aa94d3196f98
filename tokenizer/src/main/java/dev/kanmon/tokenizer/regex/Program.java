package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.regex.Node.Place;
import java.util.List;

/**
 * A compiled pattern; immutable once compiled.
 *
 * @param code the instructions
 * @param entries where each alternative of the whole pattern starts, in order
 * @param firsts for each alternative the code points that it can start with, or null if it may take none
 * @param looks the lookarounds that look at more than one code point, inner ones before outer ones
 * @param branches how many instructions have a {@link Instruction#branch}
 */
record Program(Instruction[] code, int[] entries, CodePointSet[] firsts, List<LookProgram> looks, int branches) {

    /** What an instruction does. */
    enum Op {
        /** Takes a code point of the set. */
        ONE,
        /** Takes a code point of the set and goes on, or else goes to the exit. */
        OPTION,
        /** Takes code points of the set, then goes to the exit. */
        STAR,
        /** Goes on; where that fails, to the exit. */
        SPLIT,
        /** Asks whether the next code point is in the set. */
        AHEAD,
        /** Asks whether the code point before is in the set. */
        BEHIND,
        /** Asks a {@link LookProgram}. */
        LOOK,
        /** Asks about the place. */
        PLACE,
        /** The end. */
        MATCH
    }

    /** One instruction; numbers of others are indexes of the code. Only the compiler writes to it. */
    static final class Instruction {
        final Op op;
        final CodePointSet set;
        int next;
        int exit;
        /** Whether the way to the exit need not be tried again after taking more. */
        boolean sure;

        boolean negative;
        Place place;
        int look;
        /** A number of its own for each instruction at which ways part; else -1. */
        int branch = -1;

        Instruction(Op op, CodePointSet set) {
            this.op = op;
            this.set = set;
        }
    }

    /**
     * A lookaround of any length.
     *
     * @param order the instructions so that each comes after those that it leads to without taking a code point
     * @param ahead whether it looks ahead, or else behind
     */
    record LookProgram(Instruction[] code, int entry, int[] order, boolean ahead) {}
}
