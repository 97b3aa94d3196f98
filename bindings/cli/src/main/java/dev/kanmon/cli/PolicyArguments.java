package dev.kanmon.cli;

import dev.kanmon.GuardOptions;
import dev.kanmon.cli.Complaint.BadInput;
import picocli.CommandLine.Option;

/** Which guard, and which of its policies: for the commands that give verdicts. */
final class PolicyArguments extends GuardArguments {

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            description = "Judge by this policy of the model's sidecar, such as strict, instead of a threshold.")
    private String policy;

    @Override
    GuardOptions withPolicy(GuardOptions options) throws BadInput {
        if (policy == null) {
            return options;
        }
        if (threshold().isPresent()) {
            throw new BadInput("--policy: found --threshold, too; expected one of them");
        }
        return options.withPolicy(policy);
    }
}
