package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.cli.Complaint.BadInput;
import java.io.IOException;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Mixin;

/**
 * The options that say which guard, and how it computes and judges: a mixin for commands of a {@link CommandProvider}, the
 * same as those of {@code check}.
 */
public final class GuardSource {

    @Mixin
    private PolicyArguments arguments;

    /** Made by picocli. */
    public GuardSource() {}

    /**
     * Opens the guard.
     *
     * @param change of what the user asked for
     * @throws IllegalArgumentException if the options are wrong
     * @throws IOException if the model cannot be read
     */
    public Guard open(UnaryOperator<GuardOptions> change) throws IOException {
        try {
            return arguments.open(change.apply(arguments.options()));
        } catch (BadInput e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
