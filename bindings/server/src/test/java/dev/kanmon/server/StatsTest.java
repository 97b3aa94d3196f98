package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The last ten minutes, and no more. */
class StatsTest {

    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final Stats stats = new Stats(now::get);

    private JsonArray written() throws IOException {
        JsonWriter out = JsonWriter.compact();
        stats.write(out);
        return Json.parse("stats", out.toString()).asArray();
    }

    @Test
    void bucketsOfFiveSeconds() throws IOException {
        stats.count(Stats.End.HARMLESS);
        now.addAndGet(4_999);
        stats.count(Stats.End.HARMLESS);
        stats.count(Stats.End.HARMFUL);
        now.addAndGet(1);
        stats.count(Stats.End.REJECTED);
        now.addAndGet(60_000);
        stats.count(Stats.End.INCOMPLETE);
        stats.count(Stats.End.ERROR);
        JsonArray buckets = written();
        assertEquals(3, buckets.size());
        JsonObject first = buckets.get(0).asObject();
        assertEquals(1_000_000_000L, first.longInteger("t"));
        assertEquals(2, first.integer("harmless"));
        assertEquals(1, first.integer("harmful"));
        assertEquals(1, buckets.get(1).asObject().integer("rejected"));
        assertEquals(1_000_000_065L, buckets.get(2).asObject().longInteger("t"));
        assertEquals(1, buckets.get(2).asObject().integer("incomplete"));
        assertEquals(1, buckets.get(2).asObject().integer("errors"));
        now.addAndGet(1_000L * Stats.STEP_SECONDS * (Stats.STEPS - 1));
        assertEquals(1, written().size());
        now.addAndGet(1_000L * Stats.STEP_SECONDS);
        assertEquals(0, written().size());
    }

    @Test
    void quantilesAreWithinFivePercent() throws IOException {
        for (int millis = 1; millis <= 1000; millis++) {
            stats.request(millis * 1_000_000L);
        }
        JsonObject bucket = written().get(0).asObject();
        assertEquals(1000, bucket.integer("requests"));
        assertEquals(500, bucket.number("p50_ms"), 25);
        assertEquals(990, bucket.number("p99_ms"), 50);
    }

    @Test
    void aQuantileOfLittleOrMuch() throws IOException {
        stats.request(0);
        assertEquals(0.01, written().get(0).asObject().number("p50_ms"), 0.001);
        now.addAndGet(10_000);
        stats.request(Long.MAX_VALUE);
        JsonArray buckets = written();
        double most = buckets.get(1).asObject().number("p99_ms");
        assertEquals(2.6e6, most, 1e5, "some 43 minutes are the most that is told");
    }
}
