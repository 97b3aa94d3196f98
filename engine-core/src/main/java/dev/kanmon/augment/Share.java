package dev.kanmon.augment;

/**
 * Which frames of texts are used. A model that is measured with frames that it was trained on knows them by heart, so an
 * eighth of them, by a hash, is kept for measuring.
 */
public enum Share {
    /** Every frame. */
    ALL,
    /** Seven of eight, to train with. */
    TRAINING,
    /** One of eight, to measure with. */
    VALIDATION;

    private static final int OF = 8;

    /** Whether a frame is in this share. */
    boolean has(String frame) {
        boolean measured = Long.remainderUnsigned(Words.hash(frame), OF) == 0;
        return switch (this) {
            case ALL -> true;
            case TRAINING -> !measured;
            case VALIDATION -> measured;
        };
    }
}
