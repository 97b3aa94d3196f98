package dev.kanmon.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutorService;

/**
 * One client's connection. Everything that it sends passes here: a request that comes too slowly ends with 408, one
 * that is too large with 431 or 413, and a connection on which nothing comes ends.
 *
 * <p>Used by the connection's own thread, but for {@link #abortIfStuck}.
 */
final class Connection implements ServerConnection, ConnectionContext {

    private static final System.Logger LOG = System.getLogger(Connection.class.getName());

    private static final ScopedValue<Connection> CURRENT = ScopedValue.newInstance();

    /** How long what a refused client still sends is read over. */
    private static final Duration READ_OVER = Duration.ofSeconds(1);

    private static final Status HEADERS_TOO_LARGE = Status.create(431, "Request Header Fields Too Large");

    private enum State {
        IDLE,
        HEAD,
        BODY,
        ANSWER
    }

    private final ConnectionContext context;
    private final Connections connections;
    private final Http1ConnectionSelector http1;
    private final SocketChannel channel;
    private final DataReader reader = DataReader.create(this::receive);
    private final long receiveNanos;
    private final long idleNanos;
    private State state = State.IDLE;
    private long since = System.nanoTime();
    private long received;
    private boolean clientWentAway;

    /** When the answer began to be written, or 0. */
    private volatile long answeringSince;

    Connection(
            ConnectionContext context, Connections connections, Http1ConnectionSelector http1, SocketChannel channel) {
        this.context = context;
        this.connections = connections;
        this.http1 = http1;
        this.channel = channel;
        receiveNanos = connections.limits().receive().toNanos();
        idleNanos = connections.limits().idle().toNanos();
    }

    /** The connection whose thread this is. */
    static Connection current() {
        return CURRENT.get();
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        connections.open().add(this);
        try {
            ScopedValue.where(CURRENT, this).call(() -> {
                http1.connection(this).handle(limit);
                return null;
            });
        } finally {
            boolean unread = state == State.HEAD || state == State.BODY;
            enter(State.IDLE);
            if (unread && !clientWentAway) {
                readOver();
            }
            connections.open().remove(this);
        }
    }

    /** A connection that is closed with bytes unread is reset, and the client may never see why it was refused. */
    private void readOver() {
        long until = System.nanoTime() + READ_OVER.toNanos();
        while (System.nanoTime() - until < 0) {
            try {
                if (context.serverSocket().get() == null) {
                    return;
                }
            } catch (UncheckedIOException e) {
                if (!(e.getCause() instanceof SocketTimeoutException)) {
                    return; // there is nobody to be polite to any more
                }
            }
        }
    }

    private void enter(State next) {
        boolean wasReceiving = state == State.HEAD || state == State.BODY;
        boolean isReceiving = next == State.HEAD || next == State.BODY;
        if (wasReceiving != isReceiving) {
            connections.receiving().addAndGet(isReceiving ? 1 : -1);
        }
        if (state != State.HEAD || next != State.BODY) { // one time for both
            since = System.nanoTime();
        }
        state = next;
    }

    /** The request's headers are here, its body follows. */
    void beginBody() {
        enter(State.BODY);
    }

    /** The request is here. */
    void beginAnswer() {
        enter(State.ANSWER);
        received = 0;
    }

    /** The answer is being written from now on. */
    void beginWrite() {
        answeringSince = System.nanoTime() | 1;
    }

    /** A part of the answer is written; the next may take its time. */
    void endWrite() {
        answeringSince = 0;
    }

    /** The answer is written. */
    void end() {
        answeringSince = 0;
        enter(State.IDLE);
    }

    /** Bytes from the client; null at the end of what comes. */
    private byte[] receive() {
        while (true) {
            checkLimits();
            try {
                byte[] bytes = context.serverSocket().get();
                if (bytes != null) {
                    if (state == State.IDLE) {
                        enter(State.HEAD);
                        received = 0;
                    }
                    received += bytes.length;
                }
                clientWentAway = bytes == null;
                return bytes;
            } catch (UncheckedIOException e) {
                if (!(e.getCause() instanceof SocketTimeoutException)) {
                    clientWentAway = true;
                    throw new ServerConnectionException("The client went away", e);
                }
                if (state == State.IDLE && (System.nanoTime() - since > idleNanos || connections.closesIdle())) {
                    return null;
                }
            }
        }
    }

    private void checkLimits() {
        if (state == State.HEAD || state == State.BODY) {
            if (System.nanoTime() - since > receiveNanos) {
                throw refused(Status.REQUEST_TIMEOUT_408, "The request took too long to arrive");
            }
            if (state == State.HEAD && received > connections.limits().headBytes()) {
                throw refused(HEADERS_TOO_LARGE, "The headers are too large");
            }
            if (received > connections.limits().bytes()) {
                throw refused(Status.REQUEST_ENTITY_TOO_LARGE_413, "The request is too large");
            }
        }
    }

    private static RequestException refused(Status status, String message) {
        return RequestException.builder()
                .type(DirectHandler.EventType.BAD_REQUEST)
                .status(status)
                .message(message)
                .setKeepAlive(false)
                .build();
    }

    /** Ends the connection if its client has not taken an answer in time; any thread may call it. */
    void abortIfStuck(long now) {
        long begun = answeringSince;
        if (begun != 0 && now - begun > receiveNanos) {
            abort();
        }
    }

    private void abort() {
        try {
            if (channel == null) { // another client had the same address at the same moment
                context.serverSocket().close();
            } else {
                channel.close();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection could not be closed", e);
        }
    }

    @Override
    public Duration idleTime() {
        return Duration.ZERO; // receive() knows better, and ends it
    }

    /** Helidon interrupts here what it takes for idle; that may be a request's first byte. It ends in receive(). */
    @Override
    public void close(boolean interrupt) {
        if (interrupt) {
            abort();
        }
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public ListenerContext listenerContext() {
        return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return context.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return context.dataWriter();
    }

    @Override
    public Router router() {
        return context.router();
    }

    @Override
    public HelidonSocket serverSocket() {
        return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return context.localPeer();
    }

    @Override
    public boolean isSecure() {
        return context.isSecure();
    }

    @Override
    public String socketId() {
        return context.socketId();
    }

    @Override
    public String childSocketId() {
        return context.childSocketId();
    }
}
