package dev.kanmon.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.FailureMode;
import dev.kanmon.RefusedException;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.moderation.ModerationRequest;
import dev.langchain4j.model.moderation.listener.ModerationModelListener;
import dev.langchain4j.model.moderation.listener.ModerationModelResponseContext;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Moderate;
import dev.langchain4j.service.ModerationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModerationModelTest {

    interface Assistant {
        @Moderate
        @dev.langchain4j.service.SystemMessage("Be kind.")
        String chat(String message);
    }

    private final WordChecker checker = new WordChecker();

    @Test
    void anAiServiceWithModeration() {
        Assistant assistant = assistant(KanmonModerationModel.of(checker));
        assertEquals("Hello.", assistant.chat("Good day"));
        assertEquals(List.of(Exchange.of("Be kind."), Exchange.of("Good day")), checker.asked);
        var thrown = assertThrows(ModerationException.class, () -> assistant.chat("Some " + WordChecker.HARMFUL));
        assertEquals("Text \"2 of 2, not shown\" violates content policy", thrown.getMessage());
        Assistant revealing = assistant(KanmonModerationModel.of(checker).withFlaggedText());
        thrown = assertThrows(ModerationException.class, () -> revealing.chat("Some " + WordChecker.HARMFUL));
        assertEquals("Some " + WordChecker.HARMFUL, thrown.moderation().flaggedText());
    }

    private static Assistant assistant(KanmonModerationModel model) {
        return AiServices.builder(Assistant.class)
                .chatModel(FakeModel.saying("Hello.", "Hello."))
                .moderationModel(model)
                .build();
    }

    @Test
    void aConversationIsJudgedInPairs() {
        List<String> told = new ArrayList<>();
        KanmonModerationModel model = KanmonModerationModel.of(checker).withListeners(new ModerationModelListener() {
            @Override
            public void onResponse(ModerationModelResponseContext context) {
                told.add(context.moderationRequest().modelName() + " "
                        + context.moderationResponse().moderation().flagged());
            }
        });
        var response = model.moderate(List.of(
                SystemMessage.from("Be kind."),
                UserMessage.from("First?"),
                AiMessage.from(ToolExecutionRequest.builder().name("time").build()),
                AiMessage.from("One."),
                UserMessage.from(ImageContent.from("https://example.org/a.png")),
                AiMessage.from("A " + WordChecker.HARMFUL + " tree.")));
        assertEquals(
                List.of(
                        Exchange.of("Be kind."),
                        Exchange.of("First?"),
                        Exchange.of("First?", "One."),
                        Exchange.of("", "A " + WordChecker.HARMFUL + " tree.")),
                checker.asked);
        assertTrue(response.content().flagged());
        assertEquals("4 of 4, not shown", response.content().flaggedText());
        assertEquals(
                Map.of(
                        "kanmon.outcome",
                        "harmful",
                        "kanmon.probability",
                        WordChecker.HIGH,
                        "kanmon.threshold",
                        0.5,
                        "kanmon.text",
                        3,
                        "kanmon.probabilities",
                        List.of(WordChecker.LOW, WordChecker.LOW, WordChecker.LOW, WordChecker.HIGH)),
                response.metadata());
        assertEquals(List.of("WordChecker true"), told);
    }

    @Test
    void plainTexts() {
        KanmonModerationModel model =
                KanmonModerationModel.of(Checkpoint.of(checker).withThreshold(0.15));
        var response = model.moderate(
                ModerationRequest.builder().texts(List.of(" ", "Hello")).build());
        assertTrue(response.moderation().flagged());
        assertEquals(List.of(0.0, WordChecker.LOW), response.metadata().get("kanmon.probabilities"));
        assertEquals(1, response.metadata().get("kanmon.text"));
        assertFalse(model.moderate("  ").content().flagged());
        assertEquals(List.of(Exchange.of("Hello")), checker.asked, "blank texts");
        var harmless = KanmonModerationModel.of(checker).moderate("Hello");
        assertFalse(harmless.content().flagged());
        assertEquals("harmless", harmless.metadata().get("kanmon.outcome"));
        var incomplete = KanmonModerationModel.of(checker).moderate(WordChecker.LONG);
        assertTrue(incomplete.content().flagged());
        assertEquals("incomplete", incomplete.metadata().get("kanmon.outcome"));
    }

    @Test
    void aGuardThatFails() {
        KanmonModerationModel closed = KanmonModerationModel.of(checker);
        var thrown = assertThrows(RefusedException.class, () -> closed.moderate("a secret " + WordChecker.BREAKS));
        assertFalse(thrown.getMessage().contains("secret"), thrown.getMessage());
        try (Log log = new Log()) {
            var open = KanmonModerationModel.of(Checkpoint.of(checker).withFailureMode(FailureMode.OPEN))
                    .moderate("a secret " + WordChecker.BREAKS);
            assertFalse(open.content().flagged());
            assertEquals(Map.of("kanmon.outcome", "unjudged"), open.metadata());
            assertEquals(1, log.lines.size(), log.lines.toString());
        }
    }
}
