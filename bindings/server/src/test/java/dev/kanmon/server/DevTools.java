package dev.kanmon.server;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** One page of a Chromium, by the <a href="https://chromedevtools.github.io/devtools-protocol/">DevTools protocol</a>. */
final class DevTools implements WebSocket.Listener, AutoCloseable {

    private static final long PATIENCE_SECONDS = 30;

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
    private final BiConsumer<String, JsonObject> events;
    private final StringBuilder message = new StringBuilder();
    private final WebSocket socket;

    /**
     * Connects.
     *
     * @param events takes the name and the parameters of each event, on a thread of the connection's
     */
    DevTools(URI page, BiConsumer<String, JsonObject> events) {
        this.events = events;
        socket = http.newWebSocketBuilder().buildAsync(page, this).join();
    }

    /** Sends a command and waits for its result; {@code parameters} are a JSON object. */
    JsonObject send(String method, String parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true)
                .join();
        try {
            JsonObject found = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (found.has("error")) {
                throw new IllegalStateException(method + " " + parameters + ": " + found.get("error"));
            }
            return found.object("result");
        } catch (TimeoutException | ExecutionException | ModelFormatException e) {
            throw new IllegalStateException(method + ": no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(method + ": interrupted", e);
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        message.append(data);
        if (last) {
            String whole = message.toString();
            message.setLength(0);
            try {
                receive(Json.parse("DevTools", whole).asObject());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        from.request(1);
        return null;
    }

    private void receive(JsonObject found) throws ModelFormatException {
        if (found.has("id")) {
            waiting.remove(found.integer("id")).complete(found);
        } else {
            events.accept(found.string("method"), found.object("params"));
        }
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        waiting.values().forEach(answer -> answer.completeExceptionally(error));
    }

    @Override
    public void close() {
        socket.abort();
        http.close();
    }
}
