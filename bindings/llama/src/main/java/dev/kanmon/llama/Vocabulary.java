package dev.kanmon.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Text to tokens and back, by llama.cpp. Valid as long as its model. {@link #withText} is for one thread at a time, the rest for any. */
final class Vocabulary {
    private final Llama llama;
    private final MemorySegment vocabulary;
    private final int size;
    private final AtomicReferenceArray<byte[]> pieces;
    /** Made when first asked for: few generators are. */
    private Map<String, int[]> tokensByText;

    Vocabulary(Llama llama, MemorySegment vocabulary) {
        this.llama = llama;
        this.vocabulary = vocabulary;
        this.size = llama.vocabularySize(vocabulary);
        this.pieces = new AtomicReferenceArray<>(size);
    }

    int size() {
        return size;
    }

    boolean isEnd(int token) {
        return llama.isEnd(vocabulary, token);
    }

    /** A whole prompt: with the tokens that the model wants around it, its first one not twice where the text has it too. */
    int[] prompt(String text) {
        var tokens = tokenize(text, true);
        boolean twice = tokens.length > 1 && tokens[0] == tokens[1] && tokens[0] == llama.beginToken(vocabulary);
        return twice ? Arrays.copyOfRange(tokens, 1, tokens.length) : tokens;
    }

    /** Tokens of a text inside of another. */
    int[] inner(String text) {
        return tokenize(text, false);
    }

    private int[] tokenize(String text, boolean addSpecial) {
        try (var arena = Arena.ofConfined()) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            var in = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
            // A token has a byte at least; two more for those around the text.
            int room = bytes.length + 2;
            var out = arena.allocate(JAVA_INT, room);
            int count = llama.tokenize(vocabulary, in, out, room, addSpecial);
            if (count < 0) {
                // A normalizer can make a text longer.
                room = -count;
                out = arena.allocate(JAVA_INT, room);
                count = llama.tokenize(vocabulary, in, out, room, addSpecial);
            }
            return out.asSlice(0, (long) count * Integer.BYTES).toArray(JAVA_INT);
        }
    }

    /** The bytes of a token; a character may be spread over several. Not to be changed. */
    byte[] piece(int token) {
        var known = pieces.get(token);
        if (known != null) {
            return known;
        }
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocate(64);
            int length = llama.piece(vocabulary, token, text);
            if (length < 0) {
                text = arena.allocate(-length);
                length = llama.piece(vocabulary, token, text);
            }
            var bytes = text.asSlice(0, length).toArray(JAVA_BYTE);
            pieces.set(token, bytes);
            return bytes;
        }
    }

    /** All tokens that have exactly this text: a byte of its own and a letter may be two; empty if there is none. */
    int[] withText(String text) {
        if (tokensByText == null) {
            var byText = new HashMap<String, int[]>();
            for (int token = 0; token < size; token++) {
                int one = token;
                byText.merge(new String(piece(token), StandardCharsets.UTF_8), new int[] {one}, (before, added) -> {
                    var both = Arrays.copyOf(before, before.length + 1);
                    both[before.length] = one;
                    return both;
                });
            }
            tokensByText = byText;
        }
        return tokensByText.getOrDefault(text, new int[0]);
    }
}
