package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.WindowPolicy;
import dev.kanmon.formats.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers send is refused for what it is, and others are answered meanwhile. */
@Timeout(120)
class HostileInputTest {

    private static final String HEAD =
            "POST /v1/guard HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    private static final String SECRET = "xyzzy-plugh";

    private static final ConcurrentLinkedQueue<String> LOG = new ConcurrentLinkedQueue<>();

    /** Everything that anybody logs in this JVM. */
    private static final Handler HANDLER = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            String parameters = Arrays.toString(entry.getParameters());
            LOG.add(entry.getMessage() + parameters + entry.getThrown());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private static Guard guard;
    private static KanmonServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException {
        Logger.getLogger("").addHandler(HANDLER);
        guard = Guard.bundled(GuardOptions.defaults()
                .withThreads(2)
                .withWindows(WindowPolicy.windows().withMaxWork(8192)));
        server = KanmonServer.start(
                guard,
                ServerOptions.defaults()
                        .withPort(0)
                        .withTimeout(Duration.ofSeconds(3))
                        .withIdleTimeout(Duration.ofSeconds(2))
                        .withMaxConnections(400)
                        .withAccessLog(LOG::add));
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        guard.close();
        assertTrue(LOG.size() > 20, "the log has " + LOG.size() + " lines");
        Logger.getLogger("").removeHandler(HANDLER);
        LOG.forEach(line -> assertFalse(line.contains(SECRET), line));
    }

    private static void assertOthersAreAnswered() throws Exception {
        assertEquals(
                200,
                client.post("/v1/guard", "{\"instruction\":\"How do I bake bread?\"}")
                        .status());
    }

    /** Sends it and reads to the connection's end. */
    private static String answer(String... pieces) throws IOException {
        try (RawClient raw = new RawClient(server)) {
            for (String piece : pieces) {
                raw.send(piece);
            }
            return raw.endOutput().readAll();
        }
    }

    private static void assertRefused(int status, String answer) {
        assertEquals(status, RawClient.status(answer), answer);
        assertTrue(answer.contains("{\"error\":{\"message\":"), answer);
        assertFalse(answer.contains(SECRET), answer);
    }

    @Test
    void tenMegabytes() throws Exception {
        byte[] body = ("{\"instruction\":\"" + "a".repeat(10 << 20) + "\"}").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 3; i++) {
            Client.Answer refusal = client.post("/v1/guard", body);
            assertEquals(413, refusal.status());
            assertEquals("body_too_large", refusal.json().object("error").string("code"));
        }
        assertOthersAreAnswered();
    }

    @Test
    void tenMegabytesInChunks() throws Exception {
        String chunk = "10000\r\n" + "a".repeat(0x10000) + "\r\n";
        try (RawClient raw = new RawClient(server)) {
            raw.send(HEAD + "Transfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 160; i++) {
                raw.send(chunk);
            }
            assertRefused(413, raw.readAnswer());
        }
        assertOthersAreAnswered();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n{}\r\n0\r\n\r\n",
                "-5\r\n{}\r\n0\r\n\r\n",
                "ffffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
                "\r\n\r\n\r\n",
                "0\r\nTrailer: x\r\n\r\n",
                "2\n{}\n0\n\n"
            })
    void brokenChunks(String chunks) throws Exception {
        assertRefused(400, answer(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunks));
        assertOthersAreAnswered();
    }

    @Test
    void aChunkSizeThatNeverEnds() throws Exception {
        try (RawClient raw = new RawClient(server)) {
            raw.send(HEAD + "Transfer-Encoding: chunked\r\n\r\n2;");
            byte[] more = "extension=".repeat(6553).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 160; i++) {
                raw.send(more);
            }
            assertRefused(413, raw.readAnswer());
        }
        assertOthersAreAnswered();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: -1\r\n",
                "Content-Length: abc\r\n",
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: gzip\r\n",
                "Content-Length: 2\r\nContent-Encoding: gzip\r\n",
                "Bad Header: x\r\n",
                "Host: localhost\r\nContent-Length: 2\r\n"
            })
    void brokenHeaders(String headers) throws Exception {
        String answer = answer(HEAD + headers + "\r\n{}");
        assertTrue(RawClient.status(answer) >= 400 && RawClient.status(answer) < 502, answer);
        assertOthersAreAnswered();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u0000\u0001\u0002\r\n\r\n", "GET / HTTP/1.1 HTTP/1.1\r\n\r\n", "GET  \r\n\r\n", "\r\n\r\n"})
    void noRequestAtAll(String text) throws Exception {
        assertTrue(RawClient.status(answer(text)) >= 400, text);
        assertOthersAreAnswered();
    }

    @Test
    void manyHeaders() throws Exception {
        StringBuilder head = new StringBuilder(HEAD);
        for (int i = 0; i < 20_000; i++) {
            head.append("X-Filler-").append(i).append(": ").append(SECRET).append("\r\n");
        }
        try (RawClient raw = new RawClient(server)) {
            raw.send(head.toString());
            assertRefused(431, raw.readAnswer());
        }
        try (RawClient raw = new RawClient(server)) {
            raw.send(HEAD + "X-Long: " + "a".repeat(1 << 20));
            assertRefused(431, raw.readAnswer());
        }
        assertOthersAreAnswered();
    }

    @Test
    void aLongPath() throws Exception {
        assertRefused(414, answer("GET /" + SECRET.repeat(1000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertRefused(404, answer("GET /" + SECRET + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }

    @Test
    void deepJson() throws Exception {
        for (String open : List.of("[", "{\"a\":")) {
            String body = "{\"instruction\":" + open.repeat(100_000);
            assertEquals(400, client.post("/v1/guard", body).status());
            assertEquals(
                    400,
                    client.post("/v1/moderations", body.replace("instruction", "input"))
                            .status());
            assertEquals(
                    400,
                    client.post("/v1/moderations", "{\"other\":" + open.repeat(100_000))
                            .status());
        }
        assertEquals(
                400,
                client.post("/v1/guard", "{\"threshold\":1" + "0".repeat(100_000) + "}")
                        .status());
        assertEquals(
                400,
                client.post("/v1/guard", "{\"" + "n".repeat(100_000) + "\":1}").status());
        assertOthersAreAnswered();
    }

    @Test
    void invalidUtf8() throws Exception {
        for (byte[] bad : new byte[][] {
            {(byte) 0xFF}, {(byte) 0xC0, (byte) 0x80}, {(byte) 0xE2, (byte) 0x82}, {(byte) 0xF8, 1, 1, 1}, {(byte) 0xED}
        }) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes(("{\"instruction\":\"" + SECRET).getBytes(StandardCharsets.UTF_8));
            body.writeBytes(bad);
            body.writeBytes("\"}".getBytes(StandardCharsets.UTF_8));
            Client.Answer refusal = client.post("/v1/guard", body.toByteArray());
            assertEquals(400, refusal.status());
            assertFalse(new String(refusal.response().body(), StandardCharsets.UTF_8).contains(SECRET));
        }
    }

    @Test
    void randomBytes() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            byte[] body = new byte[random.nextInt(200)];
            random.nextBytes(body);
            if (i % 2 == 0 && body.length > 16) {
                byte[] begin = "{\"instruction\":\"".getBytes(StandardCharsets.UTF_8);
                System.arraycopy(begin, 0, body, 0, begin.length);
            }
            int status = client.post("/v1/guard", body).status();
            assertTrue(status == 400 || status == 200, "seed 7, round " + i + ": " + status);
        }
    }

    /** A long text costs what it may cost, is refused for what was not read, and short ones pass it by. */
    @Test
    void aHundredThousandTokens() throws Exception {
        String words = "bread and butter for the table ".repeat(100_000 / 6);
        List<Thread> senders = new ArrayList<>();
        List<JsonObject> found = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 2; i++) {
            senders.add(Thread.ofVirtual().start(() -> {
                try {
                    found.add(client.post("/v1/guard", "{\"instruction\":\"" + words + "\"}")
                            .json());
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (int i = 0; i < 20; i++) {
            assertOthersAreAnswered();
        }
        for (Thread sender : senders) {
            sender.join();
        }
        assertEquals(2, found.size());
        for (JsonObject answer : found) {
            // Either it was read in part, or two such texts were more than the time of a request allows.
            if (answer.has("error")) {
                assertEquals("timeout", answer.object("error").string("code"));
            } else {
                assertTrue(answer.bool("harmful"), answer::toString);
                assertEquals("incomplete", answer.string("outcome"));
            }
        }
    }

    /** More slow clients than a pool of threads has; each is told in time, and none keeps others waiting. */
    @Test
    void slowClients() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 150; i++) {
                slow.add(new RawClient(server).send("POST /v1/gu"));
                slow.add(new RawClient(server).send(HEAD + "Content-Length: 1000\r\n\r\n{\"instr"));
            }
            long end = System.nanoTime() + 6_000_000_000L;
            for (int round = 0; System.nanoTime() < end; round++) {
                for (RawClient client : slow.subList(0, 4)) {
                    try {
                        client.send("x"); // a byte now and then does not buy time
                    } catch (IOException e) {
                        end = 0; // it was told and closed already
                    }
                }
                assertOthersAreAnswered();
                Thread.sleep(200);
            }
            for (RawClient client : slow) {
                assertRefused(408, client.readAnswer());
            }
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
        assertOthersAreAnswered();
    }

    /** Connections on which nothing comes end, so that they do not use up those that there may be. */
    @Test
    void idleConnections() throws Exception {
        try (RawClient idle = new RawClient(server);
                RawClient used = new RawClient(server)) {
            used.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals(200, RawClient.status(used.readAnswer()));
            assertEquals("", idle.readAll());
            assertEquals("", used.readAll());
        }
    }

    /** A client that does not take its answers does not keep the server busy for ever. */
    @Test
    void clientsThatDoNotRead() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10);
        try (RawClient raw = new RawClient(server)) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        raw.send(request); // until the server has had enough
                    }
                } catch (IOException e) {
                    return;
                }
            });
            sender.join(Duration.ofSeconds(60));
            assertFalse(sender.isAlive(), "the server still holds the connection");
        }
        assertOthersAreAnswered();
    }

    @Test
    void clientsThatGoAway() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (RawClient raw = new RawClient(server)) {
                raw.send(HEAD + "Content-Length: " + (i % 2 == 0 ? 33 : 100)
                        + "\r\n\r\n{\"instruction\":\"Who knows where?\"}");
            }
        }
        assertOthersAreAnswered();
    }

    @Test
    void anotherSitesPage() throws Exception {
        assertRefused(421, answer("GET /v1/stats HTTP/1.1\r\nHost: evil.example:8080\r\nConnection: close\r\n\r\n"));
        assertEquals(
                200,
                RawClient.status(answer("GET /v1/stats HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: close\r\n\r\n")));
    }
}
