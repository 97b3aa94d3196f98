package dev.kanmon.server;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page and the description of the API, which come with the server. */
final class StaticFiles {

    private static final Header HTML = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8");
    private static final Header JSON = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");

    /** Scripts and styles of the page itself; it has none of other files. */
    private static final Pattern INLINE = Pattern.compile("<(script|style)>(.*?)</\\1>", Pattern.DOTALL);

    private StaticFiles() {}

    /** The page at {@code /}. */
    static Endpoint page() {
        return page(read("index.html"));
    }

    private static Endpoint page(byte[] page) {
        Header policy = HeaderValues.createCached(
                HeaderNames.create("Content-Security-Policy"), policy(new String(page, StandardCharsets.UTF_8)));
        return call -> call.answer(200, HTML, policy, page);
    }

    /** The OpenAPI document. */
    static Endpoint openApi() {
        byte[] document = read("openapi.json");
        return call -> call.answer(200, JSON, document);
    }

    /** Only the page's own script and style count, and they talk to this server only. */
    private static String policy(String page) {
        StringBuilder sources = new StringBuilder();
        Matcher inline = INLINE.matcher(page);
        while (inline.find()) {
            sources.append("; ")
                    .append(inline.group(1))
                    .append("-src 'sha256-")
                    .append(hash(inline.group(2)))
                    .append('\'');
        }
        return "default-src 'none'" + sources + "; img-src data:; connect-src 'self'"
                + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java platform has it
        }
    }

    private static byte[] read(String name) {
        try (InputStream in = StaticFiles.class.getResourceAsStream("web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("web/" + name + " is missing in the server's jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("web/" + name + " cannot be read from the server's jar", e);
        }
    }
}
