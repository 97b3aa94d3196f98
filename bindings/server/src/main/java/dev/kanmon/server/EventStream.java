package dev.kanmon.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Server-sent events, as an answer; each is sent at once. Belongs to the thread of its connection. */
final class EventStream implements AutoCloseable {

    private final OutputStream out;
    private final Connection connection;

    EventStream(OutputStream out, Connection connection) {
        this.out = out;
        this.connection = connection;
    }

    /**
     * Sends an event.
     *
     * @param json one line
     */
    void event(String name, String json) {
        send("event: " + name + "\ndata: " + json + "\n\n");
    }

    /** Shows the client that the server is there, and the server whether the client is. */
    void keepAlive() {
        send(": still here\n\n");
    }

    private void send(String text) {
        connection.beginWrite();
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connection.endWrite();
    }

    @Override
    public void close() {
        connection.beginWrite();
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
