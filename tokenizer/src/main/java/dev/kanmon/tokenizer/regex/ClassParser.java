package dev.kanmon.tokenizer.regex;

/** Reads what stands in brackets: ranges, escapes, POSIX names, brackets again, and {@code &&}. */
final class ClassParser {
    private static final int MAX_DEPTH = 50;

    private final PatternReader in;
    private final boolean ignoreCase;

    ClassParser(PatternReader in, boolean ignoreCase) {
        this.in = in;
        this.ignoreCase = ignoreCase;
    }

    /** The set of the brackets that start here; letters of another case join before the whole is negated. */
    CodePointSet outermost() throws RegexException {
        return brackets(0);
    }

    private CodePointSet brackets(int depth) throws RegexException {
        int start = in.index();
        if (depth > MAX_DEPTH) {
            throw in.error("nests brackets deeper than " + MAX_DEPTH);
        }
        in.accept("[");
        boolean negated = in.accept("^");
        CodePointSet both = null; // What && has joined so far.
        var set = CodePointSet.EMPTY;
        boolean first = true;
        while (true) {
            if (in.atEnd()) {
                throw in.errorAt(start, "has a [ without a ] behind it");
            }
            if (in.isNext("]") && !first) {
                in.next();
                break;
            }
            if (in.accept("&&")) {
                both = both == null ? set : both.intersect(set);
                set = CodePointSet.EMPTY;
            } else {
                set = set.union(item(depth, start));
            }
            first = false;
        }
        set = both == null ? set : both.intersect(set);
        if (ignoreCase && depth == 0) {
            var beyond = negated ? null : CaseFold.multipleBeyond(set);
            if (beyond != null) {
                throw in.errorAt(
                        start, "has a letter that equals \"" + beyond + "\" where case does not count; not supported");
            }
            set = CaseFold.of(set);
        }
        return negated ? set.complement() : set;
    }

    private CodePointSet item(int depth, int start) throws RegexException {
        if (in.isNext("[:")) {
            var posix = posix();
            if (posix != null) {
                return posix;
            }
        }
        if (in.isNext("[")) {
            return brackets(depth + 1);
        }
        int from = in.index();
        int low;
        if (in.accept("\\")) {
            if (in.atEnd()) {
                throw in.errorAt(start, "has a [ without a ] behind it");
            }
            int c = in.next();
            var set = in.shorthand(c);
            if (set != null) {
                return set;
            }
            low = character(c, from);
        } else {
            low = in.next();
        }
        if (!in.isNext("-") || in.isNext("-]") || in.isNext("-&&")) {
            return CodePointSet.of(low);
        }
        in.next();
        if (in.atEnd()) {
            throw in.errorAt(start, "has a [ without a ] behind it");
        }
        if (in.isNext("[")) {
            return CodePointSet.of(low).union(CodePointSet.of('-')); // A bracket ends no range.
        }
        int high;
        if (in.accept("\\")) {
            if (in.atEnd()) {
                throw in.errorAt(start, "has a [ without a ] behind it");
            }
            int c = in.next();
            if (in.shorthand(c) != null) {
                throw in.errorAt(from, "has a range that ends in a set");
            }
            high = character(c, from);
        } else {
            high = in.next();
        }
        if (high < low) {
            throw in.errorAt(from, "has a range whose end is before its start");
        }
        return CodePointSet.range(low, high);
    }

    private int character(int c, int start) throws RegexException {
        if (c == 'b') {
            return 0x08;
        }
        if (c == 'R' || c == 'X') {
            throw in.errorAt(start, "uses \\" + Character.toString(c) + " in brackets, which is not supported");
        }
        if (c >= '1' && c <= '7') {
            throw in.errorAt(start, "has an octal escape without a leading 0, which is not supported");
        }
        return in.escaped(c, start);
    }

    /** {@code [:name:]}, or null if what starts so is an ordinary bracket. */
    private CodePointSet posix() throws RegexException {
        int start = in.index();
        in.accept("[:");
        boolean negated = in.accept("^");
        var name = new StringBuilder();
        while (!in.atEnd() && in.peek() >= 'a' && in.peek() <= 'z') {
            name.append((char) in.next());
        }
        var set = in.accept(":]") ? Properties.posix(name.toString()) : null;
        if (set == null) {
            throw in.errorAt(start, "has [: without the name of a POSIX bracket and :]");
        }
        return negated ? set.complement() : set;
    }
}
