package dev.kanmon.formats;

import java.io.IOException;

/**
 * A file does not say what its format requires.
 *
 * <p>The message is one sentence: where, what was found, what was expected. It is fit to be shown to
 * the person who supplied the file; a stack trace is not needed to act on it.
 */
public final class ModelFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    private static final int MAX_DETAIL = 1000;

    private final String source;
    private final long offset;
    private final String detail;

    private ModelFormatException(String source, long offset, String where, String rawDetail) {
        var detail = presentable(rawDetail);
        super(source + ": " + where + detail);
        this.detail = detail;
        this.source = source;
        this.offset = offset;
    }

    /**
     * A fault at a known byte; the message reads {@code source: byte offset: detail}.
     *
     * @param source path or name of the file
     * @param offset byte offset in the file of what is wrong, or -1 when no single byte is to blame; the
     *     message then reads {@code source: detail}
     * @param detail what was found and what was expected
     */
    public static ModelFormatException at(String source, long offset, String detail) {
        return new ModelFormatException(
                source, Math.max(offset, -1), offset >= 0 ? "byte " + offset + ": " : "", detail);
    }

    /** A fault of the file as a whole; the same as {@link #at} with offset -1. */
    public static ModelFormatException in(String source, String detail) {
        return at(source, -1, detail);
    }

    /**
     * A fault in a text file, where a person looks by line and column; the message reads
     * {@code source: line L, column C: detail}.
     *
     * @param offset byte offset of the same place, for {@link #offset()}
     * @param line counted from 1
     * @param column counted from 1, in Unicode code points
     */
    public static ModelFormatException atLine(String source, long offset, int line, int column, String detail) {
        return new ModelFormatException(source, offset, "line " + line + ", column " + column + ": ", detail);
    }

    /**
     * Names from a file are part of messages, and a stranger chose them: line breaks, escape sequences of terminals and
     * marks that turn the direction of writing are written as Java does in its sources, and the end of what is too long to
     * read is left out.
     */
    private static String presentable(String detail) {
        var text = new StringBuilder(Math.min(detail.length(), MAX_DETAIL));
        for (int i = 0; i < detail.length(); i++) {
            if (text.length() >= MAX_DETAIL) {
                return text.append('…').toString();
            }
            char c = detail.charAt(i);
            switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                    text.append("\\u%04x".formatted((int) c));
                default -> text.append(c);
            }
        }
        return text.toString();
    }

    /** The beginning of a name that a file gives, short enough to leave room for what is wrong with it. */
    static String abbreviate(String name) {
        return name.length() <= 100 ? name : name.substring(0, 100) + "…";
    }

    /** The path or name of the file, as the caller gave it. */
    public String source() {
        return source;
    }

    /** The byte offset in the file of what is wrong, or -1 when unknown. */
    public long offset() {
        return offset;
    }

    /** The message without the place, for a text that is itself part of a binary file. */
    String detail() {
        return detail;
    }
}
