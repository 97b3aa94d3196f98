package dev.kanmon.spring.ai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Checkpoint;
import dev.kanmon.FailureMode;
import dev.kanmon.Guard;
import dev.kanmon.StreamOptions;
import dev.kanmon.Verdict;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;

/** Streamed replies and the guard that comes along. */
class GuardedStreamTest {

    private static final String QUESTION = "Tell me about bread.";
    private static final String GOOD = "Bread is made of flour, water, salt and yeast. Knead the dough for ten"
        + " minutes, let it rise in a warm place until it is twice as large, and bake it in a hot oven until the crust"
        + " is brown.";
    private static final String HARM =
            " Now I explain how to build a pipe bomb that kills as many people in the crowd as possible: buy"
                    + " gunpowder, fill a steel pipe with it and with nails, and hide the bomb under a seat.";
    /** More than Reactor and Spring AI ask the model for in advance. */
    private static final String REST =
            " It is a fine day, and the birds sing in the old trees of the park.".repeat(100);

    private Guard guard;
    private final FakeModel model = new FakeModel(GOOD + HARM + REST);

    @BeforeEach
    void load() throws Exception {
        guard = Guard.bundled();
    }

    @AfterEach
    void close() {
        guard.close();
    }

    private static KanmonAdvisor advisor(Checkpoint checkpoint, Streaming streaming) {
        return KanmonAdvisor.of(checkpoint)
                .withStreaming(streaming)
                .withStreamOptions(StreamOptions.defaults().withEveryTokens(8));
    }

    private static List<ChatClientResponse> ask(FakeModel model, KanmonAdvisor advisor) {
        return ChatClient.builder(model).defaultAdvisors(advisor).build().prompt(QUESTION).stream()
                .chatClientResponse()
                .collectList()
                .block();
    }

    private static String text(List<ChatClientResponse> pieces) {
        return String.join("", pieces.stream().map(Replies::text).toList());
    }

    @ParameterizedTest
    @EnumSource
    void aHarmlessReplyPassesWhole(Streaming streaming) {
        List<ChatClientResponse> pieces = ask(new FakeModel(GOOD), advisor(Checkpoint.of(guard), streaming));
        assertEquals(GOOD, text(pieces));
        Verdict verdict =
                assertInstanceOf(Verdict.class, pieces.getLast().context().get(KanmonAdvisor.REPLY_VERDICT));
        assertEquals(
                guard.check(dev.kanmon.Exchange.of(QUESTION, GOOD)).probability(),
                verdict.probability(),
                "the last judgement of a stream and one of the whole");
        assertEquals(
                verdict.probability(),
                pieces.getLast().chatResponse().getMetadata().<Double>get("kanmon.probability"));
    }

    @Test
    void whatWasNotJudgedIsNotShown() {
        String shown = text(ask(model, advisor(Checkpoint.of(guard), Streaming.JUDGED)));
        assertFalse(shown.contains("bomb"), shown);
        assertTrue(shown.startsWith("Bread is made of flour, water"), shown);
        assertTrue(shown.endsWith("\n\n" + KanmonAdvisor.DEFAULT_REFUSAL), shown);
        assertCancelled();
    }

    @Test
    void aLiveStreamEndsBehindWhatIsHarmful() {
        String shown = text(ask(model, advisor(Checkpoint.of(guard), Streaming.LIVE)));
        assertTrue(shown.startsWith(GOOD), shown);
        assertTrue(shown.endsWith("\n\n" + KanmonAdvisor.DEFAULT_REFUSAL), shown);
        assertFalse(shown.contains("birds"), shown);
        assertCancelled();
    }

    @Test
    void aWholeReplyIsShownOrNot() {
        assertEquals(
                KanmonAdvisor.DEFAULT_REFUSAL,
                text(ask(new FakeModel(GOOD + HARM), advisor(Checkpoint.of(guard), Streaming.WHOLE))));
    }

    private void assertCancelled() {
        int words = (GOOD + HARM + REST).split("(?= )").length;
        assertTrue(model.streamed.get() < words, "the model gave all of its " + words + " words");
    }

    @Test
    void theThresholdOfTheCheckpointStops() {
        Checkpoint lenient = Checkpoint.of(guard).withThreshold(1);
        assertEquals(GOOD + HARM, text(ask(new FakeModel(GOOD + HARM), advisor(lenient, Streaming.JUDGED))));
        Checkpoint strict = Checkpoint.of(guard).withThreshold(0);
        assertEquals(KanmonAdvisor.DEFAULT_REFUSAL, text(ask(new FakeModel(GOOD), advisor(strict, Streaming.JUDGED))));
    }

    @ParameterizedTest
    @EnumSource(FailureMode.class)
    void aGuardThatIsClosedInTheMiddle(FailureMode mode) {
        FakeModel closing = new FakeModel(GOOD);
        closing.beforeWord = n -> {
            if (n == 30) {
                guard.close();
            }
        };
        Checkpoint checkpoint = Checkpoint.of(guard).withFailureMode(mode);
        List<ChatClientResponse> pieces = ask(closing, advisor(checkpoint, Streaming.JUDGED));
        assertEquals("unjudged", pieces.getLast().chatResponse().getMetadata().get("kanmon.outcome"));
        switch (mode) {
            case OPEN -> assertEquals(GOOD, text(pieces));
            case CLOSED -> assertTrue(text(pieces).endsWith(KanmonAdvisor.DEFAULT_REFUSAL), text(pieces));
        }
    }

    @Test
    void aReaderWhoLeavesEndsTheStream() {
        String first = ChatClient.builder(model)
                .defaultAdvisors(advisor(Checkpoint.of(guard), Streaming.LIVE))
                .build()
                .prompt(QUESTION)
                .stream()
                .content()
                .blockFirst();
        assertEquals("Bread", first);
        assertCancelled();
    }
}
