package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.regex.Regex;
import dev.kanmon.tokenizer.text.NormalizedText;

/**
 * Replaces each match of a regular expression by a text. What is put in has the origin of the code point before its
 * place, which is the last that was taken out if there is one; before everything it has none.
 *
 * @param content taken as it is; may be empty
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/tokenizer/normalizer.rs#L570">replace</a>
 */
public record Replace(Regex regex, String content) implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        if (text.length() == 0) {
            return text;
        }
        var put = content.codePoints().toArray();
        var out = new NormalizedText.Builder(text);
        var done = new int[1];
        regex.matcher(text.codePoints()).findAll(0, text.length(), (start, end) -> {
            copy(text, done[0], start, out);
            for (int c : put) {
                if (end == 0) {
                    out.appendBefore(c);
                } else {
                    out.append(c, end - 1);
                }
            }
            done[0] = end;
        });
        copy(text, done[0], text.length(), out);
        return out.build();
    }

    private static void copy(NormalizedText text, int from, int to, NormalizedText.Builder out) {
        for (int i = from; i < to; i++) {
            out.append(text.codePoint(i), i);
        }
    }
}
