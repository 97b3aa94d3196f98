package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.NormalizedText;

/**
 * Replaces each occurrence of a string, from the left and without overlap. What is put in has the origin of the last
 * code point that is taken out.
 *
 * @param pattern not empty
 * @param content may be empty
 */
public record Replace(String pattern, String content) implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        var find = pattern.codePoints().toArray();
        var put = content.codePoints().toArray();
        var out = new NormalizedText.Builder(text);
        int i = 0;
        while (i < text.length()) {
            if (matches(text, i, find)) {
                i += find.length;
                for (int c : put) {
                    out.append(c, i - 1);
                }
            } else {
                out.append(text.codePoint(i), i);
                i++;
            }
        }
        return out.build();
    }

    private static boolean matches(NormalizedText text, int at, int[] find) {
        if (find.length > text.length() - at) {
            return false;
        }
        for (int k = 0; k < find.length; k++) {
            if (text.codePoint(at + k) != find[k]) {
                return false;
            }
        }
        return true;
    }
}
