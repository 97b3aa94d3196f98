package dev.kanmon.server;

import dev.kanmon.Outcome;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** One request and its answer. Belongs to the thread of its connection. */
final class Call {

    private static final Header JSON = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
    private static final Header EVENTS = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream");
    private static final Header NO_STORE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");
    private static final Header NO_SNIFF =
            HeaderValues.createCached(HeaderNames.create("X-Content-Type-Options"), "nosniff");
    private static final Header NO_REFERRER =
            HeaderValues.createCached(HeaderNames.create("Referrer-Policy"), "no-referrer");

    /** For whatever is not a page: nothing may be loaded by it, and nothing may show it. */
    static final Header NOTHING_ALLOWED = HeaderValues.createCached(
            HeaderNames.create("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");

    /** A body whose length is not announced is read in pieces of so many bytes at first. */
    private static final int FIRST_PIECE = 8192;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Connection connection;
    private final MemoryBudget memory;
    private final int maxBodyBytes;
    private final boolean lastOfConnection;
    private final String id;
    private final long start = System.nanoTime();
    private long reserved;
    private boolean bodyRead;
    private int status;
    private Outcome outcome;
    private int tokens;

    Call(
            ServerRequest request,
            ServerResponse response,
            Connection connection,
            MemoryBudget memory,
            int maxBodyBytes,
            boolean lastOfConnection,
            String id) {
        this.request = request;
        this.response = response;
        this.connection = connection;
        this.memory = memory;
        this.maxBodyBytes = maxBodyBytes;
        this.lastOfConnection = lastOfConnection || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        this.id = id;
        bodyRead = !hasBody();
        if (bodyRead) {
            connection.beginAnswer();
        } else {
            connection.beginBody();
        }
    }

    private boolean hasBody() {
        return request.headers().contains(HeaderNames.TRANSFER_ENCODING)
                || request.headers().contentLength().orElse(0) > 0;
    }

    /** The part of the path that is an id; empty where there is none. */
    String id() {
        return id;
    }

    /** Nanoseconds since the request's headers were read. */
    long nanos() {
        return System.nanoTime() - start;
    }

    /** The whole body of a request that must be JSON. */
    byte[] jsonBody() throws ApiError {
        String type = request.headers().contains(HeaderNames.CONTENT_TYPE)
                ? request.headers().get(HeaderNames.CONTENT_TYPE).get()
                : "";
        // A page of another site can send other types without asking this server first.
        if (!isJson(type)) {
            throw ApiError.of(415, "unsupported_media_type", "Content-Type: expected application/json", null);
        }
        byte[] body = body();
        bodyRead = true;
        connection.beginAnswer();
        return body;
    }

    private static boolean isJson(String type) {
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().equalsIgnoreCase("application/json");
    }

    private byte[] body() throws ApiError {
        if (bodyRead) {
            return new byte[0];
        }
        long announced = request.headers().contentLength().orElse(-1);
        InputStream in = request.content().inputStream();
        byte[] bytes = new byte[announced >= 0 ? (int) Math.min(announced, maxBodyBytes) : FIRST_PIECE];
        reserve(bytes.length);
        int length = 0;
        try {
            for (int read; (read = in.read(bytes, length, bytes.length - length)) > 0; ) {
                length += read;
                if (length == bytes.length) {
                    if (announced >= 0) {
                        break;
                    }
                    if (length > maxBodyBytes) {
                        throw tooLarge();
                    }
                    reserve(length);
                    bytes = Arrays.copyOf(bytes, 2 * length);
                }
            }
        } catch (NumberFormatException | DataReader.IncorrectNewLineException e) {
            throw Front.refused(Status.BAD_REQUEST_400); // what Helidon finds wrong with chunks
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (length > maxBodyBytes) {
            throw tooLarge();
        }
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    private ApiError tooLarge() {
        return ApiError.of(
                413, "body_too_large", "the body: found more than " + maxBodyBytes + " bytes, expected at most", null);
    }

    private void reserve(long bytes) throws ApiError {
        memory.take(bytes);
        reserved += bytes;
    }

    /** Notes what was found, for the log. */
    void found(Outcome found, int ofTokens) {
        outcome = found;
        tokens = ofTokens;
    }

    /** Answers with JSON. */
    void json(int code, String body) {
        answer(code, JSON, NOTHING_ALLOWED, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with what is not a page. */
    void answer(int code, Header type, byte[] body) {
        answer(code, type, NOTHING_ALLOWED, body);
    }

    /** Answers. */
    void answer(int code, Header type, Header policy, byte[] body) {
        prepare(code, type, policy);
        response.send(body);
    }

    /** Answers with events, as they come; the caller closes it. */
    EventStream events() {
        prepare(200, EVENTS, NOTHING_ALLOWED);
        OutputStream out = response.outputStream();
        connection.endWrite();
        return new EventStream(out, connection);
    }

    private void prepare(int code, Header type, Header policy) {
        status = code;
        if (code != 200) {
            response.status(Status.create(code));
        }
        response.header(type);
        response.header(policy);
        response.header(NO_STORE);
        response.header(NO_SNIFF);
        response.header(NO_REFERRER);
        if (isLastOfConnection()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        connection.beginWrite();
    }

    /** Whether nothing more is answered on this connection: somebody wants it so, or not all of this request was read. */
    boolean isLastOfConnection() {
        return lastOfConnection || !bodyRead;
    }

    /** Answers with an error. */
    void fail(ApiError error) {
        if (status != 0) {
            // Half of another answer is out, so that only the end of the connection says that it is no whole one.
            throw new CloseConnectionException("The answer cannot be ended: " + error.getMessage());
        }
        error.retryAfterSeconds().ifPresent(seconds -> response.header(HeaderNames.RETRY_AFTER, "" + seconds));
        if (error.status() == 401) {
            response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        json(error.status(), error.json());
    }

    /** Gives back what it took. */
    void end() {
        memory.give(reserved);
        reserved = 0;
        if (bodyRead) {
            connection.end();
        }
    }

    int status() {
        return status;
    }

    /** What was found, of how many tokens; empty where nothing was judged. */
    String finding() {
        return outcome == null ? "" : " " + outcome.name().toLowerCase(Locale.ROOT) + " tokens=" + tokens;
    }
}
