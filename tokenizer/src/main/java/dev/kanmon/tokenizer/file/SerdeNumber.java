package dev.kanmon.tokenizer.file;

/**
 * Decimal numbers as the Rust crate serde_json reads them without its feature {@code float_roundtrip}, which the
 * reference does without: digits into an integer, then one division or multiplication by a power of ten. The result may
 * be off by a bit or two in the last place, and a Unigram model's ties hang on such bits.
 *
 * @see <a href="https://github.com/serde-rs/json/blob/v1.0.140/src/de.rs#L784">f64_from_parts</a>
 */
final class SerdeNumber {
    private static final int MAX_POWER = 308;
    private static final long TENTH = Long.divideUnsigned(-1L, 10);
    private static final int LAST_DIGIT = (int) Long.remainderUnsigned(-1L, 10);

    private SerdeNumber() {}

    /**
     * The number that the reference reads.
     *
     * @param text a number in JSON's grammar
     * @return an infinity where the reference refuses the number as out of range
     */
    static double parse(String text) {
        boolean negative = text.startsWith("-");
        int at = negative ? 1 : 0;
        long digits = 0;
        long exponent = 0;
        boolean full = false;
        boolean fraction = false;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '.') {
                fraction = true;
            } else if (c < '0' || c > '9') {
                break;
            } else {
                int digit = c - '0';
                int compared = Long.compareUnsigned(digits, TENTH);
                full |= compared > 0 || compared == 0 && digit > LAST_DIGIT;
                // Digits beyond 64 bits are dropped; those before the point still count for the magnitude.
                digits = full ? digits : 10 * digits + digit;
                exponent += (full ? 1 : 0) - (fraction ? 1 : 0);
            }
        }
        if (at < text.length()) {
            exponent += exponent(text.substring(at + 1));
        }
        double value = scale(unsigned(digits), exponent);
        return negative ? -value : value;
    }

    /** The shortest number that the reference reads as {@code value}. */
    static double writable(double value) {
        double up = value;
        double down = value;
        while (true) {
            if (parse(Double.toString(up)) == value) {
                return up;
            }
            if (parse(Double.toString(down)) == value) {
                return down;
            }
            up = Math.nextUp(up);
            down = Math.nextDown(down);
        }
    }

    private static long exponent(String text) {
        boolean negative = text.startsWith("-");
        long exponent = 0;
        for (int i = negative || text.startsWith("+") ? 1 : 0; i < text.length(); i++) {
            exponent = Math.min(10 * exponent + text.charAt(i) - '0', Integer.MAX_VALUE);
        }
        return negative ? -exponent : exponent;
    }

    private static double scale(double value, long exponent) {
        while (exponent < -MAX_POWER && value != 0) {
            value /= power(MAX_POWER);
            exponent += MAX_POWER;
        }
        if (value == 0) {
            return value;
        }
        if (exponent > MAX_POWER) {
            return Double.POSITIVE_INFINITY;
        }
        return exponent < 0 ? value / power((int) -exponent) : value * power((int) exponent);
    }

    /** The double nearest to a power of ten. */
    private static double power(int exponent) {
        return exponent <= 22 ? EXACT[exponent] : Double.parseDouble("1e" + exponent);
    }

    private static final double[] EXACT = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };

    /** The double nearest to an unsigned integer, ties to even. */
    private static double unsigned(long bits) {
        // Half of it with the lost bit kept rounds as the whole does.
        return bits >= 0 ? (double) bits : 2.0 * (double) (bits >>> 1 | bits & 1);
    }
}
