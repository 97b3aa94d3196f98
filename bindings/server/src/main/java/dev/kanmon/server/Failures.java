package dev.kanmon.server;

/** What may be logged of an exception: kinds and places. A message can hold what a client sent. */
final class Failures {

    /** Enough to find the place, in a line that can be read. */
    private static final int FRAMES = 12;

    private Failures() {}

    static String describe(Throwable failure) {
        StringBuilder out = new StringBuilder();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            out.append(each == failure ? "" : "; caused by ")
                    .append(each.getClass().getName());
            StackTraceElement[] frames = each.getStackTrace();
            for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
                out.append(i == 0 ? " at " : " < ").append(frames[i]);
            }
        }
        return out.toString();
    }
}
