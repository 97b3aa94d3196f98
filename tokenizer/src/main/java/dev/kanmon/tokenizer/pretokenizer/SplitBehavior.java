package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.function.IntPredicate;

/** What becomes of the delimiters that a piece is split at; each delimiter is one code point. */
public enum SplitBehavior {
    /** They are dropped. */
    REMOVED("Removed"),
    /** Each is a piece of its own. */
    ISOLATED("Isolated"),
    /** The first of a run ends the piece before it. */
    MERGED_WITH_PREVIOUS("MergedWithPrevious"),
    /** The last of a run starts the piece after it. */
    MERGED_WITH_NEXT("MergedWithNext"),
    /** A run of them is one piece. */
    CONTIGUOUS("Contiguous");

    private final String fileName;

    SplitBehavior(String fileName) {
        this.fileName = fileName;
    }

    /** The name in a tokenizer.json. */
    public String fileName() {
        return fileName;
    }

    /** Splits every piece at the code points that the predicate holds for. */
    Pieces split(Pieces pieces, IntPredicate isDelimiter) {
        var text = pieces.text();
        var out = new Pieces(text);
        for (int piece = 0; piece < pieces.size(); piece++) {
            split(text, pieces.from(piece), pieces.to(piece), isDelimiter, out);
        }
        return out;
    }

    private void split(NormalizedText text, int from, int to, IntPredicate isDelimiter, Pieces out) {
        int start = from; // of the piece that is open
        for (int i = from; i < to; i++) {
            if (!isDelimiter.test(text.codePoint(i))) {
                continue;
            }
            int runEnd = i + 1;
            while (runEnd < to && isDelimiter.test(text.codePoint(runEnd))) {
                runEnd++;
            }
            switch (this) {
                case REMOVED -> out.add(start, i);
                case ISOLATED -> {
                    out.add(start, i);
                    addSingly(i, runEnd, out);
                }
                case MERGED_WITH_PREVIOUS -> {
                    out.add(start, i + 1);
                    addSingly(i + 1, runEnd, out);
                }
                case MERGED_WITH_NEXT -> {
                    out.add(start, i);
                    addSingly(i, runEnd - 1, out);
                }
                case CONTIGUOUS -> {
                    out.add(start, i);
                    out.add(i, runEnd);
                }
            }
            start = this == MERGED_WITH_NEXT ? runEnd - 1 : runEnd;
            i = runEnd - 1;
        }
        out.add(start, to);
    }

    private static void addSingly(int from, int to, Pieces out) {
        for (int i = from; i < to; i++) {
            out.add(i, i + 1);
        }
    }
}
