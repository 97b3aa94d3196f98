package dev.kanmon.cli;

import dev.kanmon.GuardOptions;
import dev.kanmon.Joining;
import dev.kanmon.WindowPolicy;
import dev.kanmon.cli.Complaint.BadInput;
import picocli.CommandLine.Option;

/** How texts are read that are longer than the model, or that hide one sentence among many. */
final class WindowArguments {

    private static final String TOP = "top:";

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Cut longer texts to one window of N tokens instead of reading them in several.")
    private Integer maxTokens;

    @Option(
            names = "--windows",
            paramLabel = "max|top:K|ends",
            description =
                    "What decides about a text of several windows: the most harmful one (default), the mean of the K"
                            + " most harmful, or the first and the last, no other being read.")
    private String windows;

    @Option(
            names = "--sentences",
            description = "Judge each sentence by itself, too: finds one among thousands of harmless words.")
    private boolean sentences;

    @Option(
            names = "--max-work",
            paramLabel = "N",
            description =
                    "Compute at most N tokens for one text; what needs more is incomplete, and refused like what is"
                            + " harmful.")
    private Integer maxWork;

    /** The same options with what was asked for. */
    GuardOptions applyTo(GuardOptions options) throws BadInput {
        if (maxTokens != null && (windows != null || sentences)) {
            throw new BadInput((windows != null ? "--windows" : "--sentences")
                    + ": found --max-tokens, too, which leaves one window; expected one of them");
        }
        WindowPolicy policy =
                maxTokens == null ? options.windows() : WindowPolicy.truncate(atLeastOne("--max-tokens", maxTokens));
        if (maxWork != null) {
            policy = policy.withMaxWork(atLeastOne("--max-work", maxWork));
        }
        if (windows != null) {
            policy = policy.withJoining(joining());
        }
        if (sentences) {
            try {
                policy = policy.withSentences(true);
            } catch (IllegalArgumentException e) {
                throw new BadInput("--" + e.getMessage());
            }
        }
        return options.withWindows(policy);
    }

    private Joining joining() throws BadInput {
        return switch (windows) {
            case "max" -> Joining.max();
            case "ends" -> Joining.firstAndLast();
            default -> {
                try {
                    if (windows.startsWith(TOP)) {
                        yield Joining.meanOfTop(Integer.parseInt(windows.substring(TOP.length())));
                    }
                } catch (IllegalArgumentException e) {
                    // Neither a whole number nor, if it is one, at least 1: the same sentence.
                }
                throw new BadInput("--windows: found " + windows + ", expected max, top:K with a K from 1 on, or ends");
            }
        };
    }

    private static int atLeastOne(String option, int tokens) throws BadInput {
        if (tokens < 1) {
            throw new BadInput(option + ": found " + tokens + ", expected at least 1");
        }
        return tokens;
    }
}
