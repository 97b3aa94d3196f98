package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Lines of bytes, ended by {@code \n} only; the last one may lack it. Whether a line is UTF-8 is asked when its
 * text is wanted, so that a bad line does not spoil the others.
 */
final class InputLines implements AutoCloseable {

    private static final int MAX_LINE_BYTES = 1 << 30;

    private final InputStream in;
    private long number;

    InputLines(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /**
     * One line.
     *
     * @param number counted from 1
     * @param bytes without the line's end
     */
    record Line(long number, byte[] bytes) {

        /** The line's text. */
        String text() throws BadInput {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new BadInput("the line is not valid UTF-8");
            }
        }
    }

    /** The next line, or null at the end. */
    Line next() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        int b = in.read();
        if (b < 0) {
            return null;
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            if (bytes.size() == MAX_LINE_BYTES) {
                throw new IOException("line " + (number + 1) + " is longer than " + MAX_LINE_BYTES + " bytes");
            }
            bytes.write(b);
        }
        return new Line(++number, bytes.toByteArray());
    }

    /** Whether reading on would not wait. */
    boolean ready() throws IOException {
        return in.available() > 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
