package dev.kanmon.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kanmon}: a safety guard on the command line. */
@Command(
        name = "kanmon",
        mixinStandardHelpOptions = true,
        version = "kanmon 0.1.0-SNAPSHOT",
        synopsisSubcommandLabel = "COMMAND",
        description = "Says how likely an instruction, or an instruction and the reply to it, is harmful.",
        footer = {
            "",
            "Exit status: 0 done (check: nothing harmful), 1 check found something harmful,",
            "2 bad usage or input, 3 anything else."
        },
        subcommands = {
            CheckCommand.class,
            TokenizeCommand.class,
            LogitsCommand.class,
            InspectCommand.class,
            ConvertCommand.class,
            EvalCommand.class,
            CalibrateCommand.class,
            AugmentCommand.class,
            LabelCommand.class,
            PrepareCommand.class,
            DistillCommand.class,
            BenchCommand.class,
            AddedCommands.Serve.class
        })
public final class Main {

    private Main() {}

    /** Runs the command and ends the JVM with its exit status. */
    public static void main(String[] args) {
        Streams streams =
                new Streams(System.in, utf8(FileDescriptor.out), utf8(FileDescriptor.err), Terminal.ofProcess());
        int status = run(streams, args);
        streams.out().flush();
        streams.err().flush();
        if (status == ExitStatus.OK && streams.out().checkError()) {
            status = ExitStatus.FAILED; // Whoever reads the results went away; they are not done.
        }
        System.exit(status);
    }

    /**
     * Runs a command.
     *
     * @return its exit status
     */
    static int run(Streams streams, String... args) {
        CommandLine line = new CommandLine(new Main(), new CommandFactory(streams));
        if (args.length > 0) {
            AddedCommands.add(line, streams, args[0]); // first: what is set here goes for the commands that are known
        }
        line.setOut(new PrintWriter(streams.out(), true));
        line.setErr(new PrintWriter(streams.err(), true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((exception, _) -> {
            streams.complain(exception.getMessage() + "; see kanmon " + name(exception.getCommandLine()) + "--help");
            return ExitStatus.BAD_INPUT;
        });
        line.setExecutionExceptionHandler(
                (exception, _, _) -> Complaint.of(exception).tell(streams));
        try {
            if (args.length == 0) {
                line.usage(streams.err());
                return ExitStatus.BAD_INPUT;
            }
            return line.execute(args);
        } catch (OutOfMemoryError e) {
            streams.complain(
                    "the JVM ran out of memory: " + e.getMessage() + "; give it more with JAVA_TOOL_OPTIONS=-Xmx…");
            return ExitStatus.FAILED;
        }
    }

    private static String name(CommandLine line) {
        return line.getParent() == null ? "" : line.getCommandName() + " ";
    }

    /** Standard streams speak UTF-8 and end lines with \n whatever the locale and the system. */
    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 1 << 16), false, StandardCharsets.UTF_8);
    }

    /** Where a command reads and writes. */
    record Streams(InputStream in, PrintStream out, PrintStream err, Terminal terminal) {

        /** One result line. */
        void line(String text) {
            out.print(text);
            out.print('\n');
        }

        /** One line for people. */
        void note(String text) {
            err.print(text);
            err.print('\n');
            err.flush();
        }

        /** What went wrong, in one line. */
        void complain(String message) {
            out.flush();
            note("kanmon: " + message.replace("\r", "").replace('\n', ' '));
        }
    }

    /** Hands the streams to commands that want them. */
    private record CommandFactory(Streams streams) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            K created = CommandLine.defaultFactory().create(type);
            if (created instanceof KanmonCommand command) {
                command.streams = streams;
            }
            return created;
        }
    }
}
