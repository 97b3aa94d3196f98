package dev.kanmon.engine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.config.DebertaV2Config.RelativePositions;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Buckets of relative positions, every distance, against what the reference computes. */
class BucketsTest {

    private static final int DISTANCES = 4096;

    private static RelativePositions positions(int buckets, int maxDistance) {
        return new RelativePositions(true, true, true, buckets, maxDistance, true, true);
    }

    @ParameterizedTest(name = "{0} buckets up to {1}")
    @CsvSource({"256,512", "256,1024", "256,2048", "16,96", "64,128", "32,512", "128,512", "51,300"})
    void debertasAreTheReferences(int buckets, int maxDistance) throws IOException {
        RelativePositions positions = positions(buckets, maxDistance);
        int[] expected = spreadOut("deberta " + buckets + " " + maxDistance);
        for (int d = 0; d <= DISTANCES; d++) {
            int last = 2 * buckets - 1;
            assertEquals(Math.min(last, buckets + expected[d]), positions.row(d), "row of distance " + d);
            assertEquals(Math.max(0, buckets - expected[d]), positions.row(-d), "row of distance " + -d);
        }
        assertEquals(positions.row(positions.furthest()), positions.row(1_000_000), "beyond the furthest");
        assertEquals(positions.row(-positions.furthest()), positions.row(-1_000_000), "beyond the furthest");
    }

    /** Scales that never reach an end of the table, that take long to, and that half of the buckets leave no room for. */
    @ParameterizedTest(name = "{0} buckets up to {1}")
    @CsvSource({"2,64", "3,64", "5,512", "7,20", "256,64", "256,128", "128,65", "4,1"})
    void thereIsAFurthestOnEveryScale(int buckets, int maxDistance) {
        RelativePositions positions = positions(buckets, maxDistance);
        int furthest = positions.furthest();
        for (int d = furthest; d < 1 << 16; d++) {
            assertEquals(positions.row(furthest), positions.row(d), "row of distance " + d);
            assertEquals(positions.row(-furthest), positions.row(-d), "row of distance " + -d);
        }
    }

    /** Up to half of the buckets a distance is its own, also where the longest is less: the reference takes no logarithm. */
    @Test
    void withoutRoomForAScaleEveryDistanceIsItsOwn() {
        RelativePositions positions = positions(256, 64);
        for (int d = -128; d <= 128; d++) {
            assertEquals(256 + d, positions.row(d), "row of distance " + d);
        }
    }

    @Test
    void mpnetsAreTheReferences() throws IOException {
        int[] right = spreadOut("mpnet right");
        int[] left = spreadOut("mpnet left");
        for (int d = 0; d <= DISTANCES; d++) {
            assertEquals(right[d], MpNetConfig.bucket(d), "bucket of distance " + d);
            assertEquals(left[d], MpNetConfig.bucket(-d), "bucket of distance " + -d);
        }
    }

    @ParameterizedTest
    @CsvSource({"256,512", "16,96", "64,128", "32,512"})
    void debertasAreTheSharedTables(int buckets, int maxDistance) throws IOException {
        RelativePositions positions = positions(buckets, maxDistance);
        try (TensorFile table = TensorFile.open(Goldens.shared("golden/tables/relative_buckets.safetensors"))) {
            String name = "deberta_bucket.b" + buckets + ".m" + maxDistance;
            long[] distances = table.tensor(name + ".rel").toLongs();
            long[] expected = table.tensor(name + ".bucket").toLongs();
            assertTrue(distances.length > 2 * maxDistance, name + " has " + distances.length + " distances");
            for (int i = 0; i < distances.length; i++) {
                long row = Math.clamp(expected[i] + buckets, 0, 2 * buckets - 1);
                assertEquals(row, positions.row((int) distances[i]), name + ", distance " + distances[i]);
            }
        }
    }

    /** The bucket of each distance from the list of places where it changes. */
    private static int[] spreadOut(String key) throws IOException {
        JsonObject all = Json.read(Goldens.own("buckets.json")).asObject();
        int[] buckets = new int[DISTANCES + 1];
        for (JsonValue step : all.array(key)) {
            int[] pair = ((JsonArray) step).ints();
            Arrays.fill(buckets, pair[0], buckets.length, pair[1]);
        }
        return buckets;
    }
}
