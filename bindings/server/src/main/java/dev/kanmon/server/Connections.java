package dev.kanmon.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Helidon's HTTP/1.1 connections, each with a {@link Connection} in front that knows how long its client has taken and
 * how much it has sent.
 */
final class Connections implements ServerConnectionSelector {

    /** How often a connection that waits for its client looks whether it still should. */
    static final Duration POLL = Duration.ofMillis(200);

    /** How long a connection without a request is still listened to when the server closes. */
    private static final Duration LINGER = Duration.ofMillis(500);

    private final Http1ConnectionSelector http1;
    private final Limits limits;
    private final AcceptedSockets sockets = new AcceptedSockets(POLL);
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger receiving = new AtomicInteger();
    private volatile boolean draining;
    private volatile long closeIdleFrom;

    /**
     * What one request may take.
     *
     * @param headBytes of its first line and headers
     * @param bytes of all of it
     * @param receive time from its first byte to its last, and to take the answer
     * @param idle time between requests
     */
    record Limits(int headBytes, long bytes, Duration receive, Duration idle) {}

    Connections(Http1Config config, Limits limits) {
        http1 = Http1ConnectionSelector.builder().config(config).build();
        this.limits = limits;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http1.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new Connection(
                context, this, http1, sockets.take(context.remotePeer().address()));
    }

    /** How sockets are to be set up. */
    AcceptedSockets sockets() {
        return sockets;
    }

    Limits limits() {
        return limits;
    }

    Set<Connection> open() {
        return open;
    }

    /** Requests of which something has been received, but not all. */
    AtomicInteger receiving() {
        return receiving;
    }

    /** From now on every answer is the last of its connection, and connections without a request end soon. */
    void drain() {
        closeIdleFrom = System.nanoTime() + LINGER.toNanos();
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /** Whether a connection without a request is to end now. */
    boolean closesIdle() {
        return draining && System.nanoTime() - closeIdleFrom > 0;
    }

    /** Ends connections whose client does not take its answer. Called every second or so. */
    void abortStuck() {
        long now = System.nanoTime();
        sockets.forgetClosed();
        open.forEach(connection -> connection.abortIfStuck(now));
    }
}
