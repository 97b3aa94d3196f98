package dev.kanmon.cli;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A server that speaks as much of OpenAI's protocol as a test needs: each request is answered by a script. */
final class ScriptedServer implements AutoCloseable {

    /** What it was asked, in the order of arrival. */
    final List<JsonObject> asked = Collections.synchronizedList(new ArrayList<>());

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Function<JsonObject, String> script;

    /**
     * @param script the answer to the body of a request
     */
    ScriptedServer(Function<JsonObject, String> script) throws IOException {
        this.script = script;
        Thread.ofVirtual().start(() -> {
            while (!socket.isClosed()) {
                try {
                    Socket client = socket.accept();
                    Thread.ofVirtual().start(() -> answer(client));
                } catch (IOException e) {
                    if (!socket.isClosed()) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
    }

    String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    private void answer(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            int length = 0;
            for (String line; !(line = line(in)).isEmpty(); ) {
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(line.substring(15).strip());
                }
            }
            JsonObject body = Json.parse("request", in.readNBytes(length)).asObject();
            asked.add(body);
            byte[] answer = JsonObject.builder()
                    .put(
                            "choices",
                            JsonArray.of(JsonObject.builder()
                                    .put(
                                            "message",
                                            JsonObject.builder()
                                                    .put("role", "assistant")
                                                    .put("content", script.apply(body))
                                                    .build())
                                    .build()))
                    .build()
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
            client.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                                    + answer.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            client.getOutputStream().write(answer);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.append((char) b);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
