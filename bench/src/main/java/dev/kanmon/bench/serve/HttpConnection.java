package dev.kanmon.bench.serve;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One connection that stays open, with as little work for each request as can be: what the clients take of the processor is
 * missing to the server.
 */
final class HttpConnection implements AutoCloseable {

    /**
     * What came back.
     *
     * @param status of HTTP
     * @param retryAfterSeconds what the server asks for, else 0
     * @param closes whether the server takes no other request on this connection
     * @param body as text
     */
    record Answer(int status, int retryAfterSeconds, boolean closes, String body) {}

    /** The request went out whole and not a byte came back. */
    static final class Unanswered extends IOException {
        private static final long serialVersionUID = 1;

        Unanswered(Throwable cause) {
            super("the connection ended after a whole request and before its answer", cause);
        }
    }

    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];

    HttpConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 13);
    }

    /** A request as bytes, made once for each text. */
    static byte[] post(String path, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + body.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @throws Unanswered if the server closed the connection without a byte
     * @throws IOException if the request could not be sent, or the answer is cut or malformed
     */
    Answer send(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        int first;
        try {
            first = in.read();
        } catch (IOException e) {
            throw new Unanswered(e);
        }
        if (first < 0) {
            throw new Unanswered(null);
        }
        return read(first);
    }

    private Answer read(int first) throws IOException {
        String line = (char) first + line();
        if (!line.startsWith("HTTP/1.1 ")) {
            throw new IOException("the answer begins with \"" + line + "\", expected HTTP/1.1");
        }
        int status = Integer.parseInt(line.substring(9, 12));
        int length = -1;
        int retryAfter = 0;
        boolean closes = false;
        boolean chunked = false;
        while (!(line = line()).isEmpty()) {
            int colon = line.indexOf(':');
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-length" -> length = Integer.parseInt(value);
                case "retry-after" -> retryAfter = Integer.parseInt(value);
                case "connection" -> closes = value.equalsIgnoreCase("close");
                case "transfer-encoding" -> chunked = value.equalsIgnoreCase("chunked");
                default -> {}
            }
        }
        if (!chunked && length < 0) {
            throw new IOException("the answer has neither a length nor chunks");
        }
        return new Answer(status, retryAfter, closes, chunked ? chunks() : body(length));
    }

    private String chunks() throws IOException {
        var text = new StringBuilder();
        for (int size; (size = Integer.parseInt(line(), 16)) > 0; ) {
            text.append(body(size));
            line();
        }
        line();
        return text.toString();
    }

    private String body(int length) throws IOException {
        byte[] bytes = length <= buffer.length ? buffer : new byte[length];
        if (in.readNBytes(bytes, 0, length) < length) {
            throw new EOFException("the answer was cut");
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        int length = 0;
        for (int b; (b = in.read()) != '\n'; ) {
            if (b < 0) {
                throw new EOFException("the answer was cut");
            }
            buffer[length++] = (byte) b;
        }
        return new String(
                buffer, 0, length > 0 && buffer[length - 1] == '\r' ? length - 1 : length, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
