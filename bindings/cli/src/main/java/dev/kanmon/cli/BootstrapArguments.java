package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.eval.Bootstrap;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How intervals are found. */
final class BootstrapArguments {

    private static final int MOST = 1_000_000;

    @Option(
            names = "--bootstrap",
            paramLabel = "N",
            description = "Intervals (95 %%) from N draws of the rows (default: ${DEFAULT-VALUE}; 0: none).",
            defaultValue = "1000")
    private int replicates;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the draws (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private long seed;

    /** The draws; empty for none. */
    Optional<Bootstrap> bootstrap() throws BadInput {
        if (replicates < 0 || replicates > MOST) {
            throw new BadInput("--bootstrap: found " + replicates + ", expected 0 to " + MOST);
        }
        return replicates == 0 ? Optional.empty() : Optional.of(Bootstrap.of(replicates, seed));
    }
}
