package dev.kanmon.augment.endpoint;

import dev.kanmon.augment.GenerationException;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Sends JSON to a server and reads its JSON answer; asks again where that may help. Safe for use by several threads. */
final class Connection implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);
    /** What a server may ask for with Retry-After; beyond it, somebody should look. */
    private static final Duration LONGEST_WISH = Duration.ofMinutes(10);
    /** Of an answer that is no JSON, as much as a message can take. */
    private static final int MOST_CHARACTERS = 300;

    private final HttpClient client;
    private final Optional<String> key;
    private final Duration timeout;
    private final int retries;
    private final Duration firstDelay;

    /**
     * A connection that is made with the first request.
     *
     * @param key sent as a bearer token; never part of a message
     */
    Connection(Optional<String> key, Duration timeout, int retries, Duration firstDelay) {
        // HTTP/2 is asked for by an upgrade that some small servers take for an error. Redirects would carry the key
        // along.
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
        this.key = key;
        this.timeout = timeout;
        this.retries = retries;
        this.firstDelay = firstDelay;
    }

    /** A server's answer that is not the wished-for one: its status, and what it says. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;

        private RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }

        /** The HTTP status. */
        int status() {
            return status;
        }
    }

    /**
     * Posts a body and reads the answer.
     *
     * @throws RefusedException if the server answers with an error that asking again does not help
     * @throws GenerationException if the server cannot be reached, stays busy, or answers with something else than JSON
     */
    JsonObject post(URI address, JsonObject body) throws RefusedException {
        var builder = HttpRequest.newBuilder(address)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json");
        key.ifPresent(k -> builder.header("Authorization", "Bearer " + k));
        var request = builder.POST(HttpRequest.BodyPublishers.ofString(Json.write(body)))
                .build();
        var delay = firstDelay;
        for (int attempt = 0; ; attempt++) {
            String failure;
            var wait = delay;
            try {
                var response = client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
                int status = response.statusCode();
                if (status / 100 == 2) {
                    return parse(address, response.body());
                }
                failure = address + ": HTTP " + status + ": " + reason(response.body());
                if (!isWorthAnotherTry(status)) {
                    throw new RefusedException(status, failure);
                }
                wait = wish(response).orElse(delay);
            } catch (IOException e) {
                failure = address + ": " + e;
            } catch (InterruptedException e) {
                throw interrupted(address, e);
            }
            if (attempt == retries) {
                throw new GenerationException(failure + " (after " + (attempt + 1) + " tries)");
            }
            try {
                Thread.sleep(wait);
            } catch (InterruptedException e) {
                throw interrupted(address, e);
            }
            delay = delay.multipliedBy(2).compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay.multipliedBy(2);
        }
    }

    private static boolean isWorthAnotherTry(int status) {
        // Request timeout, conflict and too many requests; and what is the server's own fault.
        return status == 408 || status == 409 || status == 429 || status >= 500;
    }

    private static Optional<Duration> wish(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .map(wished -> wished.compareTo(LONGEST_WISH) > 0 ? LONGEST_WISH : wished);
    }

    private static GenerationException interrupted(URI address, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new GenerationException(address + ": interrupted", e);
    }

    private static JsonObject parse(URI address, String body) {
        try {
            if (Json.parse(address.toString(), body) instanceof JsonObject object) {
                return object;
            }
        } catch (ModelFormatException e) {
            throw new GenerationException(address + ": the answer is no JSON: " + shortened(body), e);
        }
        throw new GenerationException(address + ": the answer is no JSON object: " + shortened(body));
    }

    /** The message in OpenAI's form of an error, or the beginning of what is there. */
    private static String reason(String body) {
        try {
            if (Json.parse("answer", body) instanceof JsonObject object
                    && object.members().get("error") instanceof JsonObject error
                    && error.optionalString("message").isPresent()) {
                return shortened(error.string("message"));
            }
        } catch (ModelFormatException e) {
            // Not in that form: it is shown as it is.
            return shortened(body);
        }
        return shortened(body);
    }

    private static String shortened(String text) {
        var line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= MOST_CHARACTERS ? line : line.substring(0, MOST_CHARACTERS) + "…";
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
