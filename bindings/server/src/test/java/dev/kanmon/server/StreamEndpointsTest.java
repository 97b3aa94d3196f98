package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Replies that are judged while they come. */
class StreamEndpointsTest {

    private static final String INSTRUCTION = "Tell me about bread";
    private static final String REPLY = "Bread is made of flour, water, salt and yeast. ".repeat(12);

    private static Guard guard;
    private static KanmonServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException {
        guard = Guard.bundled();
        server = KanmonServer.start(guard, ServerOptions.defaults().withPort(0).withMaxBodyBytes(4096));
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        guard.close();
    }

    /** An event of a stream. */
    private record Event(String name, JsonObject data) {}

    private static List<Event> events(Client.Answer answer) throws IOException {
        assertEquals(200, answer.status());
        assertEquals("text/event-stream", answer.header("Content-Type"));
        List<Event> events = new ArrayList<>();
        for (String block : new String(answer.response().body()).split("\n\n")) {
            if (!block.startsWith(":")) {
                String[] lines = block.split("\n");
                events.add(new Event(
                        lines[0].substring("event: ".length()),
                        Json.parse("event", lines[1].substring("data: ".length()))
                                .asObject()));
            }
        }
        return events;
    }

    private static String object(String... members) {
        JsonWriter out = JsonWriter.compact().beginObject();
        for (int i = 0; i < members.length; i += 2) {
            out.name(members[i]).value(members[i + 1]);
        }
        return out.endObject().toString();
    }

    private static String with(String json, String member) {
        return json.substring(0, json.length() - 1) + "," + member + "}";
    }

    private static String open(String body) throws Exception {
        Client.Answer answer = client.post("/v1/streams", body);
        assertEquals(201, answer.status());
        return "/v1/streams/" + answer.json().string("id");
    }

    @Test
    void aWholeReplyIsReadPieceByPiece() throws Exception {
        Verdict whole = guard.check(Exchange.of(INSTRUCTION, REPLY));
        List<Event> events = events(client.post(
                "/v1/guard", with(object("instruction", INSTRUCTION, "response", REPLY), "\"stream\":true")));
        assertTrue(events.size() > 3, events::toString);
        for (int i = 0; i < events.size(); i++) {
            assertEquals(
                    i < events.size() - 1 ? "judgement" : "done", events.get(i).name());
        }
        JsonObject done = events.getLast().data();
        assertEquals("continue", done.string("decision"));
        assertEquals(whole.probability(), done.number("probability"));
        assertEquals(whole.tokens(), done.integer("tokens"));
    }

    @Test
    void aReplyOverTheThresholdIsStopped() throws Exception {
        List<Event> events = events(client.post(
                "/v1/guard",
                with(object("instruction", INSTRUCTION, "response", REPLY), "\"stream\":true,\"threshold\":1e-9")));
        JsonObject done = events.getLast().data();
        assertEquals("stop", done.string("decision"));
        assertEquals("harmful", done.string("outcome"));
        assertTrue(done.integer("tokens")
                < guard.check(Exchange.of(INSTRUCTION, REPLY)).tokens() / 2);
    }

    @Test
    void aStreamIsWrittenInRequestsAndWatched() throws Exception {
        String stream = open(object("instruction", INSTRUCTION));
        try (ExecutorService watchers = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<List<Event>> watch = () -> events(client.get(stream + "/events"));
            Future<List<Event>> watcher = watchers.submit(watch);
            String text = REPLY.substring(0, 300);
            for (int i = 0; i < 300; i += 30) {
                JsonObject found = client.post(stream, object("text", text.substring(i, i + 30)))
                        .json();
                assertEquals("continue", found.string("decision"));
            }
            JsonObject last = client.post(stream, "{\"last\":true}").json();
            assertEquals(guard.check(Exchange.of(INSTRUCTION, text)).probability(), last.number("probability"));
            assertEquals(409, client.post(stream, object("text", "more")).status());
            List<Event> seen = watcher.get();
            assertEquals("done", seen.getLast().name());
            assertEquals(last.number("probability"), seen.getLast().data().number("probability"));
        }
        assertEquals(200, client.send(delete(stream)).status());
        assertEquals(404, client.post(stream, object("text", "more")).status());
    }

    private static HttpRequest.Builder delete(String path) {
        return HttpRequest.newBuilder(URI.create(server.url() + path)).DELETE();
    }

    @Test
    void streamsAreBounded() throws Exception {
        String stream = open("{}");
        String text = object("text", "word ".repeat(600));
        assertEquals(200, client.post(stream, text).status());
        assertEquals(413, client.post(stream, text).status());
        assertEquals(404, client.get("/v1/streams/nonesuch/events").status());
        assertEquals(404, client.post("/v1/streams/a/b/c", "{}").status());
        assertEquals(400, client.post("/v1/streams", "{\"response\":\"x\"}").status());
        assertEquals(400, client.post("/v1/streams", "{\"threshold\":0}").status());
    }

    @Test
    void thereAreNotAnyNumberOfThem() throws Exception {
        try (KanmonServer another =
                        KanmonServer.start(guard, ServerOptions.defaults().withPort(0));
                Client asks = new Client(another)) {
            int opened = 0;
            int status;
            while ((status = asks.post("/v1/streams", "{}").status()) == 201 && opened < 300) {
                opened++;
            }
            assertEquals(429, status);
            assertEquals(256, opened);
        }
    }
}
