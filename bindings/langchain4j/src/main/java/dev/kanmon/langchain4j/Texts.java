package dev.kanmon.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.GuardrailRequestParams;
import dev.langchain4j.model.input.PromptTemplate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The words in LangChain4j's messages. */
final class Texts {

    private Texts() {}

    /** The words of a user's message, or the empty string where it has none. */
    static String of(UserMessage message) {
        return of(message.contents());
    }

    /** The words of a reply; one that only calls tools has none. */
    static String of(AiMessage message) {
        return message.text() == null ? "" : message.text();
    }

    private static String of(List<? extends Content> contents) {
        return contents.stream()
                .filter(TextContent.class::isInstance)
                .map(content -> ((TextContent) content).text())
                .collect(Collectors.joining("\n"));
    }

    /**
     * What the reply at hand replies to, or the empty string where the request does not tell.
     *
     * <p>LangChain4j 1.19 has a field for it in the invocation's context, which AI services set after they made the
     * context that guardrails get. So it is made again of the method's template and arguments; a memory, which may
     * have forgotten the message or hold one of another call, comes last.
     */
    static String instruction(GuardrailRequestParams params) {
        var invocation = params.invocationContext();
        if (invocation != null && invocation.userMessage() != null) {
            return of(invocation.userMessage());
        }
        if (!params.userMessageTemplate().isBlank()) {
            return PromptTemplate.from(params.userMessageTemplate())
                    .apply(params.variables())
                    .text();
        }
        String argument = invocation == null ? "" : arguments(invocation.methodArguments());
        if (!argument.isEmpty() || params.chatMemory() == null) {
            return argument;
        }
        return params.chatMemory().messages().reversed().stream()
                .filter(UserMessage.class::isInstance)
                .map(message -> of((UserMessage) message))
                .findFirst()
                .orElse("");
    }

    /** AI services take contents, or lists of them, in place of a template. */
    private static String arguments(List<?> arguments) {
        return arguments.stream()
                .flatMap(argument -> argument instanceof List<?> list ? list.stream() : Stream.of(argument))
                .filter(TextContent.class::isInstance)
                .map(content -> ((TextContent) content).text())
                .collect(Collectors.joining("\n"));
    }
}
