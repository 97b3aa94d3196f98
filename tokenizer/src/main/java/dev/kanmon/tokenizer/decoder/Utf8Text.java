package dev.kanmon.tokenizer.decoder;

/**
 * UTF-8 to text as Rust's {@code String::from_utf8_lossy} does it: each longest start of a sequence that cannot go on
 * becomes one U+FFFD. The JDK takes the three bytes of a surrogate for one mistake, where this takes them for three.
 *
 * @see <a href="https://encoding.spec.whatwg.org/#utf-8-decoder">UTF-8 decoder</a>
 */
final class Utf8Text {
    private static final int REPLACEMENT = 0xFFFD;

    private Utf8Text() {}

    static String lossy(byte[] bytes) {
        var text = new StringBuilder(bytes.length);
        int at = 0;
        while (at < bytes.length) {
            int length = length(bytes, at);
            text.appendCodePoint(length > 0 ? codePoint(bytes, at, length) : REPLACEMENT);
            at += Math.abs(length);
        }
        return text.toString();
    }

    static boolean isWellFormed(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            int length = length(bytes, at);
            if (length < 0) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /** The length of the sequence that starts here; if it is malformed, how much of it is, negated. */
    private static int length(byte[] bytes, int at) {
        int first = bytes[at] & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        if (first < 0xC2 || first > 0xF4) {
            return -1;
        }
        int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        for (int i = 1; i < length; i++) {
            int low = i > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
            int high = i > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
            int next = at + i < bytes.length ? bytes[at + i] & 0xFF : -1;
            if (next < low || next > high) {
                return -i;
            }
        }
        return length;
    }

    private static int codePoint(byte[] bytes, int at, int length) {
        int value = length == 1 ? bytes[at] : bytes[at] & 0x7F >> length;
        for (int i = 1; i < length; i++) {
            value = value << 6 | bytes[at + i] & 0x3F;
        }
        return value;
    }
}
