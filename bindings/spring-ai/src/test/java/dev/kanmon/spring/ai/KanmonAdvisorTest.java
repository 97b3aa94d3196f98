package dev.kanmon.spring.ai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.FailureMode;
import dev.kanmon.Outcome;
import dev.kanmon.RefusedException;
import dev.kanmon.Verdict;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;

class KanmonAdvisorTest {

    private static final String QUESTION = "What is in this soup?";
    private static final String GOOD = "Carrots and leek.";
    private static final String BAD = "A spoon of " + WordChecker.HARMFUL + ".";

    private final WordChecker checker = new WordChecker();
    private final KanmonAdvisor advisor = KanmonAdvisor.of(checker);

    private static ChatClient client(FakeModel model, KanmonAdvisor advisor) {
        return ChatClient.builder(model).defaultAdvisors(advisor).build();
    }

    private static ChatClientResponse ask(FakeModel model, KanmonAdvisor advisor, String question) {
        return Objects.requireNonNull(
                client(model, advisor).prompt(question).call().chatClientResponse());
    }

    @Test
    void aHarmlessReplyIsJudgedWithItsQuestion() {
        ChatClientResponse response = ask(new FakeModel(GOOD), advisor, QUESTION);
        assertEquals(GOOD, Replies.text(response));
        assertEquals(List.of(Exchange.of(QUESTION), Exchange.of(QUESTION, GOOD)), checker.asked);
        assertEquals(WordChecker.LOW, ((Verdict) response.context().get(KanmonAdvisor.REQUEST_VERDICT)).probability());
        assertEquals(WordChecker.LOW, ((Verdict) response.context().get(KanmonAdvisor.REPLY_VERDICT)).probability());
        ChatResponseMetadata metadata = response.chatResponse().getMetadata();
        assertEquals("harmless", metadata.get("kanmon.outcome"));
        assertEquals(WordChecker.LOW, metadata.<Double>get("kanmon.probability"));
        assertEquals(0.5, metadata.<Double>get("kanmon.threshold"));
    }

    @Test
    void aHarmfulQuestionDoesNotReachTheModel() {
        FakeModel model = new FakeModel(GOOD);
        ChatClientResponse response = ask(model, advisor.withRefusal("No."), BAD);
        assertEquals("No.", Replies.text(response));
        assertEquals(
                KanmonAdvisor.FINISH_REASON,
                response.chatResponse().getResult().getMetadata().getFinishReason());
        assertEquals("harmful", response.chatResponse().getMetadata().get("kanmon.outcome"));
        assertEquals(Outcome.HARMFUL, ((Verdict) response.context().get(KanmonAdvisor.REQUEST_VERDICT)).outcome());
        assertEquals(List.of(), model.asked);
    }

    @Test
    void aHarmfulReplyIsReplaced() {
        ChatClientResponse response = ask(new FakeModel(BAD), advisor, QUESTION);
        assertEquals(KanmonAdvisor.DEFAULT_REFUSAL, Replies.text(response));
        assertEquals(WordChecker.LOW, ((Verdict) response.context().get(KanmonAdvisor.REQUEST_VERDICT)).probability());
        assertEquals(WordChecker.HIGH, ((Verdict) response.context().get(KanmonAdvisor.REPLY_VERDICT)).probability());
        assertEquals(WordChecker.HIGH, response.chatResponse().getMetadata().<Double>get("kanmon.probability"));
    }

    @Test
    void exceptionsInPlaceOfRefusals() {
        KanmonAdvisor throwing = advisor.withExceptions();
        var onRequest = assertThrows(RefusedException.class, () -> ask(new FakeModel(GOOD), throwing, BAD));
        assertEquals("refused: harmful (probability of harm 0.900, threshold 0.500)", onRequest.getMessage());
        var onReply = assertThrows(RefusedException.class, () -> ask(new FakeModel(BAD), throwing, QUESTION));
        assertEquals(WordChecker.HIGH, onReply.verdict().orElseThrow().probability());
        assertThrows(
                RefusedException.class,
                () -> client(new FakeModel(BAD), throwing).prompt(QUESTION).stream()
                        .content()
                        .collectList()
                        .block());
    }

    @Test
    void whatWasNotReadToItsEndIsRefused() {
        ChatClientResponse response = ask(new FakeModel("a reply of " + WordChecker.LONG), advisor, QUESTION);
        assertEquals("incomplete", response.chatResponse().getMetadata().get("kanmon.outcome"));
        assertEquals(KanmonAdvisor.DEFAULT_REFUSAL, Replies.text(response));
    }

    @Test
    void thresholdOfTheCheckpoint() {
        KanmonAdvisor lenient = KanmonAdvisor.of(Checkpoint.of(checker).withThreshold(0.95));
        assertEquals(BAD, Replies.text(ask(new FakeModel(BAD), lenient, QUESTION)));
        KanmonAdvisor strict = KanmonAdvisor.of(Checkpoint.of(checker).withThreshold(0.1));
        assertEquals(KanmonAdvisor.DEFAULT_REFUSAL, Replies.text(ask(new FakeModel(GOOD), strict, QUESTION)));
    }

    @Test
    void aGuardThatFails() {
        String reply = "some " + WordChecker.BREAKS;
        ChatClientResponse closed = ask(new FakeModel(reply), advisor, QUESTION);
        assertEquals(KanmonAdvisor.DEFAULT_REFUSAL, Replies.text(closed));
        assertEquals("unjudged", closed.chatResponse().getMetadata().get("kanmon.outcome"));
        assertNull(closed.context().get(KanmonAdvisor.REPLY_VERDICT));
        KanmonAdvisor open = KanmonAdvisor.of(Checkpoint.of(checker).withFailureMode(FailureMode.OPEN));
        ChatClientResponse admitted = ask(new FakeModel(reply), open, WordChecker.BREAKS);
        assertEquals(reply, Replies.text(admitted));
        assertEquals("unjudged", admitted.chatResponse().getMetadata().get("kanmon.outcome"));
        assertEquals(
                reply,
                String.join(
                        "",
                        client(new FakeModel(reply), open).prompt(WordChecker.BREAKS).stream()
                                .content()
                                .collectList()
                                .block()));
    }

    @Test
    void whatHasNoWordsIsNotJudged() {
        assertEquals("", Replies.text(ask(new FakeModel(""), advisor, QUESTION)));
        assertEquals(List.of(Exchange.of(QUESTION)), checker.asked);
        checker.asked.clear();
        FakeModel model = new FakeModel(GOOD);
        client(model, advisor).prompt().system("Be brief.").call().content();
        assertEquals(List.of(Exchange.of("", GOOD)), checker.asked);
    }

    @Test
    void memoryKeepsWhatTheUserSaw() {
        ChatMemory memory = MessageWindowChatMemory.builder().build();
        FakeModel model = new FakeModel(BAD, BAD, GOOD);
        ChatClient client = ChatClient.builder(model)
                .defaultAdvisors(
                        advisor, MessageChatMemoryAdvisor.builder(memory).build())
                .build();
        assertEquals(
                KanmonAdvisor.DEFAULT_REFUSAL,
                inConversation(client, QUESTION).call().content());
        assertEquals(
                List.of(KanmonAdvisor.DEFAULT_REFUSAL),
                inConversation(client, "And now?").stream()
                        .content()
                        .collectList()
                        .block());
        assertEquals(GOOD, inConversation(client, "Really?").call().content());
        assertEquals(
                List.of(
                        QUESTION,
                        KanmonAdvisor.DEFAULT_REFUSAL,
                        "And now?",
                        KanmonAdvisor.DEFAULT_REFUSAL,
                        "Really?",
                        GOOD),
                memory.get("1").stream().map(Message::getText).toList());
        assertEquals(Exchange.of("Really?", GOOD), checker.asked.getLast());
    }

    private static ChatClient.ChatClientRequestSpec inConversation(ChatClient client, String message) {
        return client.prompt(message).advisors(a -> a.param(ChatMemory.CONVERSATION_ID, "1"));
    }

    @Test
    void aStreamThatACheckerCannotFollowIsJudgedAtItsEnd() {
        FakeModel model = new FakeModel(GOOD, BAD);
        List<ChatClientResponse> pieces = client(model, advisor).prompt(QUESTION).stream()
                .chatClientResponse()
                .collectList()
                .block();
        assertEquals(
                List.of("Carrots", " and", " leek."),
                pieces.stream().map(Replies::text).toList());
        assertEquals("harmless", pieces.getLast().chatResponse().getMetadata().get("kanmon.outcome"));
        assertInstanceOf(Verdict.class, pieces.getLast().context().get(KanmonAdvisor.REPLY_VERDICT));
        assertEquals(Exchange.of(QUESTION, GOOD), checker.asked.getLast());
        assertEquals(
                List.of(KanmonAdvisor.DEFAULT_REFUSAL),
                client(model, advisor).prompt(QUESTION).stream()
                        .content()
                        .collectList()
                        .block());
        assertEquals(
                List.of(KanmonAdvisor.DEFAULT_REFUSAL),
                client(model, advisor).prompt(BAD).stream()
                        .content()
                        .collectList()
                        .block());
        assertEquals(2, model.asked.size(), "a refused question");
    }

    @Test
    void nothingOfATextIsInWhatPeopleRead() {
        ChatClientResponse response = ask(new FakeModel(BAD), advisor, "a secret question");
        String context = response.context().toString() + response.chatResponse().getMetadata();
        assertFalse(context.contains("secret") || context.contains(WordChecker.HARMFUL), context);
    }
}
