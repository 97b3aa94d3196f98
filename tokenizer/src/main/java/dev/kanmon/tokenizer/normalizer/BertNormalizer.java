package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.CharClass;
import dev.kanmon.tokenizer.text.NormalizedText;
import dev.kanmon.tokenizer.text.UnicodeForm;

/**
 * What BERT does to text before splitting it.
 *
 * @param cleanText whether control characters are removed and white space becomes a blank
 * @param handleChineseChars whether blanks are put around CJK ideographs
 * @param stripAccents whether the text is decomposed and loses its non-spacing marks; a file that leaves it open means
 *     {@code lowercase}
 * @param lowercase whether the text is lower-cased, each code point for itself
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/normalizers/bert.rs">bert.rs</a>
 */
public record BertNormalizer(boolean cleanText, boolean handleChineseChars, boolean stripAccents, boolean lowercase)
        implements Normalizer {

    @Override
    public NormalizedText normalize(NormalizedText text) {
        var result = cleanText || handleChineseChars ? cleanAndSpace(text) : text;
        if (stripAccents) {
            result = withoutNonspacingMarks(UnicodeForm.NFD.apply(result));
        }
        return lowercase ? Lowercase.lower(result) : result;
    }

    private NormalizedText cleanAndSpace(NormalizedText text) {
        var out = new NormalizedText.Builder(text);
        for (int i = 0; i < text.length(); i++) {
            int c = text.codePoint(i);
            if (cleanText) {
                if (CharClass.isRemovedByCleaning(c)) {
                    continue;
                }
                c = CharClass.isWhitespace(c) ? ' ' : c;
            }
            if (handleChineseChars && CharClass.isChinese(c)) {
                out.append(' ', i);
                out.append(c, i);
                out.append(' ', i);
            } else {
                out.append(c, i);
            }
        }
        return out.build();
    }

    private static NormalizedText withoutNonspacingMarks(NormalizedText text) {
        var out = new NormalizedText.Builder(text);
        for (int i = 0; i < text.length(); i++) {
            if (!CharClass.isNonspacingMark(text.codePoint(i))) {
                out.append(text.codePoint(i), i);
            }
        }
        return out.build();
    }
}
