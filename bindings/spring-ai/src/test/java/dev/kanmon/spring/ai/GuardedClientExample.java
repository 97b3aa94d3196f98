package dev.kanmon.spring.ai;

import dev.kanmon.Checkpoint;
import dev.kanmon.Guard;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;

/** The example in the package's documentation; KanmonApplicationTest runs it. */
public final class GuardedClientExample {

    private GuardedClientExample() {}

    public static ChatClient client(ChatModel model, Guard guard) {
        // @start region="client"
        ChatClient client = ChatClient.builder(model)
                .defaultAdvisors(KanmonAdvisor.of(Checkpoint.of(guard).withPolicy("strict")))
                .build();
        // @end
        return client;
    }
}
