package dev.kanmon;

/** The example in the documentation of {@link Checkpoint}; CheckpointTest runs it. */
final class CheckpointExample {

    private CheckpointExample() {}

    static String answer(Checker guard, String question, String reply) {
        // @start region="checkpoint"
        Checkpoint checkpoint = Checkpoint.of(guard).withThreshold(0.3).withFailureMode(FailureMode.OPEN);
        Ruling ruling = checkpoint.judge(Exchange.of(question, reply));
        return ruling.admitted() ? reply : "I cannot help with that.";
        // @end
    }
}
