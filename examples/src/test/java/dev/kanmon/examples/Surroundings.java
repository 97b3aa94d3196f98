package dev.kanmon.examples;

import dev.kanmon.Guard;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What the snippets of the README take for granted, under the names that they use. */
public abstract class Surroundings implements AutoCloseable {

    protected final String instruction = "How do I bake bread?";
    protected final String reply = "Mix flour, water, salt and yeast, let the dough rise, and bake it hot.";
    protected final Guard guard;
    /** LangChain4j's. */
    protected final ChatModel chatModel = new ChatModel() {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            return ChatResponse.builder().aiMessage(AiMessage.from(reply)).build();
        }
    };

    protected Surroundings() {
        try {
            guard = Guard.bundled();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public abstract void run() throws Exception;

    @Override
    public void close() {
        guard.close();
    }
}
