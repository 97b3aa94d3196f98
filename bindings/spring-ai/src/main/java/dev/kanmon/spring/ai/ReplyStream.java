package dev.kanmon.spring.ai;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.GuardStream;
import dev.kanmon.Ruling;
import dev.kanmon.StreamOptions;
import dev.kanmon.StreamVerdict;
import dev.kanmon.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.ai.chat.client.ChatClientResponse;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Judges one reply while its pieces come, and lets through what {@link Streaming} says. For one subscription. */
final class ReplyStream implements AutoCloseable {

    /** Says no in place of the rest of a reply, of which words were shown or not. */
    @FunctionalInterface
    interface Refusal {
        ChatClientResponse of(Ruling ruling, boolean begun);
    }

    /** What a piece brings: pieces to show, and whether they are the last ones. */
    private record Step(List<ChatClientResponse> shown, boolean last) {}

    private final Checkpoint checkpoint;
    private final Streaming streaming;
    private final StreamOptions options;
    private final String instruction;
    private final Optional<Ruling> onRequest;
    private final Refusal refusal;
    /** Empty where the reply is judged as a whole. */
    private final Optional<GuardStream> judge;

    private final StringBuilder text = new StringBuilder();
    /** Pieces that were not shown yet; the newest is always here, so that the last one can tell the verdict. */
    private final Deque<ChatClientResponse> held = new ArrayDeque<>();

    private int judgements;
    /** Whether words were shown. */
    private boolean begun;
    /** What ended it before the model did: a refusal, or the guard's failure where that lets the rest pass. */
    private Optional<Ruling> decided = Optional.empty();

    /** A subscriber may cancel while another thread judges, which then closes the stream in its place. */
    private final ReentrantLock judging = new ReentrantLock();

    private volatile boolean closed;

    ReplyStream(
            Checkpoint checkpoint,
            Streaming streaming,
            StreamOptions options,
            String instruction,
            Optional<Ruling> onRequest,
            Refusal refusal) {
        this.checkpoint = checkpoint;
        this.streaming = streaming;
        this.options = options;
        this.instruction = instruction;
        this.onRequest = onRequest;
        this.refusal = refusal;
        judge = streaming == Streaming.WHOLE ? Optional.empty() : checkpoint.stream(instruction, options);
    }

    /** The reply as the reader may see it; it is cancelled where it is refused. */
    Flux<ChatClientResponse> guarded(Flux<ChatClientResponse> reply) {
        return reply.publishOn(Schedulers.boundedElastic())
                .map(this::take)
                .takeUntil(Step::last)
                .concatMapIterable(Step::shown)
                .concatWith(Flux.defer(() -> Flux.fromIterable(end())));
    }

    private Step take(ChatClientResponse piece) {
        judging.lock();
        try {
            return closed ? new Step(List.of(), true) : taken(piece);
        } finally {
            judging.unlock();
            release();
        }
    }

    private Step taken(ChatClientResponse piece) {
        String words = Replies.text(piece);
        text.append(words);
        held.add(piece);
        boolean judged = false;
        if (judge.isPresent() && decided.isEmpty()) {
            try {
                StreamVerdict now = judge.get().append(words);
                judged = now.judgements() > judgements;
                judgements = now.judgements();
                if (now.stopped()) {
                    decided = now.verdict().map(this::ruling);
                }
            } catch (RuntimeException e) {
                decided = Optional.of(checkpoint.unjudged(e));
            }
        }
        if (decided.isPresent() && !decided.get().admitted()) {
            return new Step(List.of(refusal.of(decided.get(), begun)), true);
        }
        boolean shows = decided.isPresent() || judge.isPresent() && (judged || streaming == Streaming.LIVE);
        return new Step(shows ? allButTheNewest() : List.of(), false);
    }

    private List<ChatClientResponse> allButTheNewest() {
        List<ChatClientResponse> shown = new ArrayList<>();
        while (held.size() > 1) {
            ChatClientResponse piece = held.remove();
            begun |= !Replies.text(piece).isBlank();
            shown.add(piece);
        }
        return shown;
    }

    /** What is left to show when the model has ended. */
    private List<ChatClientResponse> end() {
        judging.lock();
        try {
            if (closed || decided.isPresent() && !decided.get().admitted()) {
                return List.of();
            }
            boolean worded = !text.toString().isBlank();
            Optional<Ruling> last = worded ? Optional.of(decided.orElseGet(this::judgeWhole)) : onRequest;
            if (last.isPresent() && !last.get().admitted()) {
                return List.of(refusal.of(last.get(), begun));
            }
            List<ChatClientResponse> shown = new ArrayList<>(held);
            if (last.isPresent() && !shown.isEmpty()) {
                String key = worded ? KanmonAdvisor.REPLY_VERDICT : KanmonAdvisor.REQUEST_VERDICT;
                shown.add(Replies.with(shown.removeLast(), last.get(), key));
            }
            return shown;
        } finally {
            judging.unlock();
            release();
        }
    }

    private Ruling judgeWhole() {
        if (judge.isEmpty()) {
            return checkpoint.judge(Exchange.of(instruction, text.toString()));
        }
        try {
            return ruling(judge.get().finish().verdict().orElseThrow());
        } catch (RuntimeException e) {
            return checkpoint.unjudged(e);
        }
    }

    /** Streams may have a threshold of their own. */
    private Ruling ruling(Verdict verdict) {
        return options.stop().isPresent()
                ? new Ruling.Judged(verdict.withThreshold(options.stop().getAsDouble()))
                : checkpoint.judged(verdict);
    }

    /** Lets go of what the guard keeps for this reply; never waits for a judgement. */
    @Override
    public void close() {
        closed = true;
        release();
    }

    private void release() {
        if (closed && judging.tryLock()) {
            try {
                judge.ifPresent(GuardStream::close);
            } finally {
                judging.unlock();
            }
        }
    }
}
