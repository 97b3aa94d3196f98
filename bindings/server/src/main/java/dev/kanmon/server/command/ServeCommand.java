package dev.kanmon.server.command;

import dev.kanmon.Guard;
import dev.kanmon.GuardInfo;
import dev.kanmon.GuardOptions;
import dev.kanmon.cli.GuardSource;
import dev.kanmon.server.ApiKeys;
import dev.kanmon.server.KanmonServer;
import dev.kanmon.server.ServerMetrics;
import dev.kanmon.server.ServerOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kanmon serve}: a guard behind a port, until SIGTERM or Ctrl-C; then it answers what it has accepted and ends. */
@Command(
        name = "serve",
        description = {
            "Answers over HTTP: POST /v1/guard, POST /v1/moderations as OpenAI's, and a page at /; see /openapi.json.",
            "SIGTERM or Ctrl-C ends it when everything that it has accepted is answered; the exit status is 0."
        })
final class ServeCommand implements Callable<Integer> {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([kKmM]?)[bB]?");

    /** Work for the longest text unless told otherwise: some 12,000 words, two seconds of two processors. */
    private static final int MOST_TOKENS = 16_384;

    /** Helidon's loggers tell people who write servers, not those who run them. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    private final PrintStream out;
    private final PrintStream err;

    @Mixin
    private GuardSource source;

    @Option(names = "--host", paramLabel = "NAME", description = "Listen on this name or address (default: 127.0.0.1).")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "N", description = "Listen on this port; 0 for a free one (default: 8080).")
    private int port = 8080;

    @Option(
            names = "--api-keys",
            paramLabel = "FILE",
            description = "Answer only clients with a key of this file, one a line: the key, or sha256: and its hash.")
    private Path apiKeys;

    @Option(
            names = "--allow-anyone",
            description = "Listen for other machines without --api-keys: whoever reaches the port may ask.")
    private boolean allowAnyone;

    @Option(
            names = "--max-body",
            paramLabel = "SIZE",
            description = "The longest body of a request, such as 64K or 1MB (default: 1MB).")
    private String maxBody = "1MB";

    @Option(
            names = "--max-tokens-per-request",
            paramLabel = "N",
            description = "Compute at most so many tokens for a text; a longer one is read in part, and what is not"
                    + " harmful then is incomplete; the same as --max-work (default: 16384).")
    private int maxTokensPerRequest = MOST_TOKENS;

    @Option(names = "--queue", paramLabel = "N", description = "Texts that may wait, others get 429 (default: 512).")
    private int queue = ServerOptions.defaults().queueLength();

    @Option(
            names = "--batch-tokens",
            paramLabel = "N",
            description = "Judge about so many tokens together (default: 2048).")
    private int batchTokens = ServerOptions.defaults().batchTokens();

    @Option(
            names = "--batch-wait",
            paramLabel = "MS",
            description = "Wait so long for texts that are being received (default: 2).")
    private long batchWait = ServerOptions.defaults().batchWait().toMillis();

    @Option(
            names = "--timeout",
            paramLabel = "S",
            description =
                    "Give a client so long to send a request, and a request so long to be answered (default: 30).")
    private long timeout = ServerOptions.defaults().timeout().toSeconds();

    @Option(
            names = "--drain",
            paramLabel = "S",
            description = "Take at most so long to answer what was accepted before it ends (default: 30).")
    private long drain = ServerOptions.defaults().drain().toSeconds();

    @Option(names = "--no-access-log", description = "Write no line on standard error for each request.")
    private boolean noAccessLog;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    ServeCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServerMetrics metrics = new ServerMetrics();
        ServerOptions options = options().withMetrics(metrics);
        HELIDON.setLevel(Level.WARNING);
        if (maxTokensPerRequest < 1) {
            throw new IllegalArgumentException(
                    "--max-tokens-per-request: found " + maxTokensPerRequest + ", expected at least 1");
        }
        try (Guard guard = source.open(wished -> limited(wished).withListener(metrics.listener()));
                KanmonServer server = KanmonServer.start(guard, options)) {
            tell(server, guard.info());
            Thread onSignal = new Thread(() -> end(server, guard), "kanmon-drain");
            Runtime.getRuntime().addShutdownHook(onSignal);
            new CountDownLatch(1).await(); // for ever: the signal's thread ends the JVM
        }
        return 0;
    }

    /** Nobody may ask for any amount of work, unless whoever runs this says how much. */
    private GuardOptions limited(GuardOptions wished) {
        return wished.windows().maxWork().isPresent()
                ? wished
                : wished.withWindows(wished.windows().withMaxWork(maxTokensPerRequest));
    }

    private boolean isReachedByOthers() {
        try {
            return !InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("--host: found " + host + ", which is no name or address", e);
        }
    }

    private ServerOptions options() throws IOException {
        ServerOptions options = ServerOptions.defaults()
                .withHost(host)
                .withPort(port)
                .withMaxBodyBytes(bytes(maxBody))
                .withQueueLength(queue)
                .withBatches(batchTokens, Duration.ofMillis(batchWait))
                .withTimeout(Duration.ofSeconds(timeout))
                .withDrain(Duration.ofSeconds(drain));
        if (!noAccessLog) {
            options = options.withAccessLog(this::log);
        }
        if (apiKeys != null) {
            options = options.withApiKeys(ApiKeys.read(apiKeys));
        } else if (!allowAnyone && isReachedByOthers()) {
            throw new IllegalArgumentException("--host: found " + host + ", which other machines reach, expected"
                    + " --api-keys with it, or --allow-anyone");
        }
        return options;
    }

    private static int bytes(String size) {
        Matcher matcher = SIZE.matcher(size);
        long factor = 0;
        if (matcher.matches()) {
            factor = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
                case "k" -> 1 << 10;
                case "m" -> 1 << 20;
                default -> 1;
            };
        }
        long bytes = factor == 0 ? 0 : Long.parseLong(matcher.group(1)) * factor;
        if (bytes < 1 || bytes > 1 << 30) {
            throw new IllegalArgumentException("--max-body: found " + size + ", expected a size such as 64K or 1MB");
        }
        return (int) bytes;
    }

    private void log(String line) {
        synchronized (err) {
            err.print(line);
            err.print('\n');
            err.flush();
        }
    }

    private void tell(KanmonServer server, GuardInfo info) {
        out.print("kanmon: listening on " + server.url() + "\n");
        out.flush();
        log("kanmon: " + info.model() + ", threshold " + info.threshold()
                + info.policy().map(name -> " (" + name + ")").orElse("") + ", weights "
                + info.weights().name().toLowerCase(Locale.ROOT) + ", kernels " + info.kernels() + ", threads "
                + info.threads() + (apiKeys == null ? "" : ", with keys"));
    }

    /** The JVM would end with the signal's status; what was asked for is done, so it is 0. */
    private void end(KanmonServer server, Guard guard) {
        log("kanmon: ending; answering what was accepted");
        server.close();
        guard.close();
        out.print("kanmon: ended\n");
        out.flush();
        err.flush();
        Runtime.getRuntime().halt(0);
    }
}
