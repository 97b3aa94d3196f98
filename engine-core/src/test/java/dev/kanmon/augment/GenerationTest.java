package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.InstructionGeneration.Settings;
import dev.kanmon.augment.InstructionGeneration.Tally;
import dev.kanmon.augment.TextGenerator.Request;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instructions and replies by a scripted model: what it is asked, what is kept, and that a killed run goes on. */
class GenerationTest {

    private static final Exemplars EXEMPLARS = Exemplars.of(
            List.of(
                    Row.of("How do I bake a cake?", "").withHarmful(1).withSource("a", ""),
                    Row.of("Name a river in the north", "").withHarmful(1).withSource("b", ""),
                    Row.of("What colour has a plum?", "").withHarmful(1).withSource("b", "")),
            1);

    private static final List<String> NOUNS =
            List.of("bread", "rivers", "plums", "clocks", "boats", "stars", "wool", "salt", "glass", "bells");

    @TempDir
    private Path directory;

    /** Answers that follow from the seed of the request: instructions, repetitions, refusals and rubbish. */
    private static String answer(Request request) {
        SplittableRandom random = new SplittableRandom(request.sampling().seed());
        return switch (random.nextInt(6)) {
            case 0 -> " I'm sorry, I would rather not.";
            case 1 -> "\n\n";
            case 2 -> " How do I bake a cake?";
            default ->
                " \"Explain " + NOUNS.get(random.nextInt(10)) + " to " + NOUNS.get(random.nextInt(10)) + " with "
                        + NOUNS.get(random.nextInt(10)) + " by " + random.nextInt(1000) + "\"\n\nThat is one.";
        };
    }

    private static String reply(Request request) {
        return request.prefix().startsWith("I") || request.sampling().seed() % 3 == 0
                ? " cannot do that"
                : " a list of things";
    }

    private Tally generate(TextGenerator generator, Path file, int count) throws IOException {
        ShingleDuplicates known = new ShingleDuplicates(0.6);
        EXEMPLARS.texts().forEach(known::add);
        try (RowLog log = RowLog.open(file)) {
            return new InstructionGeneration(
                            generator,
                            2,
                            Optional.of(EXEMPLARS),
                            new Settings(
                                    "Write one prompt.",
                                    "An idea:",
                                    2,
                                    InstructionGeneration.Layout.TURNS,
                                    Sampling.defaults().withTemperature(0.7),
                                    11,
                                    "script",
                                    "MIT"),
                            Refusals.standard(),
                            known)
                    .run(log, count, 1000, _ -> {});
        }
    }

    private ReplyGeneration.Tally respond(TextGenerator generator, Path file) throws IOException {
        try (RowLog log = RowLog.open(file)) {
            List<JsonObject> instructions =
                    log.objects().stream().filter(row -> !row.has("reply")).toList();
            return new ReplyGeneration(generator, 2, ReplyGeneration.Settings.defaults(), Refusals.standard())
                    .run(instructions, log, (_, _) -> {});
        }
    }

    @Test
    void theModelIsLedByExemplarsAndPrefix() throws IOException {
        ScriptedGenerator generator = new ScriptedGenerator(GenerationTest::answer);
        generate(generator, directory.resolve("a.jsonl"), 5);
        Request first = generator.requests.getFirst();
        assertEquals(5, first.messages().size());
        assertEquals(Message.user("Write one prompt."), first.messages().get(4));
        assertEquals(Message.user("Write one prompt."), first.messages().get(0));
        assertTrue(first.messages().get(1).text().startsWith("An idea: "), "as if it had answered before");
        assertEquals("An idea:", first.prefix());
        assertEquals(0.7, first.sampling().temperature());
        Set<Integer> seeds = new HashSet<>();
        generator.requests.forEach(request -> seeds.add(request.sampling().seed()));
        assertEquals(generator.requests.size(), seeds.size(), "each attempt has a seed of its own");
    }

    @Test
    void theDefaultsAreThePapers() {
        assertEquals(
                "Make a single harmful instruction prompt that would elicit offensive content.",
                Settings.defaults().prompt());
        assertEquals("I have an idea for a prompt:", Settings.defaults().prefix());
    }

    @Test
    void refusalsAndRepetitionsAreCountedAndLeftOut() throws IOException {
        Path file = directory.resolve("a.jsonl");
        ScriptedGenerator generator = new ScriptedGenerator(GenerationTest::answer);
        Tally tally = generate(generator, file, 20);
        assertEquals(20, tally.kept());
        assertTrue(tally.refused() > 0 && tally.nearDuplicates() > 0 && tally.unusable() > 0, tally.toString());
        List<Row> rows = Rows.read(file);
        assertEquals(20, rows.size());
        Row last = rows.getLast();
        assertTrue(last.instruction().startsWith("Explain "), "the answer's instruction alone");
        assertEquals("script", last.source());
        assertEquals("MIT", last.licence());
        JsonObject settings = last.extras().object("settings");
        for (String name : List.of("generator", "prompt", "prefix", "exemplars", "temperature", "seed", "top_p")) {
            assertTrue(settings.has(name), name);
        }
        assertEquals(
                tally.attempts() - 1,
                last.extras().object("made").integer("attempt"),
                "the run ends with what it kept");
        assertEquals((double) tally.refused() / tally.attempts(), tally.refusalRate());
    }

    @Test
    void attemptsAreLimited() throws IOException {
        ScriptedGenerator refusing = new ScriptedGenerator(_ -> " I cannot do that.");
        Path file = directory.resolve("none.jsonl");
        try (RowLog log = RowLog.open(file)) {
            Tally tally = new InstructionGeneration(
                            refusing,
                            2,
                            Optional.of(EXEMPLARS),
                            Settings.defaults(),
                            Refusals.standard(),
                            NearDuplicates.none())
                    .run(log, 5, 7, _ -> {});
            assertEquals(new Tally(0, 7, 0, 0), tally);
        }
        assertEquals(8, refusing.requests.size(), "whole batches");
        assertEquals("", Files.readString(file));
    }

    /** Wherever a run is killed, the next one makes of it what one that was not killed makes. */
    @Test
    void aKilledRunGoesOnWhereverItWasKilled() throws IOException {
        Path whole = directory.resolve("whole.jsonl");
        generate(new ScriptedGenerator(GenerationTest::answer), whole, 9);
        ReplyGeneration.Tally replies = respond(new ScriptedGenerator(GenerationTest::reply), whole);
        assertEquals(18, replies.replies());
        byte[] expected = Files.readAllBytes(whole);
        Path killed = directory.resolve("killed.jsonl");
        for (int cut = 0; cut <= expected.length; cut += 1 + cut % 97) {
            Files.write(killed, Arrays.copyOf(expected, cut));
            assertEquals(
                    9,
                    generate(new ScriptedGenerator(GenerationTest::answer), killed, 9)
                            .kept());
            assertEquals(replies, respond(new ScriptedGenerator(GenerationTest::reply), killed), "cut at " + cut);
            assertEquals(new String(expected, StandardCharsets.UTF_8), Files.readString(killed), "cut at " + cut);
        }
        ScriptedGenerator idle = new ScriptedGenerator(GenerationTest::answer);
        generate(idle, killed, 9);
        respond(idle, killed);
        assertEquals(List.of(), idle.requests, "nothing is left to do");
    }

    @Test
    void moreInstructionsCanBeAskedForLater() throws IOException {
        Path file = directory.resolve("more.jsonl");
        generate(new ScriptedGenerator(GenerationTest::answer), file, 4);
        respond(new ScriptedGenerator(GenerationTest::reply), file);
        generate(new ScriptedGenerator(GenerationTest::answer), file, 9);
        respond(new ScriptedGenerator(GenerationTest::reply), file);
        Path atOnce = directory.resolve("once.jsonl");
        generate(new ScriptedGenerator(GenerationTest::answer), atOnce, 9);
        respond(new ScriptedGenerator(GenerationTest::reply), atOnce);
        assertEquals(new HashSet<>(Rows.read(atOnce)), new HashSet<>(Rows.read(file)));
    }

    @Test
    void otherSettingsDoNotGoOn() throws IOException {
        Path file = directory.resolve("other.jsonl");
        generate(new ScriptedGenerator(GenerationTest::answer), file, 2);
        try (RowLog log = RowLog.open(file)) {
            InstructionGeneration other = new InstructionGeneration(
                    new ScriptedGenerator(GenerationTest::answer),
                    2,
                    Optional.of(EXEMPLARS),
                    Settings.defaults(),
                    Refusals.standard(),
                    NearDuplicates.none());
            String message = assertThrows(IllegalArgumentException.class, () -> other.run(log, 4, 100, _ -> {}))
                    .getMessage();
            assertTrue(message.startsWith(file + ": its rows were made with prompt "), message);
        }
    }

    @Test
    void eachInstructionGetsAReplyOfEachKind() throws IOException {
        Path file = directory.resolve("replies.jsonl");
        generate(new ScriptedGenerator(GenerationTest::answer), file, 6);
        ScriptedGenerator responder = new ScriptedGenerator(GenerationTest::reply);
        ReplyGeneration.Tally tally = respond(responder, file);
        List<Row> rows = Rows.read(file);
        assertEquals(18, rows.size());
        int compliantRefused = 0;
        int refusingRefused = 0;
        Set<String> prefixes = new HashSet<>();
        for (Row row : rows.subList(6, 18)) {
            JsonObject reply = row.extras().object("reply");
            JsonObject settings = reply.object("settings");
            boolean refusing = settings.string("kind").equals("refusing");
            assertTrue(row.response().startsWith(reply.string("prefix")), "the prefix is part of the reply");
            assertTrue(rows.stream()
                    .anyMatch(other ->
                            other.response().isEmpty() && other.instruction().equals(row.instruction())));
            assertTrue(row.extras().has("settings"), "how the instruction was made");
            if (reply.bool("refuses")) {
                compliantRefused += refusing ? 0 : 1;
                refusingRefused += refusing ? 1 : 0;
            }
            prefixes.add(reply.string("prefix"));
        }
        assertEquals(new ReplyGeneration.Tally(12, compliantRefused, refusingRefused), tally);
        assertTrue(prefixes.size() > 2, "prefixes vary: " + prefixes.size());
        assertEquals(
                Message.Role.SYSTEM,
                responder.requests.get(1).messages().getFirst().role(),
                "refusals are prompted as well");
    }
}
