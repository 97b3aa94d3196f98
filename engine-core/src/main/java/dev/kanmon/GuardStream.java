package dev.kanmon;

import dev.kanmon.StreamVerdict.Decision;
import dev.kanmon.engine.Continuation;
import dev.kanmon.engine.batch.Sentences;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Judges a text while it is being written: a reply as a language model generates it, or an instruction as it is typed.
 *
 * <p>Every so often, as {@link StreamOptions} says, everything that has come so far is judged as {@link Guard#check}
 * would judge it, to the last bit. What cannot have changed since the last judgement is not computed again: windows of a
 * long text that are full and, in models whose tokens look back only (Llama, Qwen2, Qwen3), everything before the first
 * new token; where such a model has layers that see a window of tokens only, the logits may differ in their last bits.
 * In a bidirectional encoder each new token changes what all others mean, so that the window that grows is read again.
 * The text is turned into tokens as a whole each time, so that no token depends on how it was cut into chunks.
 *
 * <p>One thread at a time; many streams may share a guard. A stream holds its text, and for models that look back
 * only the keys and values of one window. {@link #close()} lets go of both; the guard stays open.
 *
 * {@snippet class="dev.kanmon.GuardExample" region="stream"}
 */
public final class GuardStream implements AutoCloseable {

    private enum State {
        OPEN,
        FINISHED,
        CLOSED
    }

    private final Guard guard;
    private final String instruction;
    private final StreamOptions options;
    private final Hysteresis rule;
    private final int everyTokens;
    /** Chars that are judged at the latest, whatever tokens they make. */
    private final long mostChars;

    private Sentences.Scanner sentence = new Sentences.Scanner();
    /** Whether a sentence has ended since the last judgement. */
    private boolean sentenceEnded;

    private StringBuilder text = new StringBuilder();
    private Continuation continuation;
    private State state = State.OPEN;
    /** How much of the text the last judgement read, in chars. */
    private int judgedChars;
    /** How many chars must have come since then for counting their tokens to be worth while. */
    private int countAtChars;
    /** Tokens in the pieces of the text that were judged, each counted by itself. */
    private int judgedTokens;

    private StreamVerdict last = new StreamVerdict(Decision.CONTINUE, Optional.empty(), 0, 0, 0, 0);

    GuardStream(Guard guard, Continuation continuation, String instruction, StreamOptions options) {
        this.guard = guard;
        this.continuation = continuation;
        this.instruction = Objects.requireNonNull(instruction, "instruction");
        this.options = options;
        rule = options.rule(guard.info().threshold());
        everyTokens = options.everyTokens().orElse(Integer.MAX_VALUE);
        mostChars = options.mostChars();
        countAtChars = (int) Math.min(mostChars, charsOf(everyTokens));
    }

    /**
     * Takes more of the text and judges it if it is time to: once at most, however much comes.
     *
     * @param chunk any number of chars; a surrogate pair may be cut between two of them. After a stop it is neither kept
     *     nor judged
     * @return the newest decision
     * @throws IllegalStateException if this was finished or closed, or the guard was closed. After any exception the
     *     text is kept and not judged; the next call judges it
     */
    public StreamVerdict append(CharSequence chunk) {
        Objects.requireNonNull(chunk, "chunk");
        require(state == State.OPEN, "finished");
        if (last.stopped()) {
            return last;
        }
        text.append(chunk);
        if (options.atSentenceEnds()) {
            readSentences(chunk);
        }
        int end = wholeChars();
        int chars = end - judgedChars;
        if (chars < countAtChars && !sentenceEnded) {
            return last;
        }
        int tokens = guard.countTokens(text.substring(judgedChars, end));
        if (tokens >= everyTokens || chars >= mostChars || sentenceEnded && tokens >= StreamOptions.LEAST_TOKENS) {
            judge(end, tokens);
        } else {
            last = last.withTokensSeen(judgedTokens + tokens);
            countAtChars = (int) Math.min(mostChars, chars + charsOf(everyTokens - tokens));
        }
        return last;
    }

    /** Chars that so many tokens hardly go into: a token is a byte at least, but for rare letters that stand for words. */
    private static long charsOf(int tokens) {
        return Math.max(1, tokens / 3L);
    }

    /**
     * Ends the text and judges what is left of it. The last judgement is of the whole text and the last word on it: it
     * stops from {@link StreamOptions#stop()} on, whatever number of confirmations was asked for.
     *
     * @return the last decision, with the verdict that {@link Guard#check} gives on the whole text unless the stream
     *     was stopped before its end; the same each time
     * @throws IllegalStateException if this was closed, or the guard was closed
     */
    public StreamVerdict finish() {
        if (state == State.FINISHED) {
            return last;
        }
        require(state == State.OPEN, "closed");
        if (!last.stopped()) {
            if (last.verdict().isEmpty() || judgedChars < text.length()) {
                judge(text.length(), guard.countTokens(text.substring(judgedChars)));
            }
            if (rule.counts(last.verdict().orElseThrow().probability())) {
                last = last.stoppedHere();
            }
        }
        state = State.FINISHED;
        release();
        return last;
    }

    /** The newest decision, without doing anything. */
    public StreamVerdict latest() {
        return last;
    }

    /** Lets go of the text and of what was kept for the next judgement, as {@link #finish} does, too. Idempotent. */
    @Override
    public void close() {
        if (state == State.OPEN) {
            state = State.CLOSED;
        }
        release();
    }

    private void release() {
        text = null;
        continuation = null;
    }

    private void require(boolean condition, String expectedNot) {
        if (!condition) {
            throw new IllegalStateException("the stream was " + (state == State.CLOSED ? "closed" : expectedNot));
        }
    }

    /** The end of the text, or before the first half of a surrogate pair there, whose other half is still to come. */
    private int wholeChars() {
        int length = text.length();
        return length > 0 && Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    }

    private void readSentences(CharSequence read) {
        for (int i = 0; i < read.length(); i++) {
            sentenceEnded |= sentence.read(read.charAt(i));
        }
    }

    private void judge(int end, int newTokens) {
        String soFar = text.substring(0, end);
        Exchange exchange = instruction.isEmpty() ? Exchange.of(soFar) : Exchange.of(instruction, soFar);
        Verdict verdict =
                guard.checkAll(List.of(exchange), continuation::logits).getFirst();
        judgedChars = end;
        judgedTokens += newTokens;
        sentence = new Sentences.Scanner();
        sentenceEnded = false;
        readSentences(text.substring(end));
        countAtChars = (int) Math.min(mostChars, charsOf(everyTokens));
        // What may not be read to its end cannot get harmless any more.
        boolean stops = rule.stopsAt(verdict.probability()) || verdict.outcome() == Outcome.INCOMPLETE;
        last = new StreamVerdict(
                stops ? Decision.STOP : Decision.CONTINUE,
                Optional.of(verdict),
                judgedChars,
                judgedTokens,
                last.judgements() + 1,
                continuation.tokensComputed());
    }
}
