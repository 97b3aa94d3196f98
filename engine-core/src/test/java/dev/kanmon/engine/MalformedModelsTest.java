package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Model directories that are broken, and some that only look so. */
class MalformedModelsTest {

    @TestFactory
    List<DynamicTest> everyDirectory() throws IOException {
        Path root = Goldens.shared("golden/malformed/dirs");
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonValue value : Json.read(root.resolve("manifest.json")).asArray()) {
            JsonObject entry = value.asObject();
            String name = entry.string("dir");
            tests.add(dynamicTest(name, () -> check(root.resolve(name), name, entry)));
        }
        assertTrue(tests.size() > 40, "found " + tests.size() + " directories");
        return tests;
    }

    private static void check(Path directory, String name, JsonObject entry) throws IOException {
        switch (entry.string("expect")) {
            case "load" -> {
                JsonObject reference = entry.object("reference");
                try (Model model = Model.load(directory, Model.Options.defaults());
                        Guard guard = Guard.load(directory)) {
                    float[] logits = model.logits(List.of(TokenSequence.of(
                                    reference.array("input_ids").ints())))
                            .getFirst();
                    Goldens.assertClose(name, reference.array("logits_f64").doubles(), logits, Goldens.LOGITS);
                    assertFalse(guard.info().labels().isEmpty());
                }
            }
            case "reject" -> {
                ModelFormatException refusal = assertThrows(
                        ModelFormatException.class, () -> Guard.load(directory).close(), name);
                assertSentence(refusal);
            }
            case "either" -> {
                try (Guard guard = Guard.load(directory)) {
                    guard.check(Exchange.of("hello world"));
                } catch (ModelFormatException e) {
                    assertSentence(e);
                } catch (IllegalArgumentException e) {
                    assertTrue(
                            name.equals("either__tok_id_beyond_embedding")
                                    && e.getMessage().contains("5000"),
                            e.getMessage());
                }
            }
            default -> fail("manifest.json: unknown expectation of " + name);
        }
    }

    private static void assertSentence(ModelFormatException refusal) {
        String message = refusal.getMessage();
        assertTrue(message.length() > 20 && !message.contains("\n") && message.contains(refusal.source()), message);
    }

    /** Ids and lengths from outside are checked before any table is read. */
    @Test
    void idsTypesAndLengthsAreChecked() throws IOException {
        try (Model model = Model.load(Goldens.own("models/bert_a"), Model.Options.defaults())) {
            int[] tooLong = new int[65];
            for (TokenSequence bad : List.of(
                    TokenSequence.of(1500),
                    TokenSequence.of(-1),
                    TokenSequence.of(tooLong),
                    new TokenSequence(new int[] {5}, new int[] {2}, null))) {
                assertThrows(IllegalArgumentException.class, () -> model.logits(List.of(TokenSequence.of(5), bad)));
            }
            assertThrows(IllegalArgumentException.class, TokenSequence::of);
            assertThrows(IllegalArgumentException.class, () -> new TokenSequence(new int[2], new int[1], null));
            assertThrows(IllegalArgumentException.class, () -> new TokenSequence(new int[2], null, new int[] {1, 2}));
            assertArrayEquals(new Object[0], model.logits(List.of()).toArray());
        }
    }
}
