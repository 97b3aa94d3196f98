package dev.kanmon.augment.endpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.kanmon.augment.GenerationException;
import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.Message;
import dev.kanmon.augment.Sampling;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.augment.TextGenerators;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server in this JVM that gives prepared answers and remembers what it was asked. */
class EndpointTest {
    private record Asked(String path, String authorization, JsonObject body) {}

    private record Answer(int status, String body, String retryAfter) {}

    private final List<Asked> asked = new ArrayList<>();
    private final Queue<Answer> answers = new ArrayDeque<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private UnaryOperator<String> echo;
    private long serverMillis;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            var text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Answer answer;
            synchronized (this) {
                asked.add(new Asked(
                        exchange.getRequestURI().getPath(),
                        exchange.getRequestHeaders().getFirst("Authorization"),
                        (JsonObject) Json.parse("request", text)));
                answer = echo == null ? answers.remove() : new Answer(200, echo.apply(text), null);
            }
            try {
                Thread.sleep(serverMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (answer.retryAfter() != null) {
                exchange.getResponseHeaders().add("Retry-After", answer.retryAfter());
            }
            var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            atOnce.decrementAndGet();
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address() {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort();
    }

    private Endpoint open(GeneratorOptions options) {
        return Endpoint.open(
                address(),
                options.withModel("some-model"),
                name -> name.equals("MY_KEY") ? "secret" : null,
                Duration.ofMillis(1));
    }

    private void answers(int status, String body) {
        answers.add(new Answer(status, body, null));
    }

    private static String says(String text) {
        return "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                + Json.write(dev.kanmon.formats.json.JsonString.of(text)) + "}}]}";
    }

    private static TextGenerator.Request request(String user, String prefix, Sampling sampling) {
        return new TextGenerator.Request(List.of(Message.system("S"), Message.user(user)), prefix, sampling);
    }

    @Test
    void asksAsTheProtocolSays() {
        answers(200, says("an answer é\n"));
        try (var endpoint = open(GeneratorOptions.defaults().withApiKeyVariable("MY_KEY"))) {
            var sampling = Sampling.defaults()
                    .withTemperature(0.7)
                    .withTopP(0.9)
                    .withMaxTokens(12)
                    .withSeed(3)
                    .withStop(List.of("\n\n"));
            assertEquals(List.of("an answer é\n"), endpoint.generate(List.of(request("U", "", sampling))));
            assertEquals("some-model at " + server.getAddress().getHostString(), endpoint.description());
        }
        assertEquals("/v1/chat/completions", asked.getFirst().path());
        assertEquals("Bearer secret", asked.getFirst().authorization());
        assertEquals(
                "{\"model\":\"some-model\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
                        + "{\"role\":\"user\",\"content\":\"U\"}],\"temperature\":0.7,\"top_p\":0.9,\"max_tokens\":12,"
                        + "\"seed\":3,\"stop\":[\"\\n\\n\"]}",
                asked.getFirst().body().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {" three steps", "Sure, here are three steps"})
    void aPrefixIsGoneOnWith(String content) {
        answers(200, says(content));
        try (var endpoint = open(GeneratorOptions.defaults())) {
            var answer = endpoint.generate(List.of(request(
                    "U", "Sure, here are", Sampling.defaults().withTopK(40).withMinP(0.05))));
            assertEquals(List.of(" three steps"), answer);
        }
        var body = asked.getFirst().body().toString();
        assertTrue(body.contains("{\"role\":\"assistant\",\"content\":\"Sure, here are\"}]"), body);
        assertTrue(body.contains("\"continue_final_message\":true,\"add_generation_prompt\":false"), body);
        assertTrue(body.contains("\"top_k\":40,\"min_p\":0.05"), body);
        assertEquals(null, asked.getFirst().authorization(), "a key that is not set is not sent");
    }

    @Test
    void answersComeInTheOrderOfTheRequestsAsManyAtOnceAsAllowed() {
        serverMillis = 30;
        echo = body -> says(body.replaceAll("(?s).*\"user\",\"content\":\"([^\"]*)\".*", "$1"));
        var requests = IntStream.range(0, 20)
                .mapToObj(i -> request("u" + i, "", Sampling.defaults()))
                .toList();
        try (var endpoint = open(GeneratorOptions.defaults().withParallel(4))) {
            assertEquals(IntStream.range(0, 20).mapToObj(i -> "u" + i).toList(), endpoint.generate(requests));
        }
        assertTrue(mostAtOnce.get() >= 2 && mostAtOnce.get() <= 4, () -> mostAtOnce + " at once, expected up to 4");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503})
    void aBusyServerIsAskedAgain(int status) {
        answers.add(new Answer(status, "busy", "0"));
        answers(status, "{\"error\":{\"message\":\"busy\"}}");
        answers(200, says("at last"));
        try (var endpoint = open(GeneratorOptions.defaults().withRetries(2))) {
            assertEquals(List.of("at last"), endpoint.generate(List.of(request("U", "", Sampling.defaults()))));
        }
        assertEquals(3, asked.size());
        assertEquals(asked.getFirst(), asked.getLast(), "the same request each time");
    }

    @Test
    void aServerThatStaysBusyEndsTheCallWithItsReason() {
        answers(429, "{\"error\":{\"message\":\"slow down\"}}");
        answers(429, "{\"error\":{\"message\":\"slow down\"}}");
        try (var endpoint = open(GeneratorOptions.defaults().withRetries(1))) {
            assertEquals(address() + "/v1/chat/completions: HTTP 429: slow down (after 2 tries)", failure(endpoint));
        }
    }

    @Test
    void aRefusalIsNotRepeatedAndNamesNoKey() {
        answers(401, "{\"error\":{\"message\":\"no such key\"}}");
        try (var endpoint = open(GeneratorOptions.defaults().withApiKeyVariable("MY_KEY"))) {
            var failure = failure(endpoint);
            assertEquals(address() + "/v1/chat/completions: HTTP 401: no such key", failure);
            assertFalse(failure.contains("secret"));
        }
        assertEquals(1, asked.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"<html>a proxy</html>", "[]", "{}", "{\"choices\":[]}", "{\"choices\":[{}]}", "{\"choices\":7}"})
    void anAnswerInAnotherFormIsAFailure(String body) {
        answers(200, body);
        try (var endpoint = open(GeneratorOptions.defaults())) {
            var failure = failure(endpoint);
            assertTrue(failure.startsWith(address()) && failure.contains("the answer"), failure);
        }
    }

    @Test
    void aServerThatIsNotThereIsNamed() {
        server.stop(0);
        try (var endpoint = open(GeneratorOptions.defaults().withRetries(1))) {
            var failure = failure(endpoint);
            assertTrue(failure.startsWith(address()) && failure.endsWith("(after 2 tries)"), failure);
        }
    }

    @Test
    void anAnswerThatTakesTooLongIsAFailure() {
        serverMillis = 2000;
        echo = body -> says("late");
        try (var endpoint = open(
                GeneratorOptions.defaults().withTimeout(Duration.ofMillis(200)).withRetries(0))) {
            assertTrue(failure(endpoint).contains("timed out"));
        }
    }

    @Test
    void probabilitiesOfTheFirstToken() {
        answers(400, "{\"error\":{\"message\":\"logprobs: at most 5\"}}");
        answers(
                200,
                "{\"choices\":[{\"text\":\"safe\",\"logprobs\":{\"tokens\":[\"safe\"],\"token_logprobs\":[-0.25],"
                        + "\"top_logprobs\":[{\"safe\":-0.25,\" unsafe\":-1.5}]}}]}");
        try (var endpoint = open(GeneratorOptions.defaults())) {
            assertArrayEquals(
                    new double[] {-0.25, -1.5, Double.NEGATIVE_INFINITY},
                    endpoint.firstTokenLogProbabilities("the prompt", List.of("safe", " unsafe", "unsafe")));
        }
        assertEquals("/v1/completions", asked.getLast().path());
        assertEquals(
                "{\"model\":\"some-model\",\"prompt\":\"the"
                        + " prompt\",\"max_tokens\":1,\"temperature\":1,\"logprobs\":5}",
                asked.getLast().body().toString());
    }

    @Test
    void aServerWithoutProbabilitiesSaysSo() {
        answers(200, "{\"choices\":[{\"text\":\"safe\",\"logprobs\":null}]}");
        try (var endpoint = open(GeneratorOptions.defaults())) {
            var e = assertThrows(
                    GenerationException.class, () -> endpoint.firstTokenLogProbabilities("p", List.of("safe")));
            assertTrue(e.getMessage().contains("/v1/completions: the answer has no probabilities"), e.getMessage());
        }
    }

    @Test
    void addressesAreOpenedByTheServiceAndCheckedFirst() throws IOException {
        try (var endpoint = TextGenerators.open(
                address() + "/other/path/", GeneratorOptions.defaults().withModel("m"))) {
            assertInstanceOf(Endpoint.class, endpoint);
            answers(200, says("x"));
            endpoint.generate(List.of(request("U", "", Sampling.defaults())));
            assertEquals("/other/path/chat/completions", asked.getFirst().path());
        }
        var options = GeneratorOptions.defaults();
        assertThrows(IllegalArgumentException.class, () -> TextGenerators.open(address(), options), "no model");
        for (var wrong : List.of("http://user:pass@localhost/v1", "http://localhost/v1?key=secret", "http://a b/")) {
            assertThrows(
                    IllegalArgumentException.class, () -> TextGenerators.open(wrong, options.withModel("m")), wrong);
        }
    }

    private static String failure(Endpoint endpoint) {
        return assertThrows(
                        GenerationException.class,
                        () -> endpoint.generate(List.of(request("U", "", Sampling.defaults()))))
                .getMessage();
    }
}
