package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.NormalizedText;

/**
 * A Replace with the pattern {@value #PATTERN}, which nearly every file of a SentencePiece tokenizer has: each run of two
 * blanks or more becomes {@code content}, which has the origin of the last blank.
 *
 * @param content may be empty
 */
public record ReplaceBlanks(String content) implements Normalizer {
    /** The regular expression that this stands for. */
    public static final String PATTERN = " {2,}";

    @Override
    public NormalizedText normalize(NormalizedText text) {
        int i = 1;
        while (i < text.length() && !(text.codePoint(i) == ' ' && text.codePoint(i - 1) == ' ')) {
            i++;
        }
        if (i >= text.length()) {
            return text;
        }
        var put = content.codePoints().toArray();
        var out = new NormalizedText.Builder(text);
        for (int start = 0; start < text.length(); ) {
            int end = start;
            while (end < text.length() && text.codePoint(end) == ' ') {
                end++;
            }
            if (end - start > 1) {
                for (int c : put) {
                    out.append(c, end - 1);
                }
                start = end;
            } else {
                out.append(text.codePoint(start), start);
                start++;
            }
        }
        return out.build();
    }
}
