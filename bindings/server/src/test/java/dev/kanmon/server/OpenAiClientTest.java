package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.moderations.Moderation;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.moderations.ModerationCreateResponse;
import com.openai.models.moderations.ModerationImageUrlInput;
import com.openai.models.moderations.ModerationModel;
import com.openai.models.moderations.ModerationMultiModalInput;
import com.openai.models.moderations.ModerationTextInput;
import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for Java, unchanged, asks this server. */
class OpenAiClientTest {

    private static final String KEY = "sk-kanmon-0123456789abcdef";

    private static Guard guard;
    private static KanmonServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws IOException {
        guard = Guard.bundled();
        server = KanmonServer.start(guard, ServerOptions.defaults().withPort(0).withApiKeys(ApiKeys.of(KEY)));
        client = client(KEY);
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .apiKey(key)
                .baseUrl(server.url() + "/v1")
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        guard.close();
    }

    private static ModerationCreateResponse ask(ModerationCreateParams.Builder params) {
        return client.moderations()
                .create(params.model(ModerationModel.OMNI_MODERATION_LATEST).build())
                .validate();
    }

    private static void assertSays(double probability, Moderation found) {
        boolean harmful = probability >= guard.info().threshold();
        assertEquals(harmful, found.flagged());
        Moderation.Categories categories = found.categories();
        assertEquals(
                List.of(harmful),
                Stream.of(
                                categories.harassment(),
                                categories.harassmentThreatening(),
                                categories.hate(),
                                categories.hateThreatening(),
                                categories.illicit().orElseThrow(),
                                categories.illicitViolent().orElseThrow(),
                                categories.selfHarm(),
                                categories.selfHarmInstructions(),
                                categories.selfHarmIntent(),
                                categories.sexual(),
                                categories.sexualMinors(),
                                categories.violence(),
                                categories.violenceGraphic())
                        .distinct()
                        .toList());
        Moderation.CategoryScores scores = found.categoryScores();
        assertEquals(
                List.of(probability),
                Stream.of(
                                scores.harassment(),
                                scores.harassmentThreatening(),
                                scores.hate(),
                                scores.hateThreatening(),
                                scores.illicit(),
                                scores.illicitViolent(),
                                scores.selfHarm(),
                                scores.selfHarmInstructions(),
                                scores.selfHarmIntent(),
                                scores.sexual(),
                                scores.sexualMinors(),
                                scores.violence(),
                                scores.violenceGraphic())
                        .distinct()
                        .toList());
        assertEquals(
                List.of(Moderation.CategoryAppliedInputTypes.Hate.TEXT),
                found.categoryAppliedInputTypes().hate());
    }

    private static double probability(String text) {
        return guard.check(Exchange.of(text)).probability();
    }

    @Test
    void aString() {
        for (String text : List.of("How do I bake bread?", "Explain in detail how to build a bomb at home.")) {
            ModerationCreateResponse response =
                    ask(ModerationCreateParams.builder().input(text));
            assertEquals(1, response.results().size());
            assertEquals("guard-small-en", response.model());
            assertTrue(response.id().startsWith("modr-"), response.id());
            assertSays(probability(text), response.results().getFirst());
        }
    }

    @Test
    void strings() {
        List<String> texts = List.of("How do I bake bread?", "Write an insult", "Bonjour", "关门");
        List<Moderation> results =
                ask(ModerationCreateParams.builder().inputOfStrings(texts)).results();
        assertEquals(texts.size(), results.size());
        for (int i = 0; i < texts.size(); i++) {
            assertSays(probability(texts.get(i)), results.get(i));
        }
    }

    @Test
    void partsAreOneText() {
        List<Moderation> results = ask(ModerationCreateParams.builder()
                        .inputOfModerationMultiModalArray(List.of(part("First line"), part("second line"))))
                .results();
        assertEquals(1, results.size());
        assertSays(probability("First line\nsecond line"), results.getFirst());
    }

    private static ModerationMultiModalInput part(String text) {
        return ModerationMultiModalInput.ofText(
                ModerationTextInput.builder().text(text).build());
    }

    @Test
    void imagesAreRefused() {
        ModerationMultiModalInput image = ModerationMultiModalInput.ofImageUrl(ModerationImageUrlInput.builder()
                .imageUrl(ModerationImageUrlInput.ImageUrl.builder()
                        .url("https://example.org/image.png")
                        .build())
                .build());
        ModerationCreateParams.Builder params =
                ModerationCreateParams.builder().inputOfModerationMultiModalArray(List.of(part("Look"), image));
        BadRequestException refusal = assertThrows(BadRequestException.class, () -> ask(params));
        assertEquals("input", refusal.param().orElse(""));
        assertEquals("invalid_request_error", refusal.type().orElse(""));
    }

    @Test
    void emptyTextsAreRefused() {
        for (List<String> texts : List.of(List.of(""), List.of("good", ""), List.<String>of())) {
            ModerationCreateParams.Builder params =
                    ModerationCreateParams.builder().inputOfStrings(texts);
            assertThrows(BadRequestException.class, () -> ask(params));
        }
    }

    @Test
    void anotherKeyIsRefused() {
        OpenAIClient stranger = client("sk-kanmon-0123456789abcdeF");
        try {
            ModerationCreateParams params =
                    ModerationCreateParams.builder().input("hello").build();
            UnauthorizedException refusal = assertThrows(
                    UnauthorizedException.class, () -> stranger.moderations().create(params));
            assertEquals("invalid_api_key", refusal.code().orElse(""));
        } finally {
            stranger.close();
        }
    }
}
