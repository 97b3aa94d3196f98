package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.regex.Regex;
import dev.kanmon.tokenizer.regex.RegexException;
import dev.kanmon.tokenizer.text.ByteAlphabet;
import dev.kanmon.tokenizer.text.NormalizedText;

/**
 * Rewrites text to the characters of {@link ByteAlphabet}, one for each byte in UTF-8, after cutting it as GPT-2 does.
 *
 * @param addPrefixSpace whether a piece that starts with no blank gets one, of the origin of its first code point
 * @param useRegex whether the text is cut
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/byte_level.rs#L112">byte_level.rs</a>
 */
public record ByteLevel(boolean addPrefixSpace, boolean useRegex) implements PreTokenizer {
    /** How GPT-2 cuts text. */
    public static final String PATTERN =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final class Gpt2 {
        static final Regex REGEX = compile();

        private static Regex compile() {
            try {
                return Regex.compile(PATTERN);
            } catch (RegexException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    @Override
    public Pieces split(Pieces pieces) {
        var prefixed = addPrefixSpace ? prefixed(pieces) : pieces;
        var cut = useRegex ? Split.split(prefixed, Gpt2.REGEX, SplitBehavior.ISOLATED, false) : prefixed;
        return toBytes(cut);
    }

    private static Pieces prefixed(Pieces pieces) {
        var text = pieces.text();
        var rewritten = new NormalizedText.Builder(text, pieces.codePoints() + pieces.size());
        var bounds = new Pieces.Rewriter(pieces);
        for (int piece = 0; piece < pieces.size(); piece++) {
            int from = pieces.from(piece);
            if (text.codePoint(from) != ' ') {
                rewritten.append(' ', from);
            }
            for (int i = from; i < pieces.to(piece); i++) {
                rewritten.append(text.codePoint(i), i);
            }
            bounds.endPiece(rewritten.length());
        }
        return bounds.pieces(rewritten.build());
    }

    private static Pieces toBytes(Pieces pieces) {
        var text = pieces.text();
        var rewritten = new NormalizedText.Builder(text, pieces.codePoints() + pieces.size());
        var bounds = new Pieces.Rewriter(pieces);
        for (int piece = 0; piece < pieces.size(); piece++) {
            for (int i = pieces.from(piece); i < pieces.to(piece); i++) {
                ByteAlphabet.append(text.codePoint(i), i, rewritten);
            }
            bounds.endPiece(rewritten.length());
        }
        return bounds.pieces(rewritten.build());
    }
}
