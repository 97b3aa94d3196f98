package dev.kanmon.server;

import dev.kanmon.formats.json.JsonWriter;
import java.util.OptionalInt;

/**
 * A request that is refused: the status, and the error object of OpenAI's API that says why. Its message never holds
 * what a client sent.
 */
final class ApiError extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;
    private final String param;
    private final String code;
    private final int retryAfterSeconds;

    private ApiError(int status, String type, String message, String param, String code, int retryAfterSeconds) {
        super(message, null, false, false); // an answer, not a failure: nobody reads its stack
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /**
     * What the client got wrong.
     *
     * @param param name of the member that is wrong; null for the request as a whole
     */
    static ApiError bad(String message, String param) {
        return of(400, "invalid_request", message, param);
    }

    /** The same with another status between 400 and 499. */
    static ApiError of(int status, String code, String message, String param) {
        return new ApiError(status, "invalid_request_error", message, param, code, 0);
    }

    /** Not the client's fault. */
    static ApiError server(int status, String code, String message) {
        return new ApiError(status, "server_error", message, null, code, 0);
    }

    /** More than can be answered soon; in so many seconds it may be less. */
    static ApiError busy(String message, int retryAfterSeconds) {
        return new ApiError(429, "rate_limit_error", message, null, "queue_full", retryAfterSeconds);
    }

    int status() {
        return status;
    }

    /** Seconds after which the client may try again; empty where waiting does not help. */
    OptionalInt retryAfterSeconds() {
        return retryAfterSeconds == 0 ? OptionalInt.empty() : OptionalInt.of(retryAfterSeconds);
    }

    String json() {
        JsonWriter out = JsonWriter.compact().beginObject().name("error").beginObject();
        out.name("message").value(getMessage()).name("type").value(type);
        out.name("param");
        if (param == null) {
            out.nullValue();
        } else {
            out.value(param);
        }
        return out.name("code").value(code).endObject().endObject().toString();
    }
}
