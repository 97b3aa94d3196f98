package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.regex.Node.Greed;
import dev.kanmon.tokenizer.regex.Program.Instruction;
import dev.kanmon.tokenizer.regex.Program.LookProgram;
import dev.kanmon.tokenizer.regex.Program.Op;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a pattern into instructions, from its end to its start: each node is given where to go on if it takes nothing and
 * where if it takes something. The two differ only inside a repeated part that can be empty, which must leave its loop
 * when it takes nothing.
 */
final class Compiler {
    private static final int MAX_INSTRUCTIONS = 20_000;
    private static final int MATCH = 0;

    private final List<LookProgram> looks;
    private final Map<CodePointSet, CodePointSet> sets;
    private final List<Instruction> code = new ArrayList<>();
    private int branches;

    /** Whether every end of a match counts, not the first found: so when looking behind. */
    private final boolean allEnds;

    private Compiler(List<LookProgram> looks, Map<CodePointSet, CodePointSet> sets, boolean allEnds) {
        this.allEnds = allEnds;
        this.looks = looks;
        this.sets = sets;
        code.add(new Instruction(Op.MATCH, CodePointSet.EMPTY));
    }

    static Program compile(Node node) throws RegexException {
        var compiler = new Compiler(new ArrayList<>(), new HashMap<>(), false);
        var alternatives = node instanceof Node.Alternation alternation
                        && alternation.alternatives().size() <= Long.SIZE
                ? alternation.alternatives()
                : List.of(node);
        var entries = new int[alternatives.size()];
        var firsts = new CodePointSet[entries.length];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = compiler.compile(alternatives.get(i), MATCH, MATCH);
            firsts[i] = compiler.first(entries[i], new boolean[compiler.code.size()]);
        }
        return new Program(
                compiler.code.toArray(Instruction[]::new),
                entries,
                firsts,
                List.copyOf(compiler.looks),
                compiler.branches);
    }

    private int compile(Node node, int ifEmpty, int ifTaken) throws RegexException {
        return switch (node) {
            case Node.Empty _ -> ifEmpty;
            case Node.One one -> add(new Instruction(Op.ONE, shared(one.set())), ifTaken, ifTaken);
            case Node.Sequence sequence -> sequence(sequence.parts(), ifEmpty, ifTaken);
            case Node.Alternation alternation -> {
                var alternatives = alternation.alternatives();
                int at = compile(alternatives.getLast(), ifEmpty, ifTaken);
                for (int i = alternatives.size() - 2; i >= 0; i--) {
                    at = split(compile(alternatives.get(i), ifEmpty, ifTaken), at);
                }
                yield at;
            }
            case Node.Repeat(Node.One(var set), int min, int max, Greed greed)
            when greed != Greed.LAZY -> repeatOne(shared(set), min, max, greed, ifEmpty, ifTaken);
            case Node.Repeat repeat -> repeat(repeat, ifEmpty, ifTaken);
            case Node.Look look -> look(look, ifEmpty);
            case Node.Anchor anchor -> {
                var instruction = new Instruction(Op.PLACE, shared(Properties.bareWord()));
                instruction.place = anchor.place();
                yield add(instruction, ifEmpty, ifEmpty);
            }
        };
    }

    private int sequence(List<Node> parts, int ifEmpty, int ifTaken) throws RegexException {
        int empty = ifEmpty;
        int taken = ifTaken;
        for (int i = parts.size() - 1; i >= 0; i--) {
            int afterTaken = taken;
            boolean same = empty == taken;
            // Whether something was taken before this part matters only if the ways differ; the first has none before
            // it.
            taken = same || i > 0 ? compile(parts.get(i), afterTaken, afterTaken) : MATCH;
            empty = same ? taken : compile(parts.get(i), empty, afterTaken);
        }
        return empty;
    }

    private int repeatOne(CodePointSet set, int min, int max, Greed greed, int ifEmpty, int ifTaken)
            throws RegexException {
        boolean possessive = greed == Greed.POSSESSIVE;
        int at;
        if (max == Node.UNBOUNDED) {
            boolean differs = min == 0 && ifEmpty != ifTaken;
            at = star(set, possessive, ifTaken);
            at = differs ? option(set, possessive, at, ifEmpty) : at;
        } else {
            at = ifTaken;
            for (int i = max; i > min; i--) {
                at = option(set, possessive, at, i == 1 ? ifEmpty : ifTaken);
            }
        }
        for (int i = 0; i < min; i++) {
            at = add(new Instruction(Op.ONE, set), at, at);
        }
        return min == 0 && max == 0 ? ifEmpty : at;
    }

    private int star(CodePointSet set, boolean possessive, int exit) throws RegexException {
        var star = new Instruction(Op.STAR, set);
        star.sure = possessive || alwaysMatches(exit) || isDisjoint(set, exit);
        star.branch = branches++;
        return add(star, code.size(), exit);
    }

    private int option(CodePointSet set, boolean possessive, int next, int exit) throws RegexException {
        var option = new Instruction(Op.OPTION, set);
        option.sure = possessive || alwaysMatches(next);
        option.branch = branches++;
        return add(option, next, exit);
    }

    private int split(int next, int exit) throws RegexException {
        var split = new Instruction(Op.SPLIT, CodePointSet.EMPTY);
        split.branch = branches++;
        return add(split, next, exit);
    }

    private int repeat(Node.Repeat repeat, int ifEmpty, int ifTaken) throws RegexException {
        var part = repeat.part();
        boolean lazy = repeat.greed() == Greed.LAZY;
        if (repeat.min() > 0) {
            var parts = new ArrayList<Node>(Collections.nCopies(repeat.min(), part));
            int rest = repeat.max() == Node.UNBOUNDED ? Node.UNBOUNDED : repeat.max() - repeat.min();
            parts.add(new Node.Repeat(part, 0, rest, repeat.greed()));
            return sequence(parts, ifEmpty, ifTaken);
        }
        if (repeat.max() == 0) {
            return ifEmpty;
        }
        if (repeat.max() != Node.UNBOUNDED) {
            var more = new Node.Repeat(part, 0, repeat.max() - 1, repeat.greed());
            int body = repeat.max() == 1
                    ? compile(part, ifEmpty, ifTaken)
                    : sequence(List.of(part, more), ifEmpty, ifTaken);
            return lazy ? split(ifEmpty, body) : split(body, ifEmpty);
        }
        var head = new Instruction(Op.SPLIT, CodePointSet.EMPTY);
        head.branch = branches++;
        int loop = add(head, MATCH, MATCH);
        int body = part.nullable() ? compile(part, ifTaken, loop) : compile(part, loop, loop);
        head.next = lazy ? ifTaken : body;
        head.exit = lazy ? body : ifTaken;
        if (ifEmpty == ifTaken) {
            return loop;
        }
        int first = compile(part, ifEmpty, loop);
        return lazy ? split(ifEmpty, first) : split(first, ifEmpty);
    }

    private int look(Node.Look look, int next) throws RegexException {
        Instruction instruction;
        if (look.part() instanceof Node.One(var set)) {
            instruction = new Instruction(look.ahead() ? Op.AHEAD : Op.BEHIND, shared(set));
        } else {
            var inner = new Compiler(looks, sets, !look.ahead());
            int entry = inner.compile(look.part(), MATCH, MATCH);
            var instructions = inner.code.toArray(Instruction[]::new);
            looks.add(new LookProgram(instructions, entry, order(instructions), look.ahead()));
            instruction = new Instruction(Op.LOOK, CodePointSet.EMPTY);
            instruction.look = looks.size() - 1;
        }
        instruction.negative = look.negative();
        return add(instruction, next, next);
    }

    private int add(Instruction instruction, int next, int exit) throws RegexException {
        if (code.size() == MAX_INSTRUCTIONS) {
            throw new RegexException("the regular expression needs more than " + MAX_INSTRUCTIONS + " instructions", 0);
        }
        instruction.next = next;
        instruction.exit = exit;
        code.add(instruction);
        return code.size() - 1;
    }

    private CodePointSet shared(CodePointSet set) {
        return sets.computeIfAbsent(set, same -> same);
    }

    /** Whether a match is certain from here on, whatever the text. */
    private boolean alwaysMatches(int at) {
        var instruction = code.get(at);
        return switch (instruction.op) {
            case MATCH -> !allEnds;
            case STAR -> alwaysMatches(instruction.exit);
            case OPTION -> alwaysMatches(instruction.exit) && alwaysMatches(instruction.next);
            case ONE, SPLIT, AHEAD, BEHIND, LOOK, PLACE -> false;
        };
    }

    /** Whether what follows must take a code point that the set lacks. */
    private boolean isDisjoint(CodePointSet set, int at) {
        var instruction = code.get(at);
        return instruction.op == Op.ONE && instruction.set.intersect(set).isEmpty();
    }

    /** What can be the first code point from here on, or null if a match may take none. */
    private CodePointSet first(int at, boolean[] seen) {
        if (seen[at]) {
            return CodePointSet.EMPTY;
        }
        seen[at] = true;
        var instruction = code.get(at);
        return switch (instruction.op) {
            case MATCH -> null;
            case ONE -> instruction.set;
            case AHEAD, BEHIND, LOOK, PLACE -> first(instruction.next, seen);
            case OPTION, STAR -> {
                var rest = first(instruction.exit, seen);
                yield rest == null ? null : rest.union(instruction.set);
            }
            case SPLIT -> {
                var one = first(instruction.next, seen);
                var other = first(instruction.exit, seen);
                yield one == null || other == null ? null : one.union(other);
            }
        };
    }

    private static int[] order(Instruction[] code) {
        var order = new int[code.length];
        var state = new byte[code.length];
        var stack = new int[2 * code.length + 2];
        int size = 0;
        for (int root = 0; root < code.length; root++) {
            int top = 0;
            stack[top++] = root;
            while (top > 0) {
                int at = stack[top - 1];
                if (state[at] != 0) {
                    top--;
                    if (state[at] == 1) {
                        state[at] = 2;
                        order[size++] = at;
                    }
                    continue;
                }
                state[at] = 1;
                var instruction = code[at];
                switch (instruction.op) {
                    case MATCH, ONE -> {}
                    case AHEAD, BEHIND, LOOK, PLACE -> top = push(instruction.next, state, stack, top);
                    case OPTION, STAR -> top = push(instruction.exit, state, stack, top);
                    case SPLIT -> {
                        top = push(instruction.next, state, stack, top);
                        top = push(instruction.exit, state, stack, top);
                    }
                }
            }
        }
        return order;
    }

    private static int push(int at, byte[] state, int[] stack, int top) {
        if (state[at] == 0) {
            stack[top++] = at;
        }
        return top;
    }
}
