package dev.kanmon.server;

import dev.kanmon.GuardListener;
import dev.kanmon.micrometer.GuardMeters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * What {@code GET /metrics} tells Prometheus: requests by endpoint and status ({@code kanmon_server_requests}), how many
 * exchanges wait, and of a guard that was loaded with {@link #listener} what {@link GuardMeters} counts. Safe to share
 * between threads; for one server.
 */
public final class ServerMetrics {

    private static final Duration SHORTEST = Duration.ofNanos(500_000);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final GuardListener listener = new GuardMeters(registry);

    /** Timers by endpoint and status, of which there are few: neither is of a client's making. */
    private final ConcurrentMap<String, ConcurrentMap<Integer, Timer>> requests = new ConcurrentHashMap<>();

    /** Metrics without any figure yet. */
    public ServerMetrics() {}

    /** To be given to the guard by {@link dev.kanmon.GuardOptions#withListener}. */
    public GuardListener listener() {
        return listener;
    }

    /** The registry, for meters of the application's own. */
    public MeterRegistry registry() {
        return registry;
    }

    void watch(Batcher batcher) {
        Gauge.builder("kanmon.server.waiting", batcher, Batcher::waiting)
                .description("Exchanges that wait to be judged")
                .register(registry);
    }

    void request(String endpoint, int status, long nanos) {
        requests.computeIfAbsent(endpoint, _ -> new ConcurrentHashMap<>())
                .computeIfAbsent(status, code -> timer(endpoint, code))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(String endpoint, int status) {
        return Timer.builder("kanmon.server.requests")
                .description("Requests, from their headers to the end of the answer")
                .tag("endpoint", endpoint)
                .tag("status", Integer.toString(status))
                .publishPercentileHistogram()
                .minimumExpectedValue(SHORTEST)
                .maximumExpectedValue(LONGEST)
                .register(registry);
    }

    /** In Prometheus' text format. */
    String text() {
        return registry.scrape();
    }
}
