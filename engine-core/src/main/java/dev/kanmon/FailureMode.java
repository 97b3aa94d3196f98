package dev.kanmon;

/** What becomes of an exchange that nobody judged, because the guard failed. */
public enum FailureMode {
    /** It is refused: nobody knows whether it is harmless. */
    CLOSED,
    /** It is admitted without a verdict, and a log line says so. */
    OPEN
}
