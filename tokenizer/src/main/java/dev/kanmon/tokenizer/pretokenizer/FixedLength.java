package dev.kanmon.tokenizer.pretokenizer;

/**
 * Cuts pieces of a number of code points; the last of a piece may be shorter.
 *
 * @param length at least 1
 */
public record FixedLength(int length) implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        var out = new Pieces(pieces.text());
        for (int piece = 0; piece < pieces.size(); piece++) {
            int to = pieces.to(piece);
            for (int from = pieces.from(piece); from < to; ) {
                int end = Math.min(to - from, length) + from;
                out.add(from, end);
                from = end;
            }
        }
        return out;
    }
}
