package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.regex.Program.Instruction;
import dev.kanmon.tokenizer.regex.Program.LookProgram;
import java.util.Arrays;

/**
 * What a pattern asks about a place without taking text. Lookarounds of more than a code point are answered for all
 * places of the text at once, by one pass over it: from the end for those that look ahead, from the start for those that
 * look behind. Only whether they match counts, not how, so that a set of instructions is all there is to carry along.
 */
final class Lookarounds {
    private final int from;
    private final long[][] answers;

    Lookarounds(Program program, int[] text, int from, int to) {
        this.from = from;
        answers = new long[program.looks().size()][];
        for (int i = 0; i < answers.length; i++) {
            var look = program.looks().get(i);
            answers[i] = new long[(to - from >> 6) + 1];
            if (look.ahead()) {
                ahead(look, text, to, answers[i]);
            } else {
                behind(look, text, to, answers[i]);
            }
        }
    }

    /** Whether what an instruction asks about a place is so. */
    static boolean holds(Instruction asked, int[] text, int from, int to, int pos, Lookarounds looks) {
        return switch (asked.op) {
            case AHEAD -> (pos < to && asked.set.contains(text[pos])) != asked.negative;
            case BEHIND -> (pos > from && asked.set.contains(text[pos - 1])) != asked.negative;
            case LOOK -> looks.answer(asked.look, pos) != asked.negative;
            case PLACE ->
                switch (asked.place) {
                    case TEXT_START -> pos == from;
                    case TEXT_END -> pos == to;
                    case TEXT_END_OR_LAST_NEWLINE -> pos == to || pos == to - 1 && text[pos] == '\n';
                    // Behind the newline that ends the text there is no line any more.
                    case LINE_START -> pos == from || pos < to && text[pos - 1] == '\n';
                    case LINE_END -> pos == to || text[pos] == '\n';
                    case WORD_BOUNDARY -> isWordBoundary(asked.set, text, from, to, pos);
                    case NO_WORD_BOUNDARY -> !isWordBoundary(asked.set, text, from, to, pos);
                };
            case ONE, OPTION, STAR, SPLIT, MATCH -> throw new IllegalStateException("asks nothing: " + asked.op);
        };
    }

    private static boolean isWordBoundary(CodePointSet word, int[] text, int from, int to, int pos) {
        return (pos > from && word.contains(text[pos - 1])) != (pos < to && word.contains(text[pos]));
    }

    private boolean answer(int look, int pos) {
        return (answers[look][pos - from >> 6] >>> (pos - from) & 1) != 0;
    }

    private void ahead(LookProgram look, int[] text, int to, long[] answer) {
        var code = look.code();
        var here = new boolean[code.length];
        var next = new boolean[code.length];
        for (int pos = to; pos >= from; pos--) {
            for (int at : look.order()) {
                var instruction = code[at];
                here[at] = switch (instruction.op) {
                    case MATCH -> true;
                    case ONE -> takes(instruction, text, pos, to) && next[instruction.next];
                    case OPTION, STAR -> {
                        boolean takes = takes(instruction, text, pos, to);
                        yield takes && next[instruction.next] || !(takes && instruction.sure) && here[instruction.exit];
                    }
                    case SPLIT -> here[instruction.next] || here[instruction.exit];
                    case AHEAD, BEHIND, LOOK, PLACE ->
                        here[instruction.next] && holds(instruction, text, from, to, pos, this);
                };
            }
            if (here[look.entry()]) {
                answer[pos - from >> 6] |= 1L << pos - from;
            }
            var swap = next;
            next = here;
            here = swap;
        }
    }

    private void behind(LookProgram look, int[] text, int to, long[] answer) {
        var code = look.code();
        var here = new boolean[code.length];
        var next = new boolean[code.length];
        var order = look.order();
        for (int pos = from; pos <= to; pos++) {
            here[look.entry()] = true;
            // From those that lead to others to those that they lead to.
            for (int i = order.length - 1; i >= 0; i--) {
                if (!here[order[i]]) {
                    continue;
                }
                var instruction = code[order[i]];
                boolean takes = takes(instruction, text, pos, to);
                switch (instruction.op) {
                    case MATCH -> answer[pos - from >> 6] |= 1L << pos - from;
                    case ONE -> next[instruction.next] |= takes;
                    case OPTION, STAR -> {
                        next[instruction.next] |= takes;
                        here[instruction.exit] |= !(takes && instruction.sure);
                    }
                    case SPLIT -> {
                        here[instruction.next] = true;
                        here[instruction.exit] = true;
                    }
                    case AHEAD, BEHIND, LOOK, PLACE ->
                        here[instruction.next] |= holds(instruction, text, from, to, pos, this);
                }
            }
            Arrays.fill(here, false);
            var swap = next;
            next = here;
            here = swap;
        }
    }

    private static boolean takes(Instruction instruction, int[] text, int pos, int to) {
        return pos < to && instruction.set.contains(text[pos]);
    }
}
