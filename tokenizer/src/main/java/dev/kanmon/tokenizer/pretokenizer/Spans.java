package dev.kanmon.tokenizer.pretokenizer;

/**
 * Joins matches and what lies between them to pieces, as a {@link SplitBehavior} says. Matches may be empty, which
 * matters to what is joined.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/tokenizer/normalizer.rs#L694">split</a>
 */
final class Spans {
    private final SplitBehavior behavior;
    private final boolean invert;
    private final Pieces out;
    private int done;
    private int openFrom;
    private int openTo;
    private boolean isOpen;
    private boolean lastWasDelimiter;

    Spans(SplitBehavior behavior, boolean invert, Pieces out) {
        this.behavior = behavior;
        this.invert = invert;
        this.out = out;
    }

    /** A piece of text begins. */
    void start(int from) {
        done = from;
        isOpen = false;
        lastWasDelimiter = false;
    }

    /** A match; what lies before it is none. */
    void match(int from, int to) {
        if (done < from) {
            span(done, from, invert);
        }
        span(from, to, !invert);
        done = to;
    }

    /** The piece of text ends. */
    void end(int to) {
        if (done < to) {
            span(done, to, invert);
        }
        if (isOpen) {
            out.add(openFrom, openTo);
        }
    }

    private void span(int from, int to, boolean isDelimiter) {
        switch (behavior) {
            case ISOLATED -> out.add(from, to);
            case REMOVED -> {
                if (!isDelimiter) {
                    out.add(from, to);
                }
            }
            case CONTIGUOUS -> join(from, to, isDelimiter == lastWasDelimiter);
            case MERGED_WITH_PREVIOUS -> join(from, to, isDelimiter && !lastWasDelimiter);
            case MERGED_WITH_NEXT -> join(from, to, !isDelimiter && lastWasDelimiter);
        }
        lastWasDelimiter = isDelimiter;
    }

    private void join(int from, int to, boolean withOpen) {
        if (isOpen && withOpen) {
            openTo = to;
            return;
        }
        if (isOpen) {
            out.add(openFrom, openTo);
        }
        openFrom = from;
        openTo = to;
        isOpen = true;
    }
}
