package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.cli.Main.Streams;
import java.util.List;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Commands that are in jars of their own. The jars are looked for only when such a command is asked for. */
final class AddedCommands {

    private AddedCommands() {}

    /** Puts the command of this name in place of the one that says where it is, if a jar has it. */
    static void add(CommandLine line, Streams streams, String name) {
        CommandLine known = line.getSubcommands().get(name);
        if (known != null && !(known.getCommand() instanceof Missing)) {
            return;
        }
        for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            if (provider.name().equals(name)) {
                if (known != null) {
                    line.getCommandSpec().removeSubcommand(name);
                }
                line.addSubcommand(name, provider.command(streams.out(), streams.err()));
                return;
            }
        }
    }

    /** Stands for a command whose jar is not there, so that the help lists it. */
    abstract static class Missing extends KanmonCommand {

        @Unmatched
        private List<String> whatever; // which only the command itself understands

        private final String name;
        private final String artifact;

        Missing(String name, String artifact) {
            this.name = name;
            this.artifact = artifact;
        }

        @Override
        public Integer call() throws BadInput {
            throw new BadInput(name + ": is in the jar of " + artifact + ", which is not on the class path; ./kanmon "
                    + name + " builds and adds it");
        }
    }

    /** {@code kanmon serve}, without its jar. */
    @Command(name = "serve", description = "Answers over HTTP.")
    static final class Serve extends Missing {
        Serve() {
            super("serve", "dev.kanmon:kanmon-server");
        }
    }
}
