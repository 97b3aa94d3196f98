package dev.kanmon.server;

import dev.kanmon.formats.json.JsonWriter;
import java.util.function.BooleanSupplier;

/** How the server is: {@code /health}, {@code /ready}, {@code /v1/stats}. */
final class StatusEndpoints {

    private final Service service;
    private final BooleanSupplier draining;

    StatusEndpoints(Service service, BooleanSupplier draining) {
        this.service = service;
        this.draining = draining;
    }

    /** It is alive: it answers. */
    void health(Call call) {
        call.json(200, "{\"status\":\"ok\"}");
    }

    /** Whether it wants to be sent requests. */
    void ready(Call call) {
        String status = draining.getAsBoolean()
                ? "draining"
                : service.batcher().waiting() >= service.batcher().capacity() ? "busy" : "ready";
        call.json(
                status.equals("ready") ? 200 : 503,
                JsonWriter.compact()
                        .beginObject()
                        .name("status")
                        .value(status)
                        .endObject()
                        .toString());
    }

    /** What it did in the last ten minutes. */
    void stats(Call call) {
        JsonWriter out = JsonWriter.compact().beginObject();
        out.name("model").value(service.model());
        out.name("threshold").value(service.info().threshold());
        service.policy().ifPresent(name -> out.name("policy").value(name));
        VerdictJson.policies(out, service);
        out.name("uptime_s").value((long) service.uptimeSeconds());
        out.name("now").value(service.stats().now());
        out.name("queue").beginObject();
        out.name("length").value(service.batcher().waiting());
        out.name("capacity").value(service.batcher().capacity());
        out.endObject();
        out.name("buckets");
        service.stats().write(out);
        call.json(200, out.endObject().toString());
    }
}
