package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.NormalizedText;

/**
 * Removes some control characters and makes blanks of some invisible ones, as SentencePiece's {@code nmt} rules do.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/normalizers/unicode.rs#L44">do_nmt</a>
 */
public record Nmt() implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        var out = new NormalizedText.Builder(text);
        for (int i = 0; i < text.length(); i++) {
            int c = text.codePoint(i);
            if (!isRemoved(c)) {
                out.append(isBlank(c) ? ' ' : c, i);
            }
        }
        return out.build();
    }

    private static boolean isRemoved(int c) {
        return c >= 0x01 && c <= 0x08 || c == 0x0B || c >= 0x0E && c <= 0x1F || c == 0x7F || c == 0x8F || c == 0x9F;
    }

    private static boolean isBlank(int c) {
        return switch (c) {
            case 0x09,
                    0x0A,
                    0x0C,
                    0x0D,
                    0x1680,
                    0x200B,
                    0x200C,
                    0x200D,
                    0x200E,
                    0x200F,
                    0x2028,
                    0x2029,
                    0x2581,
                    0xFEFF,
                    0xFFFD -> true;
            default -> false;
        };
    }
}
