package dev.kanmon.spring.ai;

/** What a streamed reply's reader sees before the whole of it is judged. */
public enum Streaming {
    /**
     * What has been judged: pieces are held back until a judgement that read them has passed, every few words as
     * {@link dev.kanmon.StreamOptions} says. A refused reply ends before the pieces that made it so.
     */
    JUDGED,
    /** Every piece at once. A refused reply ends behind the pieces that made it so, which were seen. */
    LIVE,
    /** Nothing: the reply is judged once, when it is complete. */
    WHOLE
}
