package dev.kanmon;

import java.util.Objects;
import java.util.Optional;

/**
 * A text that passes a {@link Checkpoint} while it is being written.
 *
 * <p>One thread at a time. {@link #close()} lets go of what a guard keeps for the text; the guard stays open.
 */
public final class Passage implements AutoCloseable {

    /** What is known of everything that has come so far. */
    public enum State {
        /** Nothing: its end was not judged yet. */
        PENDING,
        /** It was judged and may pass, or the guard failed and {@link FailureMode#OPEN} lets it pass. */
        ADMITTED,
        /** It may not, and nothing that comes changes that. {@link #finish} says why. */
        REFUSED
    }

    private final Checkpoint checkpoint;
    private final String instruction;
    private final StreamOptions options;
    /** Empty where the text is judged as a whole. */
    private final Optional<GuardStream> stream;

    private final StringBuilder whole = new StringBuilder();
    private boolean blank = true;
    private int judgements;
    private Optional<Ruling> decided = Optional.empty();

    Passage(Checkpoint checkpoint, String instruction, StreamOptions options, Optional<GuardStream> stream) {
        this.checkpoint = checkpoint;
        this.instruction = Objects.requireNonNull(instruction, "instruction");
        this.options = options;
        this.stream = stream;
    }

    /**
     * Takes more of the text, and judges it if it is time to.
     *
     * @param words any number of chars
     */
    public State append(CharSequence words) {
        if (decided.isPresent()) {
            return decided.get().admitted() ? State.ADMITTED : State.REFUSED;
        }
        blank &= words.toString().isBlank();
        if (stream.isEmpty()) {
            whole.append(words);
            return State.PENDING;
        }
        StreamVerdict now;
        try {
            now = stream.get().append(words);
        } catch (RuntimeException e) {
            Ruling unjudged = checkpoint.unjudged(e);
            decided = Optional.of(unjudged);
            return unjudged.admitted() ? State.ADMITTED : State.REFUSED;
        }
        if (now.stopped()) {
            decided = now.verdict().map(this::ruling);
            return State.REFUSED;
        }
        boolean judged = now.judgements() > judgements;
        judgements = now.judgements();
        return judged ? State.ADMITTED : State.PENDING;
    }

    /** Whether no words have come. */
    public boolean isBlank() {
        return blank;
    }

    /** Ends the text: what became of it, judged to its end unless it was refused or the guard failed before. */
    public Ruling finish() {
        if (decided.isEmpty()) {
            decided = Optional.of(
                    stream.isEmpty()
                            ? checkpoint.judge(Exchange.of(instruction, whole.toString()))
                            : finished(stream.get()));
        }
        return decided.get();
    }

    private Ruling finished(GuardStream judge) {
        StreamVerdict last;
        try {
            last = judge.finish();
        } catch (RuntimeException e) {
            return checkpoint.unjudged(e);
        }
        return ruling(last.verdict().orElseThrow());
    }

    /** Streams may have a threshold of their own. */
    private Ruling ruling(Verdict verdict) {
        return options.stop().isPresent()
                ? new Ruling.Judged(verdict.withThreshold(options.stop().getAsDouble()))
                : checkpoint.judged(verdict);
    }

    @Override
    public void close() {
        stream.ifPresent(GuardStream::close);
    }
}
