package dev.kanmon.spring.ai;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;

/** Replies what it was told to, one reply a call; as a stream one word after the other, as they are asked for. */
public final class FakeModel implements ChatModel {

    private final Deque<String> replies = new ArrayDeque<>();
    public final List<Prompt> asked = new ArrayList<>();

    /** Words that the last stream gave. */
    public final AtomicInteger streamed = new AtomicInteger();

    /** Is told the number of each word of a stream before it is given. */
    IntConsumer beforeWord = n -> {};

    public FakeModel(String... replies) {
        this.replies.addAll(List.of(replies));
    }

    @Override
    public ChatResponse call(Prompt prompt) {
        asked.add(prompt);
        return response(replies.remove());
    }

    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        asked.add(prompt);
        String[] words = replies.remove().split("(?= )");
        streamed.set(0);
        return Flux.generate(() -> 0, (n, sink) -> {
            beforeWord.accept(n);
            streamed.incrementAndGet();
            sink.next(response(words[n]));
            if (n + 1 == words.length) {
                sink.complete();
            }
            return n + 1;
        });
    }

    private static ChatResponse response(String text) {
        return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
    }
}
