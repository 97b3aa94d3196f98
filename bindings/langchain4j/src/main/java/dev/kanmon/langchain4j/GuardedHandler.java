package dev.kanmon.langchain4j;

import dev.kanmon.Passage;
import dev.kanmon.RefusedException;
import dev.kanmon.Ruling;
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
import java.util.Queue;
import java.util.function.Consumer;

/** Stands between a model and who listens to one reply of it. Called by one thread at a time, as handlers are. */
final class GuardedHandler implements StreamingChatResponseHandler {

    private final StreamingChatResponseHandler handler;
    private final Passage passage;
    private final Queue<Consumer<StreamingChatResponseHandler>> held = new ArrayDeque<>();
    private boolean ended;

    /** @param passage is closed when the reply ends */
    GuardedHandler(StreamingChatResponseHandler handler, Passage passage) {
        this.handler = handler;
        this.passage = passage;
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
        held.add(show);
        switch (passage.append(words)) {
            case PENDING -> {}
            case ADMITTED -> showHeld();
            case REFUSED -> refuse(passage.finish());
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse completeResponse) {
        if (ended) {
            return;
        }
        if (passage.isBlank()) {
            // A model that tells no tokens has its words here alone.
            passage.append(Texts.of(completeResponse.aiMessage()));
        }
        if (!passage.isBlank()) {
            Ruling ruling = passage.finish();
            if (!ruling.admitted()) {
                refuse(ruling);
                return;
            }
        }
        end();
        showHeld();
        handler.onCompleteResponse(completeResponse);
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
        passage.close();
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
