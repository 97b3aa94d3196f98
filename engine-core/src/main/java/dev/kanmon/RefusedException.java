package dev.kanmon;

import java.util.Optional;

/**
 * Says that an exchange was refused and why, to callers that only know exceptions. Neither its message nor its
 * verdict's string holds anything of the exchange's texts. It has no stack trace: where it was made says nothing.
 */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Not serialised; null in an exception that was. */
    private final transient Ruling ruling;

    /**
     * Makes the exception for a ruling.
     *
     * @param ruling one that is not {@link Ruling#admitted}; what the guard threw becomes the cause
     */
    public RefusedException(Ruling ruling) {
        super("refused: " + ruling.reason(), cause(ruling), false, false);
        this.ruling = ruling;
        if (ruling.admitted()) {
            throw new IllegalArgumentException("found an exchange that was admitted, expected one that was refused");
        }
    }

    private static Throwable cause(Ruling ruling) {
        return switch (ruling) {
            case Ruling.Judged judged -> null;
            case Ruling.Unjudged unjudged -> unjudged.failure();
        };
    }

    /** The verdict that led to this; empty where the guard failed, or where this was serialised. */
    public Optional<Verdict> verdict() {
        return ruling instanceof Ruling.Judged judged ? Optional.of(judged.verdict()) : Optional.empty();
    }
}
