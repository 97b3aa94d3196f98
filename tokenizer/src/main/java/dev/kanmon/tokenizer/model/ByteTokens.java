package dev.kanmon.tokenizer.model;

import dev.kanmon.tokenizer.text.Utf8;

/** The tokens that stand for single bytes, {@code <0x00>} to {@code <0xFF>}; immutable. */
final class ByteTokens {
    private final int[] ids;

    private ByteTokens(int[] ids) {
        this.ids = ids;
    }

    /** Those that a vocabulary has. */
    static ByteTokens of(Vocabulary vocabulary) {
        var ids = new int[256];
        for (int b = 0; b < ids.length; b++) {
            ids[b] = vocabulary.id(name(b));
        }
        return new ByteTokens(ids);
    }

    /** The token of a byte. */
    static String name(int b) {
        return "<0x%02X>".formatted(b);
    }

    /** Hands over the bytes of a text in UTF-8, each as a token of the whole text; false if one has no token. */
    boolean emit(int[] text, int from, int to, TokenSink sink) {
        for (int i = from; i < to; i++) {
            for (int shift = Utf8.firstShift(text[i]); shift >= 0; shift -= Utf8.BITS) {
                if (ids[Utf8.byteAt(text[i], shift)] < 0) {
                    return false;
                }
            }
        }
        for (int i = from; i < to; i++) {
            for (int shift = Utf8.firstShift(text[i]); shift >= 0; shift -= Utf8.BITS) {
                sink.add(ids[Utf8.byteAt(text[i], shift)], from, to);
            }
        }
        return true;
    }
}
