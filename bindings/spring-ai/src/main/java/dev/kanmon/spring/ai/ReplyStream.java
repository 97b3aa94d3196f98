package dev.kanmon.spring.ai;

import dev.kanmon.Passage;
import dev.kanmon.Ruling;
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

    private final Streaming streaming;
    private final Optional<Ruling> onRequest;
    private final Refusal refusal;
    private final Passage passage;

    /** Pieces that were not shown yet; the newest is always here, so that the last one can tell the verdict. */
    private final Deque<ChatClientResponse> held = new ArrayDeque<>();

    /** Whether words were shown. */
    private boolean begun;

    private boolean refused;

    /** A subscriber may cancel while another thread judges, which then closes the passage in its place. */
    private final ReentrantLock judging = new ReentrantLock();

    private volatile boolean closed;

    ReplyStream(Passage passage, Streaming streaming, Optional<Ruling> onRequest, Refusal refusal) {
        this.passage = passage;
        this.streaming = streaming;
        this.onRequest = onRequest;
        this.refusal = refusal;
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
        held.add(piece);
        Passage.State state = passage.append(Replies.text(piece));
        refused = state == Passage.State.REFUSED;
        if (refused) {
            return new Step(List.of(refusal.of(passage.finish(), begun)), true);
        }
        return new Step(
                state == Passage.State.ADMITTED || streaming == Streaming.LIVE ? allButTheNewest() : List.of(), false);
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
            if (closed || refused) {
                return List.of();
            }
            boolean worded = !passage.isBlank();
            Optional<Ruling> last = worded ? Optional.of(passage.finish()) : onRequest;
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

    /** Lets go of what the guard keeps for this reply; never waits for a judgement. */
    @Override
    public void close() {
        closed = true;
        release();
    }

    private void release() {
        if (closed && judging.tryLock()) {
            try {
                passage.close();
            } finally {
                judging.unlock();
            }
        }
    }
}
