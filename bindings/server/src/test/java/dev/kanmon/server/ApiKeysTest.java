package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Guard;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has a key is answered, and nobody learns one. */
class ApiKeysTest {

    private static final String KEY = "correct-horse-battery";
    private static final String HASHED = "staple-0123456789";

    @TempDir
    private Path folder;

    private Path file(String text) throws Exception {
        return Files.writeString(folder.resolve("keys"), text);
    }

    private static String hash(String key) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void keysAndHashesOfAFile() throws Exception {
        ApiKeys keys = ApiKeys.read(file("# of us\n\n  " + KEY + "\r\nsha256:" + hash(HASHED) + "\n"));
        assertTrue(keys.has(KEY));
        assertTrue(keys.has(HASHED));
        for (String other : new String[] {
            "", KEY + "x", KEY.substring(1), "# of us", hash(HASHED), "sha256:" + hash(HASHED), KEY.toUpperCase()
        }) {
            assertFalse(keys.has(other), other);
        }
        assertEquals("2 API keys", keys.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "# nothing\n", "short\n", "with blanks in between\n", "sha256:abc\n", "käseküchlein-0815\n"})
    void noKeys(String text) throws Exception {
        Path file = file("#\n" + text);
        String message = assertThrows(IllegalArgumentException.class, () -> ApiKeys.read(file))
                .getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertFalse(
                text.length() > 4 && message.contains(text.strip().substring(0, 5)) && !text.startsWith("sha256"),
                message);
    }

    @Test
    void aServerWithKeys() throws Exception {
        try (Guard guard = Guard.bundled();
                KanmonServer server = KanmonServer.start(
                        guard, ServerOptions.defaults().withPort(0).withApiKeys(ApiKeys.of(KEY)));
                Client client = new Client(server)) {
            for (String path : new String[] {"/health", "/ready", "/"}) {
                assertEquals(200, client.get(path).status(), path);
            }
            for (String path : new String[] {"/v1/stats", "/metrics"}) {
                assertEquals(401, client.get(path).status(), path);
                assertEquals(
                        200, client.get(path, "Authorization", "Bearer " + KEY).status(), path);
            }
            String body = "{\"instruction\":\"hello\"}";
            assertEquals("Bearer", client.post("/v1/guard", body).header("WWW-Authenticate"));
            for (String shown : new String[] {"Bearer", "Bearer ", "Basic " + KEY, KEY, "Bearer " + KEY + KEY}) {
                assertEquals(
                        401,
                        client.post("/v1/guard", body, "Authorization", shown).status(),
                        shown);
            }
            assertEquals(
                    200,
                    client.post("/v1/guard", body, "Authorization", "bearer  " + KEY)
                            .status());
            // Nothing of a body is judged for strangers, whatever it says.
            assertEquals(
                    401,
                    client.post("/v1/guard", "{", "Authorization", "Bearer x").status());
        }
    }
}
