package dev.kanmon.cli;

/** Exit statuses, as other programs read them. */
final class ExitStatus {

    /** Done; for {@code check}: nothing harmful. */
    static final int OK = 0;

    /** {@code check} found something harmful. */
    static final int HARMFUL = 1;

    /** Bad usage or input. */
    static final int BAD_INPUT = 2;

    /** Anything else. */
    static final int FAILED = 3;

    private ExitStatus() {}
}
