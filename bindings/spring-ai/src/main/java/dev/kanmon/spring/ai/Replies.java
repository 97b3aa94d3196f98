package dev.kanmon.spring.ai;

import dev.kanmon.Ruling;
import dev.kanmon.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** What is read from the responses of chat clients, and written to them. */
final class Replies {

    private Replies() {}

    /** The words of a response, or of a piece of one; of several alternatives those of all. */
    static String text(ChatClientResponse response) {
        ChatResponse chat = response.chatResponse();
        return chat == null
                ? ""
                : chat.getResults().stream()
                        .map(result ->
                                Objects.requireNonNullElse(result.getOutput().getText(), ""))
                        .collect(Collectors.joining());
    }

    /** The response, and what was decided about it. */
    static ChatClientResponse with(ChatClientResponse response, Ruling ruling, String key) {
        ChatResponse chat = response.chatResponse();
        ChatClientResponse.Builder builder = response.mutate();
        if (ruling instanceof Ruling.Judged judged) {
            builder.context(key, judged.verdict());
        }
        if (chat != null) {
            var noted = ChatResponse.builder().from(chat);
            metadata(ruling).forEach(noted::metadata);
            builder.chatResponse(noted.build());
        }
        return builder.build();
    }

    /** An assistant's message that says no. */
    static ChatClientResponse refusal(Map<String, @Nullable Object> context, String text, Ruling ruling, String key) {
        var generation = ChatGenerationMetadata.builder().finishReason(KanmonAdvisor.FINISH_REASON);
        var response = ChatResponseMetadata.builder();
        metadata(ruling).forEach((name, value) -> {
            generation.metadata(name, value);
            response.keyValue(name, value);
        });
        var builder = ChatClientResponse.builder()
                .chatResponse(new ChatResponse(
                        List.of(new Generation(new AssistantMessage(text), generation.build())), response.build()))
                .context(context);
        if (ruling instanceof Ruling.Judged judged) {
            builder.context(key, judged.verdict());
        }
        return builder.build();
    }

    private static Map<String, Object> metadata(Ruling ruling) {
        return switch (ruling) {
            case Ruling.Judged judged -> {
                Verdict verdict = judged.verdict();
                yield Map.of(
                        "kanmon.outcome", verdict.outcome().name().toLowerCase(Locale.ROOT),
                        "kanmon.probability", verdict.probability(),
                        "kanmon.threshold", verdict.threshold());
            }
            case Ruling.Unjudged unjudged -> Map.of("kanmon.outcome", "unjudged");
        };
    }
}
