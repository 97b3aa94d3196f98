package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Guard;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code openapi.json} says what the server does: the same paths, and answers as its schemas have them. */
class OpenApiTest {

    private static final String KEY = "the-key-of-this-test";

    private static Guard guard;
    private static ScriptedChecker checker;
    private static KanmonServer server;
    private static KanmonServer locked;
    private static Client client;
    private static JsonObject document;

    @BeforeAll
    static void start() throws Exception {
        guard = Guard.bundled();
        checker = new ScriptedChecker(guard);
        server = KanmonServer.start(guard, ServerOptions.defaults().withPort(0));
        locked = KanmonServer.start(
                checker,
                guard.info(),
                ServerOptions.defaults().withPort(0).withMaxBodyBytes(4096).withApiKeys(ApiKeys.of(KEY)));
        client = new Client(server);
        document = client.get("/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        client.close();
        checker.close();
        locked.close();
        server.close();
        guard.close();
    }

    @Test
    void hasThePathsOfTheServerAndNoOthers() throws Exception {
        Set<String> documented = new TreeSet<>();
        for (Map.Entry<String, JsonValue> path :
                document.object("paths").members().entrySet()) {
            for (String method : path.getValue().asObject().members().keySet()) {
                if (!method.equals("parameters")) {
                    documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                }
            }
        }
        assertEquals(new TreeSet<>(server.routes()), documented);
    }

    @Test
    void isOpenApiAndItsReferencesLeadSomewhere() throws Exception {
        assertEquals("3.1.0", document.string("openapi"));
        Set<String> found = new TreeSet<>();
        references(document, found);
        assertTrue(found.size() > 20, found.toString());
        Set<String> operations = new TreeSet<>();
        for (String reference : found) {
            assertFalse(JsonSchema.resolve(document, reference).members().isEmpty(), reference);
        }
        for (Map.Entry<String, JsonValue> component :
                document.object("components").object("schemas").members().entrySet()) {
            assertTrue(
                    found.contains("#/components/schemas/" + component.getKey()),
                    component.getKey() + " is never used");
        }
        for (JsonValue path : document.object("paths").members().values()) {
            for (Map.Entry<String, JsonValue> operation :
                    path.asObject().members().entrySet()) {
                if (!operation.getKey().equals("parameters")) {
                    String id = operation.getValue().asObject().string("operationId");
                    assertTrue(operations.add(id), id + " twice");
                }
            }
        }
    }

    private static void references(JsonValue value, Set<String> found) {
        switch (value) {
            case JsonObject object ->
                object.members().forEach((name, member) -> {
                    if (name.equals("$ref") && member instanceof JsonString reference) {
                        found.add(reference.value());
                    }
                    references(member, found);
                });
            case JsonArray array -> array.forEach(element -> references(element, found));
            default -> {
                // holds no others
            }
        }
    }

    private static JsonObject operation(String method, String path) throws IOException {
        return document.object("paths").object(path).object(method.toLowerCase(Locale.ROOT));
    }

    /** The answer, once it is found to be as the document says that this operation answers with this status. */
    private static JsonObject asDocumented(String method, String path, Client.Answer answer) throws IOException {
        String status = String.valueOf(answer.status());
        JsonObject responses = operation(method, path).object("responses");
        assertTrue(responses.has(status), method + " " + path + ": " + status + " is not documented");
        JsonObject response = responses.object(status);
        if (response.has("$ref")) {
            response = JsonSchema.resolve(document, response.string("$ref"));
        }
        String type = answer.header("Content-Type").replaceFirst(";.*", "");
        JsonObject content = response.object("content");
        assertTrue(content.has(type), method + " " + path + " " + status + ": " + type + " is not documented");
        if (answer.json() != null) {
            assertEquals(
                    List.of(),
                    JsonSchema.violations(document, content.object(type).object("schema"), answer.json()),
                    method + " " + path + " " + status);
        }
        return answer.json();
    }

    private static Client.Answer send(KanmonServer to, String method, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(to.url() + path)).header("Content-Type", "application/json");
        request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return client.send(request, headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/health", "/ready", "/v1/stats", "/metrics", "/openapi.json"})
    void answersWithoutABody(String path) throws Exception {
        client.post("/v1/guard", "{\"instruction\":\"hello\"}"); // for a bucket of the stats
        Client.Answer answer = client.get(path);
        assertEquals(200, answer.status());
        asDocumented("GET", path, answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instruction\":\"hello\"}",
                "{\"instruction\":\"hello\",\"response\":\"good day\",\"policy\":\"strict\",\"explain\":true}",
                "{\"instruction\":\"hello\",\"response\":null,\"policy\":null,\"threshold\":0.25}",
                "{\"instruction\":\"hello\",\"response\":\"good day\",\"stream\":true}"
            })
    void verdicts(String body) throws Exception {
        requestFits("/v1/guard", body);
        Client.Answer answer = client.post("/v1/guard", body);
        assertEquals(200, answer.status());
        asDocumented("POST", "/v1/guard", answer);
        events(answer);
    }

    /** The data of each event are a decision, but for the last of a server that closes. */
    private static void events(Client.Answer answer) throws IOException {
        JsonObject decision = JsonSchema.resolve(document, "#/components/schemas/StreamDecision");
        if (answer.header("Content-Type").startsWith("text/event-stream")) {
            String text = new String(answer.response().body(), StandardCharsets.UTF_8);
            List<String> data = text.lines()
                    .filter(line -> line.startsWith("data: "))
                    .map(line -> line.substring("data: ".length()))
                    .toList();
            assertFalse(data.isEmpty(), text);
            for (String event : data) {
                assertEquals(List.of(), JsonSchema.violations(document, decision, Json.parse("event", event)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"input\":\"hello\"}",
                "{\"input\":[\"hello\",\"good day\"],\"model\":\"omni-moderation-latest\"}",
                "{\"input\":[{\"type\":\"text\",\"text\":\"hello\"}]}"
            })
    void moderations(String body) throws Exception {
        requestFits("/v1/moderations", body);
        Client.Answer answer = client.post("/v1/moderations", body);
        assertEquals(200, answer.status());
        asDocumented("POST", "/v1/moderations", answer);
    }

    private static void requestFits(String path, String body) throws IOException {
        JsonObject schema = operation("POST", path)
                .object("requestBody")
                .object("content")
                .object("application/json")
                .object("schema");
        assertEquals(List.of(), JsonSchema.violations(document, schema, Json.parse("request", body)), body);
    }

    @Test
    void theExamplesInItAreAnswered() throws Exception {
        for (Map.Entry<String, JsonValue> path :
                document.object("paths").members().entrySet()) {
            JsonObject operations = path.getValue().asObject();
            if (operations.has("post") && !path.getKey().contains("{")) {
                String example = Json.write(operations
                        .object("post")
                        .object("requestBody")
                        .object("content")
                        .object("application/json")
                        .get("example"));
                requestFits(path.getKey(), example);
                Client.Answer answer = client.post(path.getKey(), example);
                assertEquals(2, answer.status() / 100, path.getKey());
                asDocumented("POST", path.getKey(), answer);
            }
        }
    }

    @Test
    void streams() throws Exception {
        String path = "/v1/streams/{id}";
        JsonObject begun = asDocumented(
                "POST", "/v1/streams", client.post("/v1/streams", "{\"instruction\":\"hello\",\"policy\":\"strict\"}"));
        String at = "/v1/streams/" + begun.string("id");
        for (String piece : List.of("{\"text\":\"good\"}", "{\"text\":\" day\",\"last\":true}")) {
            requestFits(path, piece);
            assertEquals(
                    "continue",
                    asDocumented("POST", path, client.post(at, piece)).string("decision"));
        }
        Client.Answer events = client.get(at + "/events");
        asDocumented("GET", path + "/events", events);
        events(events);
        assertEquals(409, client.post(at, "{\"text\":\"more\"}").status());
        asDocumented("POST", path, client.post(at, "{\"text\":\"more\"}"));
        asDocumented("DELETE", path, send(server, "DELETE", at, ""));
        Client.Answer gone = send(server, "DELETE", at, "");
        assertEquals(404, gone.status());
        asDocumented("DELETE", path, gone);
        asDocumented("GET", path + "/events", client.get(at + "/events"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST|/v1/guard|400|{}",
                "POST|/v1/guard|415|{\"instruction\":\"hello\"}",
                "POST|/v1/guard|413|long",
                "POST|/v1/guard|500|{\"instruction\":\"[fail]\"}",
                "POST|/v1/guard|501|{\"instruction\":\"[inexplicable]\",\"explain\":true}",
                "POST|/v1/moderations|400|{\"input\":[]}",
                "POST|/v1/streams|501|{}",
                "GET|/v1/stats|401|",
                "GET|/metrics|401|",
                "POST|/v1/guard|401|{\"instruction\":\"hello\"}"
            })
    void refusals(String method, String path, int status, String body) throws Exception {
        String sent = body == null ? "" : body.equals("long") ? "{\"instruction\":\"" + "a".repeat(5000) + "\"}" : body;
        Client.Answer answer = send(
                locked,
                method,
                path,
                sent,
                "Authorization",
                status == 401 ? "Bearer not-the-key-of-this-test" : "Bearer " + KEY,
                "Content-Type",
                status == 415 ? "text/plain" : "application/json");
        assertEquals(status, answer.status());
        asDocumented(method, path, answer);
    }
}
