package dev.kanmon.tokenizer.decoder;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Joins tokens such as {@code <0xE2>} to characters; where the bytes of a run are no UTF-8 each becomes U+FFFD.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/decoders/byte_fallback.rs">byte_fallback.rs</a>
 */
public record ByteFallback() implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        var pieces = new ArrayList<String>(tokens.size());
        var run = new ByteArrayOutputStream();
        for (var token : tokens) {
            int value = value(token);
            if (value >= 0) {
                run.write(value);
            } else {
                end(run, pieces);
                pieces.add(token);
            }
        }
        end(run, pieces);
        return pieces;
    }

    private static void end(ByteArrayOutputStream run, List<String> pieces) {
        if (run.size() > 0) {
            var bytes = run.toByteArray();
            if (Utf8Text.isWellFormed(bytes)) {
                pieces.add(Utf8Text.lossy(bytes));
            } else {
                for (int i = 0; i < bytes.length; i++) {
                    pieces.add("\ufffd");
                }
            }
            run.reset();
        }
    }

    /** The byte that a token stands for, or -1. */
    private static int value(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
            return -1;
        }
        // Rust reads a plus sign as part of a number.
        int high = token.charAt(3) == '+' ? 0 : hexadecimal(token.charAt(3));
        int low = hexadecimal(token.charAt(4));
        return high < 0 || low < 0 ? -1 : 16 * high + low;
    }

    private static int hexadecimal(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
