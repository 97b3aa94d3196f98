package dev.kanmon.server;

import dev.kanmon.Checker;
import dev.kanmon.Guard;
import dev.kanmon.GuardInfo;
import dev.kanmon.server.Connections.Limits;
import io.helidon.http.DirectHandler;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A guard behind a port, for programs of any language: HTTP/1.1, a thread of its own for each connection, exchanges of
 * concurrent requests judged together.
 *
 * {@snippet class="dev.kanmon.server.ServerExample" region="server"}
 *
 * <p>Endpoints: {@code POST /v1/guard}, {@code POST /v1/moderations} as OpenAI's, {@code /v1/streams} for replies that are
 * still being generated, {@code GET /v1/stats}, {@code /health}, {@code /ready}, {@code /metrics}, {@code /openapi.json},
 * which describes them all, and a page at {@code /}. Safe to share between threads.
 */
public final class KanmonServer implements AutoCloseable {

    /** Bytes of a request's first line. */
    private static final int MAX_PROLOGUE = 4096;

    /** Bytes of a request's first line and headers. */
    private static final int MAX_HEAD = 32 << 10;

    /** What chunks may add to a body that they carry. */
    private static final int CHUNKING = 8;

    /** An explanation takes as long as many verdicts. */
    private static final int WAITING_EXPLANATIONS = 8;

    private static final int RECEIVE_BUFFER = 64 << 10;
    private static final int BACKLOG = 1024;

    /** How long a closing server listens at least for requests that are on their way. */
    private static final Duration LAME_DUCK = Duration.ofMillis(500);

    private static final Header PROMETHEUS =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

    private final WebServer web;
    private final Connections connections;
    private final Batcher batcher;
    private final SideWork explanations;
    private final SideWork streamWork;
    private final StreamEndpoints streams;
    private final Front front;
    private final ScheduledExecutorService housekeeping;
    private final String host;
    private boolean closed;

    private KanmonServer(Checker checker, GuardInfo info, ServerOptions options) {
        Stats stats = new Stats();
        ServerMetrics metrics = options.metrics().orElseGet(ServerMetrics::new);
        Http1Config http1 = Http1Config.builder()
                .maxPrologueLength(MAX_PROLOGUE)
                .maxHeadersSize(2 * MAX_HEAD) // Connection counts, and answers 431
                .sendKeepAliveHeader(false)
                .build();
        long mostBytes = MAX_HEAD + (long) CHUNKING * options.maxBodyBytes();
        connections = new Connections(http1, new Limits(MAX_HEAD, mostBytes, options.timeout(), options.idleTimeout()));
        batcher = new Batcher(
                checker,
                options.queueLength(),
                options.batchTokens(),
                options.batchWait(),
                connections.receiving()::get);
        Service service = new Service(checker, info, batcher, stats, options.timeout());
        explanations = new SideWork("kanmon-explanations", WAITING_EXPLANATIONS, options.timeout());
        streamWork = new SideWork("kanmon-streams", options.queueLength(), options.timeout());
        streams = new StreamEndpoints(service, streamWork, options.maxBodyBytes(), connections::isDraining);
        InetAddress address = address(options.host());
        metrics.watch(batcher);
        front = routes(service, options, stats, metrics, address);
        host = options.host();
        housekeeping = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("kanmon-connections").factory());
        try {
            web = listen(options, address);
        } catch (RuntimeException e) {
            end();
            throw e;
        }
        housekeeping.scheduleWithFixedDelay(streams::expire, 1, 1, TimeUnit.SECONDS);
        housekeeping.scheduleWithFixedDelay(connections::abortStuck, 1, 1, TimeUnit.SECONDS);
    }

    private Front routes(
            Service service, ServerOptions options, Stats stats, ServerMetrics metrics, InetAddress address) {
        Set<String> hosts = new TreeSet<>();
        if (address.isLoopbackAddress() && options.apiKeys().isEmpty()) {
            hosts.addAll(Set.of("localhost", "127.0.0.1", "[::1]"));
            hosts.add(options.host().toLowerCase(Locale.ROOT));
        }
        StatusEndpoints status = new StatusEndpoints(service, connections::isDraining);
        return new Front(options, connections, stats, metrics, hosts)
                .route("POST", "/v1/guard", new GuardEndpoint(service, explanations, streams))
                .route("POST", "/v1/moderations", new ModerationEndpoint(service))
                .route("POST", "/v1/streams", streams::begin)
                .route("POST", "/v1/streams/{id}", streams::append)
                .route("DELETE", "/v1/streams/{id}", streams::end)
                .route("GET", "/v1/streams/{id}/events", streams::events)
                .route("GET", "/v1/stats", status::stats)
                .route("GET", "/metrics", call -> call.answer(200, PROMETHEUS, bytes(metrics.text())))
                .open("GET", "/health", status::health)
                .open("GET", "/ready", status::ready)
                .open("GET", "/", StaticFiles.page())
                .open("GET", "/openapi.json", StaticFiles.openApi());
    }

    private WebServer listen(ServerOptions options, InetAddress address) {
        try {
            return WebServer.builder()
                    .address(address)
                    .port(options.port())
                    .backlog(BACKLOG)
                    .shutdownHook(false)
                    .shutdownGracePeriod(options.drain())
                    .maxPayloadSize(options.maxBodyBytes())
                    .maxTcpConnections(options.maxConnections())
                    .protocolsDiscoverServices(false)
                    .featuresDiscoverServices(false)
                    .addConnectionSelector(connections)
                    .useNio(false) // reads of the others know no timeout
                    .connectionOptions(connections.sockets())
                    .putListenerSocketOption(StandardSocketOptions.SO_REUSEADDR, true)
                    .putListenerSocketOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER)
                    .directHandlers(errors())
                    .routing(routing -> routing.any(front::handle))
                    .build()
                    .start();
        } catch (UncheckedIOException e) {
            throw new IllegalArgumentException(
                    options.host() + ":" + options.port() + ": cannot be listened on: "
                            + e.getCause().getMessage(),
                    e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static InetAddress address(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(host + ": is not a name or address of this machine", e);
        }
    }

    /** Requests that never reach an endpoint get the same kind of error object. */
    private static DirectHandlers errors() {
        DirectHandler handler = (_, _, status, _, _) -> {
            ApiError error = Front.refused(status);
            return DirectHandler.TransportResponse.builder()
                    .status(status)
                    .header(HeaderNames.CONTENT_TYPE, "application/json")
                    .entity(bytes(error.json()))
                    .keepAlive(false)
                    .build();
        };
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            builder.addHandler(type, handler);
        }
        return builder.build();
    }

    /**
     * Starts a server.
     *
     * @param guard stays the caller's, who closes it after the server
     * @throws IllegalArgumentException if the port cannot be listened on
     */
    public static KanmonServer start(Guard guard, ServerOptions options) {
        return start(guard, guard.info(), options);
    }

    /**
     * Starts a server.
     *
     * @param checker judges; stays the caller's, who closes it after the server
     * @param info of the guard whose name, threshold and policies clients are told
     * @throws IllegalArgumentException if the port cannot be listened on
     */
    public static KanmonServer start(Checker checker, GuardInfo info, ServerOptions options) {
        return new KanmonServer(
                Objects.requireNonNull(checker, "checker"),
                Objects.requireNonNull(info, "info"),
                Objects.requireNonNull(options, "options"));
    }

    /** Method and path of everything that is answered. */
    Set<String> routes() {
        return front.routes();
    }

    /** The port that is listened on. */
    public int port() {
        return web.port();
    }

    /** Where the page is, such as {@code http://127.0.0.1:8080}. */
    public String url() {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
    }

    /**
     * Ends the server when everything is answered that was accepted, or after {@link ServerOptions#drain}. Meanwhile
     * {@code /ready} says no, and each answer is the last of its connection. Idempotent; any thread may call it, and
     * returns when the server has ended.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        connections.drain();
        pause();
        web.stop();
        end();
    }

    private void end() {
        streams.close();
        streamWork.close();
        explanations.close();
        batcher.close();
        housekeeping.shutdownNow();
    }

    /** Clients whose request is on its way while the signal comes are still listened to. */
    private void pause() {
        long until = System.nanoTime() + LAME_DUCK.toNanos();
        try {
            while (System.nanoTime() - until < 0 && !(connections.open().isEmpty() && front.active() == 0)) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // then without a pause
        }
    }
}
