package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.regex.Node.Greed;
import dev.kanmon.tokenizer.regex.Node.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the syntax ONIG_SYNTAX_ONIGURUMA, which is what the reference compiles patterns with.
 *
 * @see <a href="https://github.com/kkos/oniguruma/blob/v6.9.10/doc/RE">RE</a>
 */
final class RegexParser {
    private static final int MAX_DEPTH = 200;
    private static final int MAX_REPEAT = 1000;

    private final PatternReader in;
    private boolean ignoreCase;
    private boolean dotMatchesNewline;
    private boolean extended;
    private int depth;

    private RegexParser(String pattern) {
        in = new PatternReader(pattern);
    }

    static Node parse(String pattern) throws RegexException {
        var parser = new RegexParser(pattern);
        var node = parser.alternation();
        if (!parser.in.atEnd()) {
            throw parser.in.error("has a ) without a ( before it");
        }
        return node;
    }

    private Node alternation() throws RegexException {
        if (++depth > MAX_DEPTH) {
            throw in.error("nests groups deeper than " + MAX_DEPTH);
        }
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDot = dotMatchesNewline;
        boolean outerExtended = extended;
        var alternatives = new ArrayList<Node>();
        do {
            alternatives.add(sequence());
        } while (in.accept("|"));
        ignoreCase = outerIgnoreCase;
        dotMatchesNewline = outerDot;
        extended = outerExtended;
        depth--;
        return alternatives.size() == 1 ? alternatives.getFirst() : new Node.Alternation(alternatives);
    }

    private Node sequence() throws RegexException {
        var parts = new ArrayList<Node>();
        var literal = new StringBuilder(); // Letters side by side, where case does not count.
        while (!in.atEnd() && in.peek() != '|' && in.peek() != ')') {
            if (extended && skipExtended()) {
                continue;
            }
            int start = in.index();
            if (in.accept("(?#")) {
                in.skipTo(')');
                continue;
            }
            int before = in.literalAt();
            var atom = atom();
            var repeated = repeats(atom, start);
            parts.add(repeated);
            if (ignoreCase && before >= 0 && repeated == atom) {
                literal.appendCodePoint(before);
                var fold = CaseFold.multipleIn(literal.toString());
                if (fold != null) {
                    throw in.error("has \"" + fold + "\" where case does not count, which a single letter equals; not"
                            + " supported");
                }
            } else {
                literal.setLength(0);
            }
        }
        return switch (parts.size()) {
            case 0 -> new Node.Empty();
            case 1 -> parts.getFirst();
            default -> new Node.Sequence(parts);
        };
    }

    private boolean skipExtended() throws RegexException {
        if (Character.isWhitespace(in.peek())) {
            in.next();
            return true;
        }
        if (in.peek() == '#') {
            while (!in.atEnd() && in.next() != '\n') {}
            return true;
        }
        return false;
    }

    private Node repeats(Node atom, int start) throws RegexException {
        var node = atom;
        while (!in.atEnd()) {
            int min;
            int max;
            boolean interval = false;
            if (in.accept("*")) {
                min = 0;
                max = Node.UNBOUNDED;
            } else if (in.accept("+")) {
                min = 1;
                max = Node.UNBOUNDED;
            } else if (in.accept("?")) {
                min = 0;
                max = 1;
            } else {
                var bounds = in.interval();
                if (bounds == null) {
                    return node;
                }
                min = bounds[0];
                max = bounds[1];
                interval = true;
            }
            if (takesNothing(node)) {
                throw in.errorAt(start, "repeats something that takes no text");
            }
            if (min > MAX_REPEAT || max > MAX_REPEAT) {
                throw in.errorAt(start, "repeats more than " + MAX_REPEAT + " times, which is not supported");
            }
            if (max != Node.UNBOUNDED && max < min) {
                throw in.errorAt(start, "repeats at least " + min + " and at most " + max + " times");
            }
            node = repeat(node, min, max, interval, start);
        }
        return node;
    }

    /** Whether a node, or an alternative of it, is a place or a lookaround and nothing else. */
    private static boolean takesNothing(Node node) {
        return switch (node) {
            case Node.Anchor _, Node.Look _ -> true;
            case Node.Alternation alternation ->
                alternation.alternatives().stream().anyMatch(RegexParser::takesNothing);
            case Node.Empty _, Node.One _, Node.Sequence _, Node.Repeat _ -> false;
        };
    }

    private Node repeat(Node node, int min, int max, boolean interval, int start) throws RegexException {
        // {n}? is an optional {n}, and {n,m}+ a repeated {n,m}: neither is lazy or possessive in this syntax.
        if (interval ? max != min && in.accept("?") : in.accept("?")) {
            return new Node.Repeat(node, min, max, Greed.LAZY);
        }
        if (!interval && in.accept("+")) {
            return possessive(node, min, max, start);
        }
        return new Node.Repeat(node, min, max, Greed.GREEDY);
    }

    private Node possessive(Node node, int min, int max, int start) throws RegexException {
        if (!(node instanceof Node.One)) {
            throw in.errorAt(start, "repeats more than a single character possessively, which is not supported");
        }
        return new Node.Repeat(node, min, max, Greed.POSSESSIVE);
    }

    private Node atom() throws RegexException {
        int start = in.index();
        if (in.accept("(")) {
            return group(start);
        }
        if (in.peek() == '[') {
            return new Node.One(new ClassParser(in, ignoreCase).outermost());
        }
        if (in.peek() == '\\') {
            return escape();
        }
        int c = in.next();
        return switch (c) {
            case '^' -> new Node.Anchor(Place.LINE_START);
            case '$' -> new Node.Anchor(Place.LINE_END);
            case '.' ->
                new Node.One(
                        dotMatchesNewline
                                ? CodePointSet.ALL
                                : CodePointSet.of('\n').complement());
            case '*', '+', '?' -> throw in.errorAt(start, "repeats nothing");
            default -> literal(c);
        };
    }

    private Node literal(int codePoint) {
        return new Node.One(ignoreCase ? CaseFold.of(codePoint) : CodePointSet.of(codePoint));
    }

    private Node group(int start) throws RegexException {
        if (!in.accept("?")) {
            return captured(start);
        }
        if (in.accept(":")) {
            return closed(start);
        }
        for (var look : List.of("=", "!", "<=", "<!")) {
            if (in.accept(look)) {
                var part = closed(start);
                return new Node.Look(part, !look.startsWith("<"), look.endsWith("!"));
            }
        }
        if (in.accept(">")) {
            return atomic(closed(start), start);
        }
        if (in.accept("<")) {
            in.skipName('>', start);
            return captured(start);
        }
        if (in.accept("'")) {
            in.skipName('\'', start);
            return captured(start);
        }
        return options(start);
    }

    private Node closed(int start) throws RegexException {
        var node = alternation();
        if (!in.accept(")")) {
            throw in.errorAt(start, "has a ( without a ) behind it");
        }
        return node;
    }

    /** A place or a lookaround may be repeated only inside a group that captures it or has options. */
    private Node captured(int start) throws RegexException {
        var node = closed(start);
        return takesNothing(node) ? new Node.Sequence(List.of(node)) : node;
    }

    private Node atomic(Node node, int start) throws RegexException {
        if (node instanceof Node.One) {
            return node;
        }
        if (node instanceof Node.Repeat(Node.One one, int min, int max, Greed greed) && greed != Greed.LAZY) {
            return new Node.Repeat(one, min, max, Greed.POSSESSIVE);
        }
        throw in.errorAt(start, "has an atomic group of more than a repeated character, which is not supported");
    }

    /** {@code (?i)} holds to the end of the group around it, alternatives included; {@code (?i:…)} for its own. */
    private Node options(int start) throws RegexException {
        boolean on = true;
        boolean newIgnoreCase = ignoreCase;
        boolean newDot = dotMatchesNewline;
        boolean newExtended = extended;
        while (true) {
            int c = in.atEnd() ? -1 : in.next();
            switch (c) {
                case '-' -> on = false;
                case 'i' -> newIgnoreCase = on;
                case 'm' -> newDot = on;
                case 'x' -> newExtended = on;
                case ')', ':' -> {
                    boolean outerIgnoreCase = ignoreCase;
                    boolean outerDot = dotMatchesNewline;
                    boolean outerExtended = extended;
                    ignoreCase = newIgnoreCase;
                    dotMatchesNewline = newDot;
                    extended = newExtended;
                    var node = c == ':' ? captured(start) : alternation();
                    ignoreCase = outerIgnoreCase;
                    dotMatchesNewline = outerDot;
                    extended = outerExtended;
                    return node;
                }
                default ->
                    throw in.errorAt(
                            start,
                            "has a group (?" + (c < 0 ? "" : Character.toString(c)) + ", which is not supported");
            }
        }
    }

    private Node escape() throws RegexException {
        int start = in.index();
        in.next();
        if (in.atEnd()) {
            throw in.errorAt(start, "ends in the middle of an escape");
        }
        int c = in.next();
        var set = in.shorthand(c);
        if (set != null) {
            // In brackets the table is another one.
            boolean isWord = c == 'w' || c == 'W';
            return new Node.One(
                    !isWord
                            ? set
                            : c == 'w'
                                    ? Properties.bareWord()
                                    : Properties.bareWord().complement());
        }
        return switch (c) {
            case 'A' -> new Node.Anchor(Place.TEXT_START);
            case 'z' -> new Node.Anchor(Place.TEXT_END);
            case 'Z' -> new Node.Anchor(Place.TEXT_END_OR_LAST_NEWLINE);
            case 'b' -> new Node.Anchor(Place.WORD_BOUNDARY);
            case 'B' -> new Node.Anchor(Place.NO_WORD_BOUNDARY);
            case 'N' -> new Node.One(CodePointSet.of('\n').complement());
            case 'O' -> new Node.One(CodePointSet.ALL);
            case 'R' -> lineEnd();
            case 'G', 'K', 'X', 'y', 'Y', 'k', 'g' ->
                throw in.errorAt(start, "uses \\" + Character.toString(c) + ", which is not supported");
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
                throw in.errorAt(start, "has a back-reference \\" + Character.toString(c) + ", which is not supported");
            default -> literal(in.escaped(c, start));
        };
    }

    /** A carriage return and its line feed are never taken apart. */
    private static Node lineEnd() {
        var lineFeed = new Node.One(CodePointSet.of('\n'));
        var carriageReturn = new Node.One(CodePointSet.of('\r'));
        return new Node.Alternation(List.of(
                new Node.Sequence(List.of(carriageReturn, lineFeed)),
                new Node.Sequence(List.of(carriageReturn, new Node.Look(lineFeed, true, true))),
                new Node.One(
                        Properties.LINE_ENDS.intersect(CodePointSet.of('\r').complement()))));
    }
}
