package dev.kanmon.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;

/**
 * Adds a command to the command line, from a jar of its own. Found by {@link java.util.ServiceLoader} when a command of
 * this name is asked for.
 */
public interface CommandProvider {

    /** The command's name. */
    String name();

    /**
     * A new command, annotated for picocli. It gives its exit status: 0 done, 2 bad usage or input, 3 anything else;
     * what it throws is told in one sentence, an {@link IllegalArgumentException} as bad input.
     *
     * @param out for results
     * @param err for everything else
     */
    Callable<Integer> command(PrintStream out, PrintStream err);
}
