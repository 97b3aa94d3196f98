package dev.kanmon.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** Replies what it was told to, one reply a call; as a stream a word a token, as LangChain4j's own models do. */
final class FakeModel implements ChatModel, StreamingChatModel {

    private final Deque<AiMessage> replies = new ArrayDeque<>();
    final List<List<ChatMessage>> asked = new ArrayList<>();

    FakeModel(AiMessage... replies) {
        this.replies.addAll(List.of(replies));
    }

    static FakeModel saying(String... replies) {
        return new FakeModel(List.of(replies).stream().map(AiMessage::from).toArray(AiMessage[]::new));
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        asked.add(request.messages());
        return ChatResponse.builder()
                .aiMessage(replies.remove())
                .tokenUsage(new TokenUsage(1, 1))
                .build();
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        ChatResponse response = doChat(request);
        if (response.aiMessage().text() != null) {
            for (String token : response.aiMessage().text().split("(?= )")) {
                handler.onPartialResponse(token);
            }
        }
        try {
            handler.onCompleteResponse(response);
        } catch (RuntimeException e) {
            handler.onError(e);
        }
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return DefaultChatRequestParameters.EMPTY;
    }

    @Override
    public List<ChatModelListener> listeners() {
        return List.of();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of();
    }
}
