package dev.kanmon.server;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where a server listens and what it lets its clients do. Immutable; start from {@link #defaults()} and change what
 * matters.
 *
 * @param host name or address to listen on
 * @param port to listen on; 0 for any that is free
 * @param apiKeys who may ask; empty for everybody who reaches the port
 * @param maxBodyBytes the longest body of a request, which is refused with 413 beyond
 * @param queueLength exchanges that may wait to be judged; a request that would make it more is refused with 429
 * @param batchTokens tokens that are judged together, by an estimate from the texts' lengths; an exchange that is longer
 *     is judged apart, beside the others
 * @param batchWait how long an exchange may wait for others that are being received at the time; one that is alone never
 *     waits
 * @param timeout how long a client may take to send a request (408), and how long a request may wait for its verdict
 *     (504)
 * @param idleTimeout how long a connection without a request stays open
 * @param drain how long {@link KanmonServer#close} waits for what was accepted
 * @param maxConnections connections at a time; more wait in the system's queue
 * @param metrics that {@code /metrics} tells; empty for ones of the server's own, without those of the guard
 * @param accessLog takes a line for each request, without any text of it; empty for no log. Called by many threads
 */
public record ServerOptions(
        String host,
        int port,
        Optional<ApiKeys> apiKeys,
        int maxBodyBytes,
        int queueLength,
        int batchTokens,
        Duration batchWait,
        Duration timeout,
        Duration idleTimeout,
        Duration drain,
        int maxConnections,
        Optional<ServerMetrics> metrics,
        Optional<Consumer<String>> accessLog) {

    private static final ServerOptions DEFAULTS = new ServerOptions(
            "127.0.0.1",
            8080,
            Optional.empty(),
            1 << 20,
            512,
            2048,
            Duration.ofMillis(2),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            1024,
            Optional.empty(),
            Optional.empty());

    public ServerOptions {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(apiKeys, "apiKeys");
        Objects.requireNonNull(metrics, "metrics");
        Objects.requireNonNull(accessLog, "accessLog");
        require("port", port, 0, 65535);
        require("maxBodyBytes", maxBodyBytes, 1, 1 << 30);
        require("queueLength", queueLength, 1, 1 << 20);
        require("batchTokens", batchTokens, 1, 1 << 20);
        require("maxConnections", maxConnections, 1, 1 << 20);
        require("batchWait", batchWait, Duration.ZERO, Duration.ofSeconds(10));
        require("timeout", timeout, Duration.ofMillis(1), Duration.ofHours(1));
        require("idleTimeout", idleTimeout, Duration.ofMillis(1), Duration.ofHours(24));
        require("drain", drain, Duration.ZERO, Duration.ofHours(1));
    }

    private static void require(String name, int found, int least, int most) {
        if (found < least || found > most) {
            throw new IllegalArgumentException(name + ": found " + found + ", expected " + least + " to " + most);
        }
    }

    private static void require(String name, Duration found, Duration least, Duration most) {
        if (found.compareTo(least) < 0 || found.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + ": found " + found + ", expected " + least + " to " + most);
        }
    }

    /**
     * Port 8080 of 127.0.0.1, no keys, bodies up to 1 MiB, 512 waiting exchanges, batches of 2,048 tokens, 2 ms to wait
     * for more, 30 s for a request and for draining, no access log.
     */
    public static ServerOptions defaults() {
        return DEFAULTS;
    }

    /** With this name or address to listen on; from elsewhere than this machine, give keys, too. */
    public ServerOptions withHost(String name) {
        return with(draft -> draft.host = name);
    }

    /** With another port; 0 for any that is free. */
    public ServerOptions withPort(int number) {
        return with(draft -> draft.port = number);
    }

    /** Only for clients that have one of these keys. */
    public ServerOptions withApiKeys(ApiKeys keys) {
        return with(draft -> draft.apiKeys = Optional.of(keys));
    }

    /** With another limit on the bytes of a request's body. */
    public ServerOptions withMaxBodyBytes(int bytes) {
        return with(draft -> draft.maxBodyBytes = bytes);
    }

    /** With another number of exchanges that may wait. */
    public ServerOptions withQueueLength(int exchanges) {
        return with(draft -> draft.queueLength = exchanges);
    }

    /** With another size of a batch, and another wait for it to be full. */
    public ServerOptions withBatches(int tokens, Duration wait) {
        return with(draft -> {
            draft.batchTokens = tokens;
            draft.batchWait = wait;
        });
    }

    /** With another limit on the time of a request. */
    public ServerOptions withTimeout(Duration limit) {
        return with(draft -> draft.timeout = limit);
    }

    /** With another time that a connection without a request stays open. */
    public ServerOptions withIdleTimeout(Duration limit) {
        return with(draft -> draft.idleTimeout = limit);
    }

    /** With another time to answer what was accepted before the server closes. */
    public ServerOptions withDrain(Duration limit) {
        return with(draft -> draft.drain = limit);
    }

    /** With another number of connections at a time. */
    public ServerOptions withMaxConnections(int count) {
        return with(draft -> draft.maxConnections = count);
    }

    /** With a line for each request. */
    public ServerOptions withAccessLog(Consumer<String> lines) {
        return with(draft -> draft.accessLog = Optional.of(lines));
    }

    /** With these figures at {@code /metrics}; load the guard with their listener, and its own are among them. */
    public ServerOptions withMetrics(ServerMetrics figures) {
        return with(draft -> draft.metrics = Optional.of(figures));
    }

    private ServerOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** The same components, to be changed. */
    private static final class Draft {
        private String host;
        private int port;
        private Optional<ApiKeys> apiKeys;
        private int maxBodyBytes;
        private int queueLength;
        private int batchTokens;
        private Duration batchWait;
        private Duration timeout;
        private Duration idleTimeout;
        private Duration drain;
        private int maxConnections;
        private Optional<ServerMetrics> metrics;
        private Optional<Consumer<String>> accessLog;

        Draft(ServerOptions options) {
            host = options.host;
            port = options.port;
            apiKeys = options.apiKeys;
            maxBodyBytes = options.maxBodyBytes;
            queueLength = options.queueLength;
            batchTokens = options.batchTokens;
            batchWait = options.batchWait;
            timeout = options.timeout;
            idleTimeout = options.idleTimeout;
            drain = options.drain;
            maxConnections = options.maxConnections;
            metrics = options.metrics;
            accessLog = options.accessLog;
        }

        ServerOptions options() {
            return new ServerOptions(
                    host,
                    port,
                    apiKeys,
                    maxBodyBytes,
                    queueLength,
                    batchTokens,
                    batchWait,
                    timeout,
                    idleTimeout,
                    drain,
                    maxConnections,
                    metrics,
                    accessLog);
        }
    }
}
