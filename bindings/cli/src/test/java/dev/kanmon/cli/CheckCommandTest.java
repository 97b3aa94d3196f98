package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckCommandTest {

    private static final String BERT = Cli.BERT.toString();
    private static final List<String> KEYS =
            List.of("id", "harmful", "probability", "threshold", "logits", "tokens", "windows", "truncated");

    @ParameterizedTest
    @CsvSource({"0, 1, harmful", "1, 0, safe"})
    void theStatusSaysWhetherSomethingIsHarmful(String threshold, int status, String word) {
        Cli cli = Cli.run("check", "--model", BERT, "--threshold", threshold, "some", "words");
        assertEquals(status, cli.status(), cli.all());
        assertEquals(1, cli.lines().size());
        assertTrue(cli.lines().getFirst().startsWith(word), cli.all());
        assertTrue(cli.lines().getFirst().endsWith("some words"), "the arguments are one text: " + cli.all());
        assertEquals("", cli.err());
    }

    @Test
    void jsonHasTheFieldsThatProgramsRead() throws IOException {
        Cli cli = Cli.run("check", "--json", "--model", BERT, "--threshold", "0", "--response", "no", "Hi");
        JsonObject row = cli.json(0);
        assertEquals(KEYS, List.copyOf(row.members().keySet()));
        assertTrue(row.bool("harmful"));
        assertEquals(0, row.number("threshold"));
        assertEquals(2, row.array("logits").size());
        assertEquals(1, row.integer("windows"));
        assertFalse(row.bool("truncated"));
        assertEquals(1, cli.status());
    }

    @Test
    void linesOfJsonAreAnsweredInOrderWithTheirIds() throws IOException {
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            input.append("{\"id\": ")
                    .append(i)
                    .append(", \"instruction\": \"text ")
                    .append(i)
                    .append("\", \"other\": []}\n");
        }
        Cli cli = Cli.runOn(input.toString(), "check", "--json", "--model", BERT, "--threshold", "1");
        assertEquals(100, cli.lines().size());
        for (int i = 0; i < 100; i++) {
            assertEquals(i, cli.json(i).integer("id"));
        }
        assertEquals(0, cli.status());
    }

    /** A bad line is named, the others are answered. */
    @Test
    void badLinesLoseNothing() throws IOException {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.writeBytes("{\"id\": \"a\", \"instruction\": \"hi\"}\n".getBytes(StandardCharsets.UTF_8));
        input.writeBytes("{\"id\": \"b\", \"instruction\": \n".getBytes(StandardCharsets.UTF_8));
        input.writeBytes(new byte[] {'"', (byte) 0xff, (byte) 0xfe, '"', '\n'});
        input.writeBytes("{\"id\": \"d\", \"response\": \"x\"}\n".getBytes(StandardCharsets.UTF_8));
        input.writeBytes("\n".getBytes(StandardCharsets.UTF_8));
        input.writeBytes("{\"id\": \"f\", \"instruction\": \"\"}\n".getBytes(StandardCharsets.UTF_8));
        input.writeBytes("[1]\n".getBytes(StandardCharsets.UTF_8));
        input.writeBytes(
                "{\"id\": null, \"instruction\": \"last, without a line end\"}".getBytes(StandardCharsets.UTF_8));
        Cli cli = Cli.runWith(input.toByteArray(), Terminal.NONE, "check", "--json", "--model", BERT);
        assertEquals(2, cli.status(), cli.all());
        assertEquals(8, cli.lines().size(), cli.all());
        assertEquals("a", cli.json(0).string("id"));
        for (int i = 1; i < 7; i++) {
            assertEquals(i + 1, cli.json(i).integer("line"), cli.all());
            assertTrue(cli.json(i).string("error").startsWith("line " + (i + 1)), cli.all());
        }
        assertEquals("d", cli.json(3).string("id"), "the id of a bad line, where it can be read");
        assertTrue(cli.json(7).has("harmful"));
    }

    @Test
    void linesOfTextAreAnswered() {
        Cli cli = Cli.runOn("one\n\ntwo\n", "check", "--model", BERT, "--threshold", "1");
        assertEquals(2, cli.lines().size(), cli.all());
        assertEquals("kanmon: line 2: the text is empty; there is nothing to judge\n", cli.err());
        assertEquals(2, cli.status());
        assertEquals(
                0,
                Cli.runOn("one\ntwo", "check", "--model", BERT, "--threshold", "1")
                        .status());
        assertEquals(0, Cli.runOn("", "check", "--model", BERT).status());
    }

    @Test
    void aTerminalGetsColoursAndABar() {
        Cli cli = Cli.runWith(
                new byte[0],
                new Terminal(true, true),
                "check",
                "--model",
                BERT,
                "--threshold",
                "0",
                "Hi \u001b[2J\u0007 there");
        assertTrue(cli.out().contains("\u001b[1;31mharmful\u001b[0m"), cli.all());
        assertTrue(cli.out().contains("━"), cli.all());
        assertFalse(cli.out().contains("\u001b[2J"), "a text may not move the terminal's cursor");
    }

    @Test
    void aMegabyteIsReadInWindows() throws IOException {
        String text = "one two three four five six seven eight. ".repeat(25_000);
        Cli cli = Cli.runOn("{\"instruction\": \"" + text + "\"}\n", "check", "--json", "--model", BERT);
        assertTrue(cli.json(0).integer("windows") > 1000, cli.all());
        assertFalse(cli.json(0).bool("truncated"));
        Cli cut = Cli.runOn(
                "{\"instruction\": \"" + text + "\"}\n", "check", "--json", "--model", BERT, "--max-tokens", "16");
        assertTrue(cut.json(0).bool("truncated"));
        assertEquals(1, cut.json(0).integer("windows"));
    }

    @Test
    void longTextsAreReadAsTheOptionsSay() throws IOException {
        String words = "one two three four five six seven eight. ".repeat(100);
        String line = "{\"instruction\": \"" + words + "\"}\n";
        JsonObject plain = checked(line).json(0);
        JsonObject ends = checked(line, "--windows", "ends").json(0);
        assertEquals(2, ends.integer("windows"));
        assertTrue(ends.bool("truncated"));
        JsonObject sentences = checked(line, "--sentences").json(0);
        assertTrue(sentences.integer("windows") >= plain.integer("windows") + 90, "a window for each sentence, too");
        double largest = plain.number("probability");
        assertEquals(largest, checked(line, "--windows", "max").json(0).number("probability"));
        assertEquals(largest, checked(line, "--windows", "top:1").json(0).number("probability"));
        assertTrue(checked(line, "--windows", "top:3").json(0).number("probability") <= largest);
        for (JsonObject row : List.of(plain, ends, sentences)) {
            assertEquals(KEYS, List.copyOf(row.members().keySet()));
        }
    }

    private static Cli checked(String line, String... more) {
        List<String> args = new ArrayList<>(List.of("check", "--json", "--model", BERT, "--threshold", "1"));
        args.addAll(List.of(more));
        return Cli.runOn(line, args.toArray(String[]::new));
    }

    /** Nobody knows about what was not read: it is refused, and both outputs say why. */
    @Test
    void whatCostsTooMuchIsIncompleteAndRefused() throws IOException {
        String words = "one two three four five six seven eight. ".repeat(100);
        String line = "{\"instruction\": \"" + words + "\"}\n";
        Cli cli = checked(line, "--max-work", "200");
        assertEquals(1, cli.status(), cli.all());
        assertTrue(cli.json(0).bool("incomplete") && cli.json(0).bool("harmful"), cli.all());
        assertFalse(cli.json(0).bool("truncated"));
        assertEquals(3, cli.json(0).integer("windows"));
        Cli text = Cli.runOn(words, "check", "--model", BERT, "--threshold", "1", "--max-work", "200");
        assertEquals(1, text.status(), text.all());
        assertTrue(text.out().startsWith("incomplete "), text.all());
        assertTrue(text.out().contains("not all of it was read (--max-work)"), text.all());
        Cli harmful = Cli.runOn(line, "check", "--json", "--model", BERT, "--threshold", "0", "--max-work", "200");
        assertFalse(harmful.json(0).has("incomplete"), "what was read is harmful: " + harmful.all());
        assertEquals(1, harmful.status());
        Cli enough = checked(line, "--max-work", "100000");
        assertFalse(enough.json(0).has("incomplete"), enough.all());
        assertEquals(0, enough.status());
    }

    @Test
    void badUsageIsOneSentence(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"bert\"}");
        Path lone = Files.writeString(directory.resolve("a.gguf"), "GGUF");
        for (List<String> args : List.of(
                List.of("check", "--model", BERT, ""),
                List.of("check", "--model", BERT, "  "),
                List.of("check", "--model", BERT, "--threshold", "1.5", "Hi"),
                List.of("check", "--model", BERT, "--threshold", "half", "Hi"),
                List.of("check", "--model", BERT, "--max-tokens", "65", "Hi"),
                List.of("check", "--model", BERT, "--max-tokens", "0", "Hi"),
                List.of("check", "--model", BERT, "--windows", "all", "Hi"),
                List.of("check", "--model", BERT, "--windows", "top:", "Hi"),
                List.of("check", "--model", BERT, "--windows", "top:0", "Hi"),
                List.of("check", "--model", BERT, "--windows", "top:2x", "Hi"),
                List.of("check", "--model", BERT, "--windows", "ends", "--max-tokens", "16", "Hi"),
                List.of("check", "--model", BERT, "--windows", "ends", "--sentences", "Hi"),
                List.of("check", "--model", BERT, "--sentences", "--max-tokens", "16", "Hi"),
                List.of("check", "--model", BERT, "--max-work", "0", "Hi"),
                List.of("check", "--model", BERT, "--max-work", "4", "Hi"),
                List.of("calibrate", "--model", BERT, "--windows", "top:2", lone.toString()),
                List.of("check", "--model", BERT, "--kernels", "cuda", "Hi"),
                List.of("check", "--model", BERT, "--kernels", "quick", "Hi"),
                List.of("check", "--model", BERT, "--weights", "int4", "Hi"),
                List.of("check", "--model", BERT, "--threads", "0", "Hi"),
                List.of("check", "--model", directory.resolve("absent").toString(), "Hi"),
                List.of("check", "--model", directory.toString(), "Hi"),
                List.of("check", "--model", lone.toString(), "Hi"),
                List.of("check", "--unknown", "Hi"),
                List.of("chekc", "Hi"))) {
            Cli cli = Cli.run(args.toArray(String[]::new));
            assertEquals(2, cli.status(), args + " " + cli.all());
            assertTrue(cli.complainedOnce(), args + " " + cli.all());
            assertEquals("", cli.out(), args + " " + cli.all());
        }
    }

    /** A tokenizer may know tokens that the model has no embedding for; only texts that hold one are refused. */
    @Test
    void aTextThatTheModelCannotTakeLosesNoOther(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Cli.BERT.resolve(file), directory.resolve(file));
        }
        String tokenizer = Files.readString(Cli.BERT.resolve("tokenizer.json"));
        String changed = tokenizer.replaceFirst("\"h\"\\s*:\\s*46\\b", "\"h\": 4600");
        assertFalse(changed.equals(tokenizer), "the golden's vocabulary has h at 46");
        Files.writeString(directory.resolve("tokenizer.json"), changed);
        Cli cli = Cli.runOn(
                "{\"instruction\": \"one\"}\n{\"id\": 2, \"instruction\": \"hi\"}\n{\"instruction\": \"two\"}\n",
                "check",
                "--json",
                "--model",
                directory.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.json(0).has("harmful") && cli.json(2).has("harmful"), cli.all());
        assertEquals(2, cli.json(1).integer("id"));
        assertTrue(cli.json(1).string("error").startsWith("line 2: token id 4600"), cli.all());
    }
}
