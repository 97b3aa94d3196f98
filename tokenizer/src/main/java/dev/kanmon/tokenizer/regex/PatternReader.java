package dev.kanmon.tokenizer.regex;

/** The characters of a pattern and the small things that they spell. */
final class PatternReader {
    private final String pattern;
    private int index;

    PatternReader(String pattern) {
        this.pattern = pattern;
    }

    int index() {
        return index;
    }

    boolean atEnd() {
        return index == pattern.length();
    }

    /** The next code point; not to be asked at the end. */
    int peek() {
        return pattern.codePointAt(index);
    }

    /** Takes the next code point. */
    int next() {
        int c = peek();
        index += Character.charCount(c);
        return c;
    }

    /** Takes a text if it is the next. */
    boolean accept(String text) {
        if (pattern.startsWith(text, index)) {
            index += text.length();
            return true;
        }
        return false;
    }

    boolean isNext(String text) {
        return pattern.startsWith(text, index);
    }

    /** The letter that the next character stands for if it stands for itself, else -1. */
    int literalAt() {
        return Character.isLetter(peek()) || peek() == '\'' || peek() >= 0x80 ? peek() : -1;
    }

    void skipTo(char end) throws RegexException {
        int found = pattern.indexOf(end, index);
        if (found < 0) {
            throw error("has no " + end + " behind what it ends");
        }
        index = found + 1;
    }

    void skipName(char end, int start) throws RegexException {
        int found = pattern.indexOf(end, index);
        if (found <= index || !pattern.substring(index, found).matches("[\\p{L}_][\\p{L}\\p{N}_]*")) {
            throw errorAt(start, "has a group whose name is not a word");
        }
        index = found + 1;
    }

    /** Takes {@code {n}}, {@code {n,}}, {@code {,m}} or {@code {n,m}}; null if the text here is none of them. */
    int[] interval() throws RegexException {
        if (atEnd() || peek() != '{') {
            return null;
        }
        int at = index + 1;
        int min = 0;
        int max = 0;
        int digits = 0;
        for (; at < pattern.length() && isDigit(pattern.charAt(at)); at++, digits++) {
            min = Math.min(10 * min + pattern.charAt(at) - '0', 1 << 24);
        }
        boolean hasMin = digits > 0;
        boolean hasMax = false;
        if (at < pattern.length() && pattern.charAt(at) == ',') {
            for (at++; at < pattern.length() && isDigit(pattern.charAt(at)); at++) {
                max = Math.min(10 * max + pattern.charAt(at) - '0', 1 << 24);
                hasMax = true;
            }
            max = hasMax ? max : Node.UNBOUNDED;
        } else {
            max = min;
        }
        if (at == pattern.length() || pattern.charAt(at) != '}' || !hasMin && !hasMax) {
            return null; // A brace that opens no interval is itself.
        }
        index = at + 1;
        return new int[] {min, max};
    }

    /** The set of an escape such as {@code \s} or {@code \p{L}}, of which the letter is taken already; else null. */
    CodePointSet shorthand(int c) throws RegexException {
        return switch (c) {
            case 's' -> Properties.SPACE;
            case 'S' -> Properties.SPACE.complement();
            case 'd' -> Properties.digit();
            case 'D' -> Properties.digit().complement();
            case 'w' -> Properties.word();
            case 'W' -> Properties.word().complement();
            case 'h' -> Properties.HEX;
            case 'H' -> Properties.HEX.complement();
            case 'p', 'P' -> isNext("{") ? property(c == 'P') : null;
            default -> null;
        };
    }

    private CodePointSet property(boolean negated) throws RegexException {
        int start = index;
        accept("{");
        boolean caret = accept("^");
        int end = pattern.indexOf('}', index);
        if (end < 0) {
            throw errorAt(start, "has no } behind the name of a property");
        }
        var name = pattern.substring(index, end);
        var set = Properties.byName(name);
        if (set == null) {
            throw errorAt(start, "names the property \"" + name + "\", which is not known");
        }
        index = end + 1;
        return negated != caret ? set.complement() : set;
    }

    /** The code point of an escape that stands for one, of which the letter is taken already. */
    int escaped(int c, int start) throws RegexException {
        return switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'v' -> 0x0B;
            case 'f' -> '\f';
            case 'r' -> '\r';
            case 'a' -> 0x07;
            case 'e' -> 0x1B;
            case 'u' -> hexadecimal(4, 4, start);
            case 'x' -> {
                if (accept("{")) {
                    int value = hexadecimal(1, 8, start);
                    if (!accept("}")) {
                        throw errorAt(start, "has no } behind a code point");
                    }
                    yield value;
                }
                yield ascii(hexadecimal(0, 2, start), start);
            }
            case '0' -> {
                int value = 0;
                for (int i = 0; i < 2 && !atEnd() && peek() >= '0' && peek() <= '7'; i++) {
                    value = 8 * value + next() - '0';
                }
                yield ascii(value, start);
            }
            case 'c', 'C', 'M', 'o' ->
                throw errorAt(start, "uses \\" + Character.toString(c) + ", which is not supported");
            default -> c;
        };
    }

    private int ascii(int value, int start) throws RegexException {
        if (value >= 0x80) {
            throw errorAt(start, "has a single byte of a character in UTF-8, which is not supported");
        }
        return value;
    }

    private int hexadecimal(int least, int most, int start) throws RegexException {
        long value = 0;
        int digits = 0;
        for (; digits < most && !atEnd() && Character.digit(peek(), 16) >= 0 && peek() < 0x80; digits++) {
            value = 16 * value + Character.digit(next(), 16);
        }
        if (digits < least || value > Character.MAX_CODE_POINT) {
            throw errorAt(start, "has an escape that is no code point");
        }
        return (int) value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    RegexException error(String what) {
        return errorAt(index, what);
    }

    RegexException errorAt(int where, String what) {
        return new RegexException("the regular expression " + what + ", at character " + where, where);
    }
}
