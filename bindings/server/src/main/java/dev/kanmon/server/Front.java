package dev.kanmon.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * What every request passes: it finds the endpoint, asks for the key, turns whatever goes wrong into an error object, and
 * writes the log.
 */
final class Front {

    private static final System.Logger LOG = System.getLogger(Front.class.getName());

    /** Methods that may stand in the log; another one may be anything. */
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

    private static final String BEARER = "Bearer ";

    /** What answers one path with one method. */
    private record Route(String name, boolean open, Endpoint endpoint) {}

    private final ServerOptions options;
    private final Connections connections;
    private final Stats stats;
    private final ServerMetrics metrics;
    private final MemoryBudget memory = MemoryBudget.ofHeap();
    private final Map<String, Map<String, Route>> routes = new HashMap<>();
    private final AtomicInteger active = new AtomicInteger();
    private final Set<String> hosts;

    /** @param hosts names by which this server may be asked; empty for any */
    Front(ServerOptions options, Connections connections, Stats stats, ServerMetrics metrics, Set<String> hosts) {
        this.options = options;
        this.connections = connections;
        this.stats = stats;
        this.metrics = metrics;
        this.hosts = hosts;
    }

    /** Adds what clients with a key may ask for. */
    Front route(String method, String path, Endpoint endpoint) {
        return add(method, path, false, endpoint);
    }

    /** Adds what everybody may ask for. */
    Front open(String method, String path, Endpoint endpoint) {
        return add(method, path, true, endpoint);
    }

    private Front add(String method, String path, boolean open, Endpoint endpoint) {
        routes.computeIfAbsent(path, _ -> new HashMap<>()).put(method, new Route(path, open, endpoint));
        return this;
    }

    /** Method and path of everything that is answered. */
    Set<String> routes() {
        return routes.entrySet().stream()
                .flatMap(path -> path.getValue().keySet().stream().map(method -> method + " " + path.getKey()))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Requests that are being answered. */
    int active() {
        return active.get();
    }

    void handle(ServerRequest request, ServerResponse response) {
        Connection connection = Connection.current();
        String method = request.prologue().method().text();
        String path = request.path().rawPath();
        String id = idOf(path);
        Call call =
                new Call(request, response, connection, memory, options.maxBodyBytes(), connections.isDraining(), id);
        String name = "?";
        active.incrementAndGet();
        try {
            Route route = find(
                    method, id.isEmpty() ? path : WITH_ID + "{id}" + path.substring(WITH_ID.length() + id.length()));
            name = route.name();
            checkHost(request);
            if (!route.open()) {
                checkKey(request);
            }
            route.endpoint().answer(call);
        } catch (ApiError e) {
            call.fail(e);
        } catch (RequestException e) {
            call.fail(refused(e.status()));
        } catch (HttpException e) {
            call.fail(refused(e.status()));
        } catch (CloseConnectionException e) {
            throw e; // The client went away.
        } catch (DataReader.InsufficientDataAvailableException | UncheckedIOException e) {
            throw new CloseConnectionException("The client went away", e);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            LOG.log(System.Logger.Level.ERROR, "a request to {0} failed: {1}", name, Failures.describe(e));
            call.fail(ApiError.server(500, "internal_error", "the server: failed"));
        } finally {
            active.decrementAndGet();
            call.end();
            end(call, name, method, request);
        }
        if (call.isLastOfConnection()) {
            // Helidon would go on and take what is left of this request for another one.
            throw new CloseConnectionException("It was the connection's last answer");
        }
    }

    /** Paths with an id in them are known by their form. */
    private static final String WITH_ID = "/v1/streams/";

    private static String idOf(String path) {
        if (!path.startsWith(WITH_ID)) {
            return "";
        }
        int end = path.indexOf('/', WITH_ID.length());
        return path.substring(WITH_ID.length(), end < 0 ? path.length() : end);
    }

    private Route find(String method, String path) throws ApiError {
        Map<String, Route> methods = routes.get(path);
        if (methods == null) {
            throw ApiError.of(404, "not_found", "the path: there is nothing here; see /openapi.json", null);
        }
        Route route = methods.get(method);
        if (route == null) {
            throw ApiError.of(
                    405, "method_not_allowed", "the method: expected " + String.join(" or ", methods.keySet()), null);
        }
        return route;
    }

    /**
     * Without keys, whoever can reach the port may ask; a page of another site must not be that one by having its own name
     * resolved to this machine (DNS rebinding).
     */
    private void checkHost(ServerRequest request) throws ApiError {
        if (hosts.isEmpty()) {
            return;
        }
        String host = request.headers().contains(HeaderNames.HOST)
                ? request.headers().get(HeaderNames.HOST).get().toLowerCase(Locale.ROOT)
                : "";
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        if (!hosts.contains(name)) {
            throw ApiError.of(421, "wrong_host", "Host: this server answers by the names " + hosts + " only", null);
        }
    }

    private void checkKey(ServerRequest request) throws ApiError {
        if (options.apiKeys().isEmpty()) {
            return;
        }
        String shown = request.headers().contains(HeaderNames.AUTHORIZATION)
                ? request.headers().get(HeaderNames.AUTHORIZATION).get()
                : "";
        boolean bearer = shown.regionMatches(true, 0, BEARER, 0, BEARER.length());
        if (!bearer
                || !options.apiKeys().get().has(shown.substring(BEARER.length()).strip())) {
            throw ApiError.of(401, "invalid_api_key", "Authorization: expected Bearer and a key of this server", null);
        }
    }

    /** What Helidon, or the connection, found wrong with a request. */
    static ApiError refused(Status status) {
        return switch (status.code()) {
            case 408 -> ApiError.of(408, "request_timeout", "the request: took too long to arrive", null);
            case 413 -> ApiError.of(413, "body_too_large", "the body: is longer than this server takes", null);
            case 414 -> ApiError.of(414, "uri_too_long", "the path: is longer than this server takes", null);
            case 431 -> ApiError.of(431, "headers_too_large", "the headers: are longer than this server takes", null);
            case 503 -> ApiError.server(503, "busy", "the server: has too many requests");
            default ->
                status.code() >= 500
                        ? ApiError.server(status.code(), "internal_error", "the server: failed")
                        : ApiError.of(
                                status.code(), "malformed_request", "the request: is not well-formed HTTP/1.1", null);
        };
    }

    private void end(Call call, String name, String method, ServerRequest request) {
        int status = call.status();
        if (name.startsWith("/v1/") && !name.equals("/v1/stats")) {
            stats.request(call.nanos());
            if (status == 429 || status == 503) {
                stats.count(Stats.End.REJECTED);
            } else if (status >= 400) {
                stats.count(Stats.End.ERROR);
            }
        }
        metrics.request(name, status, call.nanos());
        options.accessLog()
                .ifPresent(log -> log.accept(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " "
                        + request.remotePeer().host() + " " + (METHODS.contains(method) ? method : "?") + " " + name
                        + " " + (status == 0 ? "-" : "" + status) + " " + call.nanos() / 1000 + "us"
                        + call.finding()));
    }
}
