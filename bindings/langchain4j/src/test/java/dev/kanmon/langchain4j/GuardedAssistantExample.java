package dev.kanmon.langchain4j;

import dev.kanmon.Checkpoint;
import dev.kanmon.Guard;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.AiServices;

/** The example in the package's documentation; BundledGuardTest runs it. */
final class GuardedAssistantExample {

    interface Assistant {
        String chat(String message);
    }

    private GuardedAssistantExample() {}

    static Assistant assistant(ChatModel model, Guard guard) {
        // @start region="assistant"
        Checkpoint strict = Checkpoint.of(guard).withPolicy("strict"); // refuses, too, what the guard fails to judge
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(model)
                .inputGuardrails(KanmonInputGuardrail.of(strict))
                .outputGuardrails(KanmonOutputGuardrail.of(strict).withRefusal("I cannot help with that."))
                .build();
        // @end
        return assistant;
    }
}
