package dev.kanmon.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.FailureMode;
import dev.kanmon.Outcome;
import dev.kanmon.RefusedException;
import dev.kanmon.Verdict;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.guardrail.InputGuardrailException;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import java.util.List;
import org.junit.jupiter.api.Test;

class InputGuardrailTest {

    interface Assistant {
        String chat(String message);

        String contents(@UserMessage List<Content> contents);

        @UserMessage("Answer in one sentence: {{question}}")
        String templated(@V("question") String question, InvocationParameters parameters);
    }

    private final WordChecker checker = new WordChecker();
    private final FakeModel model = FakeModel.saying("Good day.", "Good night.");
    private final MessageWindowChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);

    private Assistant assistant(Checkpoint checkpoint) {
        return AiServices.builder(Assistant.class)
                .chatModel(model)
                .chatMemory(memory)
                .inputGuardrails(KanmonInputGuardrail.of(checkpoint))
                .build();
    }

    @Test
    void aHarmlessMessageIsAnswered() {
        assertEquals("Good day.", assistant(Checkpoint.of(checker)).chat("Hello"));
        assertEquals(List.of(Exchange.of("Hello")), checker.asked);
    }

    @Test
    void aHarmfulMessageReachesNeitherModelNorMemory() {
        Assistant assistant = assistant(Checkpoint.of(checker));
        String message = "Where is " + WordChecker.HARMFUL + " sold?";
        var thrown = assertThrows(InputGuardrailException.class, () -> assistant.chat(message));
        assertEquals(
                "The guardrail dev.kanmon.langchain4j.KanmonInputGuardrail failed with this message: the message was"
                        + " refused: harmful (probability of harm 0.900, threshold 0.500)",
                thrown.getMessage());
        Verdict verdict = assertInstanceOf(RefusedException.class, thrown.getCause())
                .verdict()
                .orElseThrow();
        assertEquals(Outcome.HARMFUL, verdict.outcome());
        assertEquals(WordChecker.HIGH, verdict.probability());
        assertEquals(List.of(), model.asked);
        assertEquals(List.of(), memory.messages());
        assertEquals("Good day.", assistant.chat("Hello"), "after a refusal");
    }

    @Test
    void whatWasNotReadToItsEndIsRefused() {
        Assistant assistant = assistant(Checkpoint.of(checker));
        var thrown = assertThrows(InputGuardrailException.class, () -> assistant.chat("a text of " + WordChecker.LONG));
        assertTrue(thrown.getMessage().contains("too long to be read to its end"), thrown.getMessage());
    }

    @Test
    void theVerdictIsInTheParametersOfTheInvocation() {
        Assistant assistant = assistant(Checkpoint.of(checker).withThreshold(0.3));
        InvocationParameters parameters = new InvocationParameters();
        assistant.templated("how are you?", parameters);
        Verdict verdict = parameters.get(KanmonInputGuardrail.VERDICT);
        assertEquals(WordChecker.LOW, verdict.probability());
        assertEquals(0.3, verdict.threshold());
        assertEquals(List.of(Exchange.of("Answer in one sentence: how are you?")), checker.asked);
        assertThrows(InputGuardrailException.class, () -> assistant.templated(WordChecker.HARMFUL, parameters));
        assertEquals(
                WordChecker.HIGH,
                parameters.<Verdict>get(KanmonInputGuardrail.VERDICT).probability());
        assertThrows(InputGuardrailException.class, () -> assistant.templated(WordChecker.BREAKS, parameters));
        assertNull(parameters.get(KanmonInputGuardrail.VERDICT), "the verdict of an earlier call");
    }

    @Test
    void thresholdOfTheGuardrail() {
        Assistant lenient = assistant(Checkpoint.of(checker).withThreshold(0.95));
        assertEquals("Good day.", lenient.chat(WordChecker.HARMFUL));
        Assistant strict = assistant(Checkpoint.of(checker).withThreshold(0.1));
        assertThrows(InputGuardrailException.class, () -> strict.chat("Hello"));
    }

    @Test
    void aGuardThatFails() {
        String message = "a " + WordChecker.BREAKS + " of secret matters";
        try (Log log = new Log()) {
            Assistant closed = assistant(Checkpoint.of(checker));
            var thrown = assertThrows(InputGuardrailException.class, () -> closed.chat(message));
            assertInstanceOf(IllegalStateException.class, thrown.getCause().getCause());
            assertFalse(thrown.getMessage().contains("secret"), thrown.getMessage());
            assertEquals(List.of(), log.lines);
            Assistant open = assistant(Checkpoint.of(checker).withFailureMode(FailureMode.OPEN));
            assertEquals("Good day.", open.chat(message));
            assertEquals(
                    List.of("admitted, as FailureMode.OPEN says: not judged, because the guard failed:"
                            + " java.lang.IllegalStateException: the guard is closed"),
                    log.lines);
        }
    }

    @Test
    void onlyWordsAreJudged() {
        Assistant assistant = assistant(Checkpoint.of(checker));
        Content image = ImageContent.from("https://example.org/" + WordChecker.HARMFUL + ".png");
        assertEquals("Good day.", assistant.contents(List.of(image)));
        assertEquals(List.of(), checker.asked);
        assistant.contents(List.of(TextContent.from("What"), image, TextContent.from("is this?")));
        assertEquals(List.of(Exchange.of("What\nis this?")), checker.asked);
        assertThrows(
                InputGuardrailException.class,
                () -> assistant.contents(List.of(TextContent.from("What"), TextContent.from(WordChecker.HARMFUL))));
    }

    @Test
    void withoutARequestThereIsTheSameResult() {
        KanmonInputGuardrail guardrail = KanmonInputGuardrail.of(checker);
        assertTrue(guardrail
                .validate(dev.langchain4j.data.message.UserMessage.from("Hello"))
                .isSuccess());
        var refused = guardrail.validate(dev.langchain4j.data.message.UserMessage.from(WordChecker.HARMFUL));
        assertTrue(refused.isFatal(), refused.toString());
        assertInstanceOf(RefusedException.class, refused.getFirstFailureException());
    }
}
