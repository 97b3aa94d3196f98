package dev.kanmon.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MutatorTest {
    private static final List<byte[]> SEEDS =
            List.of("{\"n\": 123}".getBytes(StandardCharsets.UTF_8), new byte[100], new byte[0]);

    @Test
    void aCaseDependsOnSeedAndNumberOnly() {
        var mutator = Mutator.of(SEEDS, 7);
        var again = Mutator.of(SEEDS, 7);
        for (int number = 999; number >= 0; number--) {
            mutator.make(number);
        }
        for (int number = 0; number < 1000; number++) {
            var test = mutator.make(number);
            assertArrayEquals(test.bytes(), again.make(number).bytes(), test.description());
            assertEquals(test.description(), again.make(number).description());
        }
    }

    @Test
    void casesDiffer() {
        var mutator = Mutator.of(List.of(new byte[1000]), 7);
        var seen = new HashSet<Integer>();
        for (int number = 0; number < 1000; number++) {
            seen.add(Arrays.hashCode(mutator.make(number).bytes()));
        }
        assertTrue(seen.size() > 700, seen.size() + " of 1000 cases differ");
    }

    /** All but the cases of bytes, and those where a half of a removed pair of surrogates or a key remains. */
    @Test
    void mostJsonStaysWellFormed() throws Exception {
        var text = "{\"a\": [1, -2.5, {\"b\\\"\": null}], \"c\": \"x, y\", \"d\": {}, \"e\": true}";
        var mutator = JsonMutator.of(List.of(text), List.of("\"own\""), 7);
        int wellFormed = 0;
        int own = 0;
        for (int number = 0; number < 1000; number++) {
            var bytes = mutator.make(number).bytes();
            assertArrayEquals(bytes, mutator.make(number).bytes(), "case " + number);
            try {
                own += Json.write(Json.parse("case", bytes)).contains("own") ? 1 : 0;
                wellFormed++;
            } catch (ModelFormatException e) {
                assertTrue(e.getMessage().startsWith("case"), e.getMessage());
            }
        }
        assertTrue(wellFormed > 600 && own > 100, wellFormed + " well-formed, " + own + " with the reader's own value");
    }

    @Test
    void aCampaignNamesTheCaseThatBreaksARule() {
        FuzzCampaign.Refusals none = _ -> Optional.of("wrong");
        FuzzCampaign.run("fine", SEEDS, 10, _ -> {}, none);
        var thrown = assertThrows(
                AssertionError.class,
                () -> FuzzCampaign.run("thrower", List.of(new byte[8]), 1000, bytes -> refuseIfDamaged(bytes), none));
        assertTrue(thrown.getMessage().startsWith("thrower, -Dkanmon.fuzz.seed="), thrown.getMessage());
        assertTrue(thrown.getMessage().endsWith("): wrong"), thrown.getMessage());
        var greedy = assertThrows(
                AssertionError.class,
                () -> FuzzCampaign.run("greedy", List.of(new byte[8]), 10, bytes -> allocateIfDamaged(bytes), none));
        assertTrue(greedy.getMessage().contains(": allocated "), greedy.getMessage());
    }

    private static void refuseIfDamaged(byte[] bytes) {
        if (!Arrays.equals(bytes, new byte[8])) {
            throw new IndexOutOfBoundsException();
        }
    }

    private static byte[] sink;

    private static void allocateIfDamaged(byte[] bytes) {
        if (!Arrays.equals(bytes, new byte[8])) {
            sink = new byte[1 << 20];
        }
    }
}
