package dev.kanmon.cli;

import dev.kanmon.cli.Main.Streams;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What all subcommands have. */
@Command
abstract class KanmonCommand implements Callable<Integer> {

    /** Where it reads and writes; set before it runs. */
    Streams streams;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;
}
