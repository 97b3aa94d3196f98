package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.NormalizedText;

/**
 * Writes blanks as another character, as SentencePiece does, and splits before each.
 *
 * @param replacement the character, usually U+2581
 * @param prependScheme which pieces get one at their start, if they have none there
 * @param split whether pieces are split before each
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/metaspace.rs#L123">metaspace.rs</a>
 */
public record Metaspace(int replacement, PrependScheme prependScheme, boolean split) implements PreTokenizer {
    /** Which pieces get a replacement character at their start. */
    public enum PrependScheme {
        /** Every piece. */
        ALWAYS("always"),
        /** The piece that starts where the original text starts. */
        FIRST("first"),
        /** None. */
        NEVER("never");

        private final String fileName;

        PrependScheme(String fileName) {
            this.fileName = fileName;
        }

        /** The name in a tokenizer.json. */
        public String fileName() {
            return fileName;
        }
    }

    @Override
    public Pieces split(Pieces pieces) {
        var source = pieces.text();
        var text = new NormalizedText.Builder(source, pieces.codePoints() + pieces.size());
        var ends = new int[pieces.size()];
        for (int piece = 0; piece < ends.length; piece++) {
            int from = pieces.from(piece);
            if (isPrepended(source, from)) {
                text.append(replacement, from);
            }
            for (int i = from; i < pieces.to(piece); i++) {
                int c = source.codePoint(i);
                text.append(c == ' ' ? replacement : c, i);
            }
            ends[piece] = text.length();
        }
        var out = new Pieces(text.build());
        int start = 0;
        for (int end : ends) {
            out.add(start, end);
            start = end;
        }
        return split ? SplitBehavior.MERGED_WITH_NEXT.split(out, c -> c == replacement) : out;
    }

    private boolean isPrepended(NormalizedText text, int from) {
        int first = text.codePoint(from);
        if (first == replacement || first == ' ') {
            return false;
        }
        return switch (prependScheme) {
            case ALWAYS -> true;
            case FIRST -> text.origin(from) == 0;
            case NEVER -> false;
        };
    }
}
