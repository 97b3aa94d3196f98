package dev.kanmon.augment;

/** A model or a server failed to generate; the message says which and how. */
public final class GenerationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public GenerationException(String message) {
        super(message);
    }

    public GenerationException(String message, Throwable cause) {
        super(message, cause);
    }
}
