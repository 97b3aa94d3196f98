package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.regex.Program.Instruction;
import java.util.Arrays;

/**
 * Finds the matches of an expression; for one thread.
 *
 * <p>It backtracks. That is linear for ordinary patterns and texts; once more than {@link #STEPS_PER_CODE_POINT} steps
 * for each code point were spent, it notes for every instruction at which ways part, and every place of the text, that it
 * was there. What failed there fails again, whichever place the match is to start at, so that from then on no pair is
 * seen twice in the whole search. The notes take a bit for each such instruction and code point.
 */
public final class RegexMatcher {
    /** Takes matches in order; a match may be empty. */
    @FunctionalInterface
    public interface Sink {
        /** Takes the match from {@code start} to {@code end}, exclusive. */
        void match(int start, int end);
    }

    private static final int STEPS_PER_CODE_POINT = 16;
    private static final int FREE_STEPS = 4096;

    private final Regex regex;
    private final Instruction[] code;
    private final int[] text;
    private final int words;
    private int from;
    private int to;
    private Lookarounds looks;

    /** Where to go on when a way fails: an instruction and the places, last to first, at which to try it. */
    private int[] stack = new int[3 * 16];

    private int depth;
    private long stepsLeft;
    private long[] visited;
    private int visitedFrom;
    private int start;

    RegexMatcher(Regex regex, int[] text) {
        this.regex = regex;
        this.text = text;
        code = regex.program().code();
        words = (regex.program().branches() + Long.SIZE - 1) / Long.SIZE;
    }

    /**
     * Finds all matches in the text from {@code from} to {@code to} (exclusive), and looks at nothing beyond. An empty
     * match right behind another is none.
     *
     * @see <a href="https://github.com/rust-onig/rust-onig/blob/v6.5.1/onig/src/find.rs">FindMatches</a>
     */
    public void findAll(int from, int to, Sink sink) {
        this.from = from;
        this.to = to;
        visited = null;
        looks = regex.program().looks().isEmpty() ? null : new Lookarounds(regex.program(), text, from, to);
        stepsLeft = (long) STEPS_PER_CODE_POINT * (to - from) + FREE_STEPS;
        int at = from;
        int lastEnd = -1;
        while (at <= to) {
            int end = find(at);
            if (end < 0) {
                return;
            }
            if (end == start && end == lastEnd) {
                at++;
                continue;
            }
            sink.match(start, end);
            at = end;
            lastEnd = end;
        }
    }

    /** The end of the first match that starts at {@code at} or behind it, with its start in {@link #start}, or -1. */
    private int find(int at) {
        var entries = regex.program().entries();
        for (start = at; start <= to; start++) {
            long mask = start < to ? regex.alternatives(text[start]) : regex.alternativesAtEnd();
            for (; mask != 0; mask &= mask - 1) {
                int end = run(entries[Long.numberOfTrailingZeros(mask)], start);
                if (end >= 0) {
                    if (visited != null) {
                        // The way of the match was noted too; a later match can come by its last place again.
                        int row = (end - visitedFrom) * words;
                        Arrays.fill(visited, row, row + words, 0);
                    }
                    return end;
                }
            }
        }
        return -1;
    }

    private int run(int entry, int place) {
        int at = entry;
        int pos = place;
        depth = 0;
        while (true) {
            var instruction = code[at];
            boolean goesOn = false;
            switch (instruction.op) {
                case ONE -> {
                    if (pos < to && instruction.set.contains(text[pos])) {
                        pos++;
                        at = instruction.next;
                        goesOn = true;
                    }
                }
                case OPTION -> {
                    if (isNew(instruction, pos)) {
                        if (pos < to && instruction.set.contains(text[pos])) {
                            if (!instruction.sure) {
                                push(instruction.exit, pos, pos);
                            }
                            pos++;
                            at = instruction.next;
                        } else {
                            at = instruction.exit;
                        }
                        goesOn = true;
                    }
                }
                case STAR -> {
                    int end = visited == null ? run(instruction, pos) : step(instruction, pos);
                    if (end >= 0) {
                        pos = end;
                        at = instruction.exit;
                        goesOn = true;
                    }
                }
                case SPLIT -> {
                    if (isNew(instruction, pos)) {
                        push(instruction.exit, pos, pos);
                        at = instruction.next;
                        goesOn = true;
                    }
                }
                case AHEAD, BEHIND, LOOK, PLACE -> {
                    goesOn = Lookarounds.holds(instruction, text, from, to, pos, looks);
                    at = instruction.next;
                }
                case MATCH -> {
                    return pos;
                }
            }
            if (!goesOn) {
                if (depth == 0) {
                    return -1;
                }
                spend(1);
                at = stack[depth - 3];
                pos = stack[depth - 1];
                if (pos == stack[depth - 2]) {
                    depth -= 3;
                } else {
                    stack[depth - 1] = pos - 1;
                }
            }
        }
    }

    /** Takes as many code points as there are at once, and notes all shorter runs as one entry. */
    private int run(Instruction star, int pos) {
        int end = pos;
        while (end < to && star.set.contains(text[end])) {
            end++;
        }
        spend(end - pos);
        if (end > pos && !star.sure) {
            push(star.exit, pos, end - 1);
        }
        return end;
    }

    /** The same, place by place; -1 where an earlier run came by. */
    private int step(Instruction star, int pos) {
        int end = pos;
        while (isNew(star, end)) {
            if (end == to || !star.set.contains(text[end])) {
                return end;
            }
            if (!star.sure) {
                push(star.exit, end, end);
            }
            end++;
        }
        return -1;
    }

    /** Whether the search was never here before, as far as it takes notes. */
    private boolean isNew(Instruction instruction, int pos) {
        if (visited == null) {
            return true;
        }
        int index = (pos - visitedFrom) * words + (instruction.branch >> 6);
        long bit = 1L << instruction.branch;
        if ((visited[index] & bit) != 0) {
            return false;
        }
        visited[index] |= bit;
        return true;
    }

    private void spend(int steps) {
        stepsLeft -= steps;
        if (stepsLeft < 0 && visited == null && words > 0) {
            visitedFrom = start;
            visited = new long[Math.multiplyExact(to - start + 1, words)];
        }
    }

    private void push(int at, int first, int last) {
        if (depth + 3 > stack.length) {
            stack = Arrays.copyOf(stack, 2 * stack.length);
        }
        stack[depth] = at;
        stack[depth + 1] = first;
        stack[depth + 2] = last;
        depth += 3;
    }
}
