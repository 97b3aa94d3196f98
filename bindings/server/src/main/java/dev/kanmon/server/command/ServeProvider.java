package dev.kanmon.server.command;

import dev.kanmon.cli.CommandProvider;
import java.io.PrintStream;
import java.util.concurrent.Callable;

/** Adds {@code kanmon serve} to the command line where both are on the class path. */
public final class ServeProvider implements CommandProvider {

    /** Made by the service loader. */
    public ServeProvider() {}

    @Override
    public String name() {
        return "serve";
    }

    @Override
    public Callable<Integer> command(PrintStream out, PrintStream err) {
        return new ServeCommand(out, err);
    }
}
