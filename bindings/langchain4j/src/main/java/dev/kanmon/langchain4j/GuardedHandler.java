package dev.kanmon.langchain4j;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.GuardStream;
import dev.kanmon.RefusedException;
import dev.kanmon.Ruling;
import dev.kanmon.StreamOptions;
import dev.kanmon.StreamVerdict;
import dev.kanmon.Verdict;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;

/** Stands between a model and who listens to one reply of it. Called by one thread at a time, as handlers are. */
final class GuardedHandler implements StreamingChatResponseHandler {

    private final StreamingChatResponseHandler handler;
    private final Checkpoint checkpoint;
    private final StreamOptions options;
    private final String instruction;
    /** Empty where the reply can only be judged as a whole. */
    private final Optional<GuardStream> judge;

    private final StringBuilder text = new StringBuilder();
    private final Queue<Consumer<StreamingChatResponseHandler>> held = new ArrayDeque<>();
    private int judgements;
    /** Whether the guard failed and the rest passes. */
    private boolean open;

    private boolean ended;

    GuardedHandler(
            StreamingChatResponseHandler handler, Checkpoint checkpoint, StreamOptions options, String instruction) {
        this.handler = handler;
        this.checkpoint = checkpoint;
        this.options = options;
        this.instruction = instruction;
        judge = checkpoint.stream(instruction, options);
    }

    @Override
    public void onPartialResponse(String partialResponse) {
        take(partialResponse, to -> to.onPartialResponse(partialResponse));
    }

    @Override
    public void onPartialResponse(PartialResponse partialResponse, PartialResponseContext context) {
        take(partialResponse.text(), to -> to.onPartialResponse(partialResponse, context));
        if (ended) {
            context.streamingHandle().cancel();
        }
    }

    private void take(String words, Consumer<StreamingChatResponseHandler> show) {
        if (ended) {
            return;
        }
        text.append(words);
        held.add(show);
        if (open) {
            showHeld();
        } else if (judge.isPresent()) {
            judgeSoFar(judge.get(), words).ifPresentOrElse(this::refuse, () -> {
                if (open || judge.get().latest().judgements() > judgements) {
                    judgements = judge.get().latest().judgements();
                    showHeld();
                }
            });
        }
    }

    /** The ruling that ends the reply, if there is one. */
    private Optional<Ruling> judgeSoFar(GuardStream stream, String words) {
        try {
            StreamVerdict now = stream.append(words);
            return now.stopped() ? now.verdict().map(this::ruling) : Optional.empty();
        } catch (RuntimeException e) {
            Ruling unjudged = checkpoint.unjudged(e);
            open = unjudged.admitted();
            return open ? Optional.empty() : Optional.of(unjudged);
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse completeResponse) {
        if (ended) {
            return;
        }
        // A model that tells no tokens has its words here alone.
        String whole = text.isEmpty() ? Texts.of(completeResponse.aiMessage()) : text.toString();
        if (!open && !whole.isBlank()) {
            Ruling ruling = judgeWhole(whole);
            if (!ruling.admitted()) {
                refuse(ruling);
                return;
            }
        }
        end();
        showHeld();
        handler.onCompleteResponse(completeResponse);
    }

    private Ruling judgeWhole(String whole) {
        if (judge.isEmpty() || text.isEmpty()) {
            return checkpoint.judge(Exchange.of(instruction, whole));
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

    private void showHeld() {
        while (!held.isEmpty()) {
            held.remove().accept(handler);
        }
    }

    private void refuse(Ruling ruling) {
        end();
        held.clear();
        handler.onError(new RefusedException(ruling));
    }

    private void end() {
        ended = true;
        judge.ifPresent(GuardStream::close);
    }

    @Override
    public void onError(Throwable error) {
        if (!ended) {
            end();
            handler.onError(error);
        }
    }

    @Override
    public void onPartialThinking(PartialThinking partialThinking) {
        pass(to -> to.onPartialThinking(partialThinking));
    }

    @Override
    public void onPartialThinking(PartialThinking partialThinking, PartialThinkingContext context) {
        pass(to -> to.onPartialThinking(partialThinking, context));
    }

    @Override
    public void onPartialToolCall(PartialToolCall partialToolCall) {
        pass(to -> to.onPartialToolCall(partialToolCall));
    }

    @Override
    public void onPartialToolCall(PartialToolCall partialToolCall, PartialToolCallContext context) {
        pass(to -> to.onPartialToolCall(partialToolCall, context));
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall completeToolCall) {
        pass(to -> to.onCompleteToolCall(completeToolCall));
    }

    @Override
    public void onUnmappedRawEvent(Object rawEvent) {
        pass(to -> to.onUnmappedRawEvent(rawEvent));
    }

    private void pass(Consumer<StreamingChatResponseHandler> event) {
        if (!ended) {
            event.accept(handler);
        }
    }
}
