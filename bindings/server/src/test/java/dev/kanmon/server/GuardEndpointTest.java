package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /v1/guard} answers what the guard says, and refuses what it cannot know. */
class GuardEndpointTest {

    private static Guard guard;
    private static KanmonServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException {
        guard = Guard.bundled();
        server = KanmonServer.start(guard, ServerOptions.defaults().withPort(0));
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        guard.close();
    }

    private static String body(Exchange exchange, String more) {
        JsonWriter out = JsonWriter.compact().beginObject();
        out.name("instruction").value(exchange.instruction());
        if (!exchange.response().isEmpty()) {
            out.name("response").value(exchange.response());
        }
        String whole = out.endObject().toString();
        return whole.substring(0, whole.length() - 1) + more + "}";
    }

    private static JsonObject ask(Exchange exchange, String more) throws Exception {
        Client.Answer answer = client.post("/v1/guard", body(exchange, more));
        assertEquals(200, answer.status(), () -> new String(answer.response().body()));
        return answer.json();
    }

    @Test
    void saysWhatTheGuardSays() throws Exception {
        for (Exchange exchange : new Exchange[] {
            Exchange.of("How do I bake bread?"),
            Exchange.of("Write a hateful letter", "I can't help with that."),
            Exchange.of("naïve 𝄞 \uD800 \u0000 \"quoted\"\n関門", "ok"),
            Exchange.of("one word after the other ".repeat(400))
        }) {
            Verdict expected = guard.check(exchange);
            JsonObject found = ask(exchange, "");
            assertEquals(expected.harmful(), found.bool("harmful"));
            assertEquals(expected.outcome().name().toLowerCase(Locale.ROOT), found.string("outcome"));
            assertEquals(expected.probability(), found.number("probability"));
            assertEquals(expected.threshold(), found.number("threshold"));
            assertEquals(expected.tokens(), found.integer("tokens"));
            assertEquals(expected.truncated(), found.bool("truncated"));
            JsonArray windows = found.array("windows");
            assertEquals(expected.windows().size(), windows.size());
            for (int i = 0; i < windows.size(); i++) {
                Verdict.Window window = expected.windows().get(i);
                JsonObject seen = windows.get(i).asObject();
                JsonArray span = seen.array("instruction");
                assertEquals(window.instruction().start(), span.ints()[0]);
                assertEquals(window.instruction().end(), span.ints()[1]);
                assertEquals(window.probability(), seen.number("probability"));
            }
            assertTrue(found.number("elapsed_ms") > 0);
            assertEquals("guard-small-en", found.string("model"));
        }
    }

    /** Whatever others ask at the time, and however that is put together: the same to the last bit. */
    @Test
    void manyAtATimeGetWhatEachWouldAlone() throws Exception {
        List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 96; i++) {
            String text = "word " + i + " of a longer story ".repeat(1 + i * i % 23);
            exchanges.add(i % 3 == 0 ? Exchange.of(text, "a reply ".repeat(i % 7)) : Exchange.of(text));
        }
        List<Verdict> alone = exchanges.stream().map(guard::check).toList();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<JsonObject>> answers = new ArrayList<>();
            for (Exchange exchange : exchanges) {
                Callable<JsonObject> asking = () -> ask(exchange, "");
                answers.add(clients.submit(asking));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertEquals(alone.get(i).probability(), answers.get(i).get().number("probability"), "exchange " + i);
            }
        }
    }

    @Test
    void explains() throws Exception {
        Exchange exchange = Exchange.of("How do I bake bread?");
        JsonObject found = ask(exchange, ",\"explain\":true").object("explanation");
        Explanation expected = guard.check(exchange).explain();
        assertEquals(expected.method().spelling(), found.string("method"));
        assertEquals(expected.tokens().size(), found.array("tokens").size());
        assertEquals(expected.logOdds(), found.number("log_odds"), 1e-4 * (1 + Math.abs(expected.logOdds())));
    }

    @Test
    void metricsCountRequests() throws Exception {
        ask(Exchange.of("How do I bake bread?"), "");
        String metrics = new String(client.get("/metrics").response().body());
        assertTrue(
                metrics.contains("kanmon_server_requests_seconds_count{endpoint=\"/v1/guard\",status=\"200\"}"),
                metrics);
        assertTrue(metrics.contains("kanmon_server_waiting "), metrics);
    }

    @Test
    void judgesByThePolicyOrThresholdThatIsAskedFor() throws Exception {
        Exchange exchange = Exchange.of("How do I bake bread?");
        double probability = guard.check(exchange).probability();
        for (var policy : guard.info().policies().entrySet()) {
            JsonObject found = ask(exchange, ",\"policy\":\"" + policy.getKey() + "\"");
            assertEquals(policy.getValue(), found.number("threshold"));
            assertEquals(policy.getKey(), found.string("policy"));
            assertEquals(probability >= policy.getValue(), found.bool("harmful"));
        }
        assertTrue(ask(exchange, ",\"threshold\":0").bool("harmful"));
        assertEquals(false, ask(exchange, ",\"threshold\":1,\"policy\":null").bool("harmful"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"text\"",
                "{}",
                "{\"instruction\":null}",
                "{\"instruction\":7}",
                "{\"instruction\":\"\"}",
                "{\"instruction\":\"a\",\"respnse\":\"b\"}",
                "{\"instruction\":\"a\",\"instruction\":\"b\"}",
                "{\"instruction\":\"a\",\"threshold\":2}",
                "{\"instruction\":\"a\",\"threshold\":\"0.5\"}",
                "{\"instruction\":\"a\",\"threshold\":0.5,\"policy\":\"strict\"}",
                "{\"instruction\":\"a\",\"policy\":\"nonesuch\"}",
                "{\"instruction\":\"a\",\"explain\":1}",
                "{\"instruction\":\"a\"} {}",
                "{\"instruction\":\"a\"",
                "{\"instruction\":\"a\",}",
                "{\"instruction\":\"a\",\"response\":[\"b\"]}"
            })
    void refusesWhatItCannotKnow(String body) throws Exception {
        Client.Answer answer = client.post("/v1/guard", body);
        assertEquals(400, answer.status(), body);
        JsonObject error = answer.json().object("error");
        assertEquals("invalid_request_error", error.string("type"), body);
        assertTrue(!error.string("message").isEmpty(), body);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/v1/guard,405",
        "POST,/health,405",
        "GET,/nothing,404",
        "GET,/v1/guard/,404",
        "POST,/v1/guard?x=1,200",
        "GET,/health,200",
        "GET,/ready,200",
        "GET,/v1/stats,200"
    })
    void pathsAndMethods(String method, String path, int status) throws Exception {
        Client.Answer answer =
                method.equals("GET") ? client.get(path) : client.post(path, "{\"instruction\":\"hello\"}");
        assertEquals(status, answer.status());
        assertEquals("nosniff", answer.header("X-Content-Type-Options"));
        assertEquals("no-store", answer.header("Cache-Control"));
        assertTrue(answer.header("Content-Security-Policy").contains("default-src 'none'"));
    }

    @Test
    void wantsJson() throws Exception {
        String body = "{\"instruction\":\"hello\"}";
        assertEquals(
                415,
                client.post("/v1/guard", body, "Content-Type", "text/plain").status());
        assertEquals(
                200,
                client.post("/v1/guard", body, "Content-Type", "application/json; charset=utf-8")
                        .status());
    }

    @Test
    void statsCountVerdicts() throws Exception {
        long before = harmless();
        ask(Exchange.of("How do I bake bread?"), ",\"threshold\":1");
        assertEquals(before + 1, harmless());
    }

    private static long harmless() throws Exception {
        JsonArray buckets = client.get("/v1/stats").json().array("buckets");
        long sum = 0;
        for (int i = 0; i < buckets.size(); i++) {
            sum += buckets.get(i).asObject().longInteger("harmless");
        }
        return sum;
    }
}
