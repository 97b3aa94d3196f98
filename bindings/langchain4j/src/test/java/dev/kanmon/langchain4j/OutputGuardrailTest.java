package dev.kanmon.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.FailureMode;
import dev.kanmon.RefusedException;
import dev.kanmon.Verdict;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.guardrail.ChatExecutor;
import dev.langchain4j.guardrail.GuardrailRequestParams;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OutputGuardrailTest {

    interface Assistant {
        String chat(String message);

        String contents(@UserMessage List<Content> contents);

        @UserMessage("Answer in one sentence: {{question}}")
        String templated(@V("question") String question, InvocationParameters parameters);

        TokenStream stream(String message);
    }

    /** A tool for the model. */
    public static final class Clock {
        @Tool("the time")
        public String time() {
            return "noon";
        }
    }

    private static final String BAD = "Take some " + WordChecker.HARMFUL + " and wait";

    private final WordChecker checker = new WordChecker();
    private final ChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);

    private Assistant assistant(FakeModel model, KanmonOutputGuardrail guardrail) {
        return builder(model, guardrail).chatMemory(memory).build();
    }

    private static AiServices<Assistant> builder(FakeModel model, KanmonOutputGuardrail guardrail) {
        return AiServices.builder(Assistant.class)
                .chatModel(model)
                .streamingChatModel(model)
                .outputGuardrails(guardrail);
    }

    @Test
    void aReplyIsJudgedWithWhatItRepliesTo() {
        KanmonOutputGuardrail guardrail = KanmonOutputGuardrail.of(checker);
        FakeModel model = FakeModel.saying("One.", "Two.", "Three.", "Four.");
        Assistant remembering = assistant(model, guardrail);
        assertEquals("One.", remembering.chat("First?"));
        assertEquals("Two.", remembering.templated("Second?", new InvocationParameters()));
        assertEquals("Three.", builder(model, guardrail).build().chat("Third?"));
        assertEquals("Four.", remembering.contents(List.of(TextContent.from("Fourth"), TextContent.from("part?"))));
        assertEquals(
                List.of(
                        Exchange.of("First?", "One."),
                        Exchange.of("Answer in one sentence: Second?", "Two."),
                        Exchange.of("Third?", "Three."),
                        Exchange.of("Fourth\npart?", "Four.")),
                checker.asked);
    }

    @Test
    void aRefusedReplyIsTakenOutOfTheMemory() {
        Assistant assistant = assistant(FakeModel.saying(BAD, "Hello."), KanmonOutputGuardrail.of(checker));
        var thrown = assertThrows(OutputGuardrailException.class, () -> assistant.chat("Anything?"));
        assertEquals(
                "The guardrail dev.kanmon.langchain4j.KanmonOutputGuardrail failed with this message: the reply was"
                        + " refused: harmful (probability of harm 0.900, threshold 0.500)",
                thrown.getMessage());
        assertEquals(
                WordChecker.HIGH,
                assertInstanceOf(RefusedException.class, thrown.getCause())
                        .verdict()
                        .orElseThrow()
                        .probability());
        assertFalse(memory.messages().toString().contains(WordChecker.HARMFUL), "the memory keeps the refused reply");
        assertEquals("Hello.", assistant.chat("Again?"), "after a refusal");
    }

    @Test
    void anotherTextInPlaceOfTheReply() {
        KanmonOutputGuardrail guardrail = KanmonOutputGuardrail.of(checker).withRefusal("I'd rather not.");
        InvocationParameters parameters = new InvocationParameters();
        assertEquals(
                "I'd rather not.", assistant(FakeModel.saying(BAD), guardrail).templated("Well?", parameters));
        assertEquals(
                WordChecker.HIGH,
                parameters.<Verdict>get(KanmonOutputGuardrail.VERDICT).probability());
    }

    @Test
    void theModelIsAskedAgain() {
        KanmonOutputGuardrail guardrail = KanmonOutputGuardrail.of(checker).withReprompt("Answer without harm.");
        FakeModel model = FakeModel.saying(BAD, "Drink water.", BAD, BAD);
        assertEquals("Drink water.", assistant(model, guardrail).chat("I'm thirsty."));
        assertTrue(model.asked.getLast().toString().contains("Answer without harm."), "the second question");
        assertEquals(Exchange.of("I'm thirsty.", "Drink water."), checker.asked.getLast());
        var thrown = assertThrows(
                OutputGuardrailException.class,
                () -> assistant(model, guardrail).chat("Still thirsty."),
                "two attempts are LangChain4j's default");
        assertFalse(thrown.getMessage().contains(WordChecker.HARMFUL), thrown.getMessage());
    }

    @Test
    void aGuardThatFails() {
        String reply = "a " + WordChecker.BREAKS;
        Assistant closed = assistant(FakeModel.saying(reply), KanmonOutputGuardrail.of(checker));
        assertThrows(OutputGuardrailException.class, () -> closed.chat("Anything?"));
        Checkpoint open = Checkpoint.of(checker).withFailureMode(FailureMode.OPEN);
        try (Log log = new Log()) {
            assertEquals(
                    reply,
                    assistant(FakeModel.saying(reply), KanmonOutputGuardrail.of(open))
                            .chat("Anything?"));
            assertEquals(1, log.lines.size(), log.lines.toString());
        }
    }

    @Test
    void afterToolsTheLastReplyIsJudgedWithTheUsersMessage() {
        FakeModel model = new FakeModel(
                AiMessage.from(ToolExecutionRequest.builder()
                        .id("1")
                        .name("time")
                        .arguments("{}")
                        .build()),
                AiMessage.from("It is noon."));
        Assistant assistant = builder(model, KanmonOutputGuardrail.of(checker))
                .chatMemory(memory)
                .tools(new Clock())
                .build();
        assertEquals("It is noon.", assistant.chat("What time is it?"));
        assertEquals(List.of(Exchange.of("What time is it?", "It is noon.")), checker.asked);
    }

    @Test
    void ofAStreamNothingIsShownBeforeItIsJudged() {
        List<String> shown = new ArrayList<>();
        AtomicReference<Throwable> error = new AtomicReference<>();
        AtomicReference<ChatResponse> complete = new AtomicReference<>();
        Assistant assistant = assistant(FakeModel.saying("All is well.", BAD), KanmonOutputGuardrail.of(checker));
        assistant.stream("How are you?")
                .onPartialResponse(shown::add)
                .onCompleteResponse(complete::set)
                .onError(error::set)
                .start();
        assertEquals(List.of("All", " is", " well."), shown);
        assertNotNull(complete.get());
        assertEquals(List.of(Exchange.of("How are you?", "All is well.")), checker.asked);
        shown.clear();
        complete.set(null);
        assistant.stream("Anything?")
                .onPartialResponse(shown::add)
                .onCompleteResponse(complete::set)
                .onError(error::set)
                .start();
        assertEquals(List.of(), shown, "tokens of a refused reply");
        assertEquals(null, complete.get());
        assertInstanceOf(
                RefusedException.class,
                assertInstanceOf(OutputGuardrailException.class, error.get()).getCause());
    }

    @Test
    void aRequestThatOnlyHasAMemoryOrNothing() {
        memory.add(dev.langchain4j.data.message.UserMessage.from("From memory?"));
        memory.add(AiMessage.from("Yes."));
        KanmonOutputGuardrail guardrail = KanmonOutputGuardrail.of(checker);
        assertTrue(guardrail.validate(request(memory)).isSuccess());
        assertTrue(guardrail.validate(request(null)).isSuccess());
        assertTrue(guardrail.validate(AiMessage.from(BAD)).isFatal());
        assertEquals(
                List.of(Exchange.of("From memory?", "Yes."), Exchange.of("", "Yes."), Exchange.of("", BAD)),
                checker.asked);
    }

    private static OutputGuardrailRequest request(ChatMemory memory) {
        return OutputGuardrailRequest.builder()
                .responseFromLLM(
                        ChatResponse.builder().aiMessage(AiMessage.from("Yes.")).build())
                .chatExecutor(ChatExecutor.builder((ChatModel) FakeModel.saying())
                        .invocationContext(InvocationContext.builder().build())
                        .chatRequest(ChatRequest.builder()
                                .messages(dev.langchain4j.data.message.UserMessage.from("unused"))
                                .build())
                        .build())
                .requestParams(GuardrailRequestParams.builder()
                        .chatMemory(memory)
                        .userMessageTemplate("")
                        .variables(Map.of())
                        .build())
                .build();
    }
}
