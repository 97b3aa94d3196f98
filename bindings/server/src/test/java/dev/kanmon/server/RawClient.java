package dev.kanmon.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client that says what it likes, byte by byte. */
final class RawClient implements AutoCloseable {

    private final Socket socket;

    RawClient(KanmonServer server) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(8192); // so that one that does not read is noticed soon
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        socket.setSoTimeout(30_000);
    }

    RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Nothing more comes from here. */
    RawClient endOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Everything the server says until it closes the connection; what came before a reset, too. */
    String readAll() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int n; (n = in.read(buffer)) > 0; ) {
                all.write(buffer, 0, n);
            }
        } catch (SocketException e) {
            all.writeBytes(("\n[" + e.getMessage() + "]").getBytes(StandardCharsets.ISO_8859_1));
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** One answer with an announced length. */
    String readAnswer() throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return head.toString();
            }
            head.append((char) next);
        }
        int at = head.indexOf("Content-Length: ");
        int length = at < 0 ? 0 : Integer.parseInt(head.substring(at + 16, head.indexOf("\r", at)));
        return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** The status of an answer's first line; 0 if there was none. */
    static int status(String answer) {
        return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
