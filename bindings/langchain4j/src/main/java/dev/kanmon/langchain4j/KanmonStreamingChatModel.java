package dev.kanmon.langchain4j;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.RefusedException;
import dev.kanmon.StreamOptions;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Another streaming model whose replies are judged while they are generated, where {@link KanmonOutputGuardrail} would
 * hold all of a reply back until its end.
 *
 * <p>Words are shown once a judgement that read them has passed: every few words as {@link StreamOptions} says, where the
 * checkpoint's checker is a {@link dev.kanmon.Guard}, and at the end otherwise. A reply is judged together with the last
 * message of the user in the request. A refused one ends with the handler's {@code onError} and a
 * {@link RefusedException}; the model is told to stop if it can be, and chat memory does not get the reply. Thoughts and
 * calls of tools are passed on as they come, unjudged.
 *
 * <p>Judgements run on the thread on which the model tells of its tokens. Immutable; as safe to share between threads
 * as the model is.
 */
public final class KanmonStreamingChatModel implements StreamingChatModel {

    private final StreamingChatModel model;
    private final Checkpoint checkpoint;
    private final StreamOptions options;

    private KanmonStreamingChatModel(StreamingChatModel model, Checkpoint checkpoint, StreamOptions options) {
        this.model = Objects.requireNonNull(model, "model");
        this.checkpoint = Objects.requireNonNull(checkpoint, "checkpoint");
        this.options = Objects.requireNonNull(options, "options");
    }

    /** With the checker's own threshold, refusing what it fails to judge. */
    public static KanmonStreamingChatModel of(StreamingChatModel model, Checker checker) {
        return of(model, Checkpoint.of(checker));
    }

    /** With this threshold and failure mode. */
    public static KanmonStreamingChatModel of(StreamingChatModel model, Checkpoint checkpoint) {
        return new KanmonStreamingChatModel(model, checkpoint, StreamOptions.defaults());
    }

    /** The same model, judged at these points; their threshold is the checkpoint's unless it is set here. */
    public KanmonStreamingChatModel withStreamOptions(StreamOptions newOptions) {
        return new KanmonStreamingChatModel(model, checkpoint, newOptions);
    }

    @Override
    public void chat(ChatRequest request, ChatRequestOptions requestOptions, StreamingChatResponseHandler handler) {
        String instruction = request.messages().reversed().stream()
                .filter(UserMessage.class::isInstance)
                .map(message -> Texts.of((UserMessage) message))
                .findFirst()
                .orElse("");
        model.chat(request, requestOptions, new GuardedHandler(handler, checkpoint.passage(instruction, options)));
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return model.defaultRequestParameters();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return model.listeners();
    }

    @Override
    public ModelProvider provider() {
        return model.provider();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return model.supportedCapabilities();
    }
}
