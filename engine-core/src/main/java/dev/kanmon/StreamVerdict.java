package dev.kanmon;

import java.util.Objects;
import java.util.Optional;

/**
 * Where a {@link GuardStream} stands.
 *
 * @param decision whether the text may go on
 * @param verdict of the last judgement: of everything that had come by then; empty before the first one
 * @param charsJudged chars (UTF-16 code units) of the text that this judgement read; who holds back the rest until it is
 *     judged, too, shows nothing that was not judged
 * @param tokensSeen tokens of the text that has come so far, as last counted: at each judgement, and now and then between
 *     two. They are counted piece by piece, from one judgement to the next, so that a word which one of them cuts may
 *     count differently than in the whole text
 * @param judgements how often the text was judged; larger than in the answer before if this call judged
 * @param tokensComputed tokens that went through the model for all of these judgements, special tokens included
 */
public record StreamVerdict(
        Decision decision,
        Optional<Verdict> verdict,
        int charsJudged,
        int tokensSeen,
        int judgements,
        long tokensComputed) {

    /** Whether a text may go on. */
    public enum Decision {
        /** Nothing that has been judged speaks against it. */
        CONTINUE,
        /** It is to be ended here; no later text changes that. */
        STOP
    }

    public StreamVerdict {
        Objects.requireNonNull(decision, "decision");
        Objects.requireNonNull(verdict, "verdict");
    }

    StreamVerdict withTokensSeen(int tokens) {
        return new StreamVerdict(decision, verdict, charsJudged, tokens, judgements, tokensComputed);
    }

    StreamVerdict stoppedHere() {
        return new StreamVerdict(Decision.STOP, verdict, charsJudged, tokensSeen, judgements, tokensComputed);
    }

    /** Whether the text is to be ended. */
    public boolean stopped() {
        return decision == Decision.STOP;
    }
}
