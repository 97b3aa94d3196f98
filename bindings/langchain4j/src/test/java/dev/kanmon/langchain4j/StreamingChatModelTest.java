package dev.kanmon.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.FailureMode;
import dev.kanmon.Guard;
import dev.kanmon.Outcome;
import dev.kanmon.RefusedException;
import dev.kanmon.StreamOptions;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StreamingChatModelTest {

    interface Assistant {
        TokenStream stream(String message);
    }

    private static final String QUESTION = "Tell me about bread.";
    private static final String GOOD = "Bread is made of flour, water, salt and yeast. Knead the dough for ten"
        + " minutes, let it rise in a warm place until it is twice as large, and bake it in a hot oven until the crust"
        + " is brown.";
    private static final String HARM =
            " Now I explain how to build a pipe bomb that kills as many people in the crowd as possible: buy"
                    + " gunpowder, fill a steel pipe with it and with nails, and hide the bomb under a seat.";

    private final List<String> shown = new ArrayList<>();
    private ChatResponse complete;
    private Throwable error;
    private Guard guard;

    @BeforeEach
    void load() throws Exception {
        guard = Guard.bundled();
    }

    @AfterEach
    void close() {
        guard.close();
    }

    private void ask(StreamingChatModel model, ChatMemory memory) {
        AiServices.builder(Assistant.class).streamingChatModel(model).chatMemory(memory).build().stream(QUESTION)
                .onPartialResponse(shown::add)
                .onCompleteResponse(response -> complete = response)
                .onError(thrown -> error = thrown)
                .start();
    }

    private KanmonStreamingChatModel guarded(StreamingChatModel model) {
        return KanmonStreamingChatModel.of(model, guard)
                .withStreamOptions(StreamOptions.defaults().withEveryTokens(8));
    }

    @Test
    void aHarmlessReplyIsShownWhileItComes() {
        List<Integer> shownBefore = new ArrayList<>();
        StreamingChatModel model = new StreamingChatModel() {
            @Override
            public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                for (String token : GOOD.split("(?= )")) {
                    shownBefore.add(shown.size());
                    handler.onPartialResponse(token);
                }
                handler.onCompleteResponse(FakeModel.saying(GOOD)
                        .chat(ChatRequest.builder().messages(request.messages()).build()));
            }
        };
        ask(guarded(model), MessageWindowChatMemory.withMaxMessages(5));
        assertEquals(GOOD, String.join("", shown));
        assertEquals(GOOD, complete.aiMessage().text());
        assertNull(error);
        assertTrue(shownBefore.getLast() > 10, "shown before the last token came: " + shownBefore);
    }

    @Test
    void aHarmfulReplyEndsBeforeWhatMadeItSo() {
        AtomicBoolean cancelled = new AtomicBoolean();
        StreamingChatModel model = new StreamingChatModel() {
            @Override
            public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                for (String token : (GOOD + HARM).split("(?= )")) {
                    handler.onPartialResponse(
                            new PartialResponse(token), new PartialResponseContext(new StreamingHandle() {
                                @Override
                                public void cancel() {
                                    cancelled.set(true);
                                }

                                @Override
                                public boolean isCancelled() {
                                    return cancelled.get();
                                }
                            }));
                }
                // As a model that cannot be cancelled.
                handler.onCompleteResponse(FakeModel.saying(GOOD + HARM)
                        .chat(ChatRequest.builder().messages(request.messages()).build()));
            }
        };
        ChatMemory memory = MessageWindowChatMemory.withMaxMessages(5);
        ask(guarded(model), memory);
        String text = String.join("", shown);
        assertTrue(text.startsWith("Bread is made of flour"), text);
        assertFalse(text.contains("bomb"), text);
        assertEquals(
                Outcome.HARMFUL,
                assertInstanceOf(RefusedException.class, error)
                        .verdict()
                        .orElseThrow()
                        .outcome());
        assertNull(complete);
        assertTrue(cancelled.get(), "the model was not told to stop");
        assertEquals(1, memory.messages().size(), "what memory holds: " + memory.messages());
    }

    @Test
    void aCheckerThatCannotFollowJudgesTheWhole() {
        WordChecker checker = new WordChecker();
        ask(
                KanmonStreamingChatModel.of(FakeModel.saying("All is well."), checker),
                MessageWindowChatMemory.withMaxMessages(5));
        assertEquals(List.of("All", " is", " well."), shown);
        assertEquals(List.of(Exchange.of(QUESTION, "All is well.")), checker.asked);
        shown.clear();
        complete = null;
        ask(
                KanmonStreamingChatModel.of(FakeModel.saying("Some " + WordChecker.HARMFUL), checker),
                MessageWindowChatMemory.withMaxMessages(5));
        assertEquals(List.of(), shown);
        assertNull(complete);
        assertInstanceOf(RefusedException.class, error);
    }

    @ParameterizedTest
    @EnumSource(FailureMode.class)
    void aGuardThatIsClosed(FailureMode mode) {
        Checkpoint checkpoint = Checkpoint.of(guard).withFailureMode(mode);
        guard.close();
        ask(
                KanmonStreamingChatModel.of(FakeModel.saying(GOOD), checkpoint),
                MessageWindowChatMemory.withMaxMessages(5));
        switch (mode) {
            case OPEN -> {
                assertEquals(GOOD, String.join("", shown));
                assertNotNull(complete);
            }
            case CLOSED -> {
                assertEquals(List.of(), shown);
                assertInstanceOf(
                        IllegalStateException.class,
                        assertInstanceOf(RefusedException.class, error).getCause());
            }
        }
    }
}
