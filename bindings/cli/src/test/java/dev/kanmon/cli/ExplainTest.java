package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Method;
import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import dev.kanmon.Verdict;
import dev.kanmon.Verdict.Span;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check --explain} and {@code --html}. */
class ExplainTest {

    private static final String BERT = Cli.BERT.toString();

    /** What a page is to show as it is, and what it is not to do. */
    private static final String HOSTILE =
            "</p><script>alert('x')</script> \"&amp;\" \u202eback\u202c \u0007 \uD800 end";

    @Test
    void jsonHasTheExplanationBehindTheVerdict() throws IOException {
        Cli cli = Cli.run("check", "--json", "--explain", "--model", BERT, "--response", "a reply", "Hi you there");
        JsonObject row = cli.json(0);
        assertEquals("explanation", List.copyOf(row.members().keySet()).getLast());
        JsonObject explanation = row.object("explanation");
        assertEquals(
                List.of("method", "log_odds", "baseline", "spans", "tokens"),
                List.copyOf(explanation.members().keySet()));
        assertEquals("integrated-gradients", explanation.string("method"));
        double sum = 0;
        for (JsonValue token : explanation.array("tokens").values()) {
            sum += token.asObject().number("weight");
        }
        double difference = explanation.number("log_odds") - explanation.number("baseline");
        assertEquals(difference, sum, 0.02 * Math.max(1, Math.abs(difference)), cli.all());
        assertFalse(Cli.run("check", "--json", "--model", BERT, "Hi").json(0).has("explanation"), "nobody asked");
    }

    @Test
    void withoutATerminalPassagesAreListedWithTheirWeights() {
        Cli cli = Cli.run("check", "--explain", "--model", BERT, "some words to explain");
        assertTrue(cli.lines().size() >= 3, cli.all());
        assertTrue(cli.lines().get(1).contains("integrated gradients"), cli.all());
        for (String line : cli.lines().subList(2, cli.lines().size())) {
            assertTrue(line.matches("  +[+-]\\d+\\.\\d\\d  .*\\S.*"), line);
        }
        assertFalse(cli.out().contains("\u001b"), cli.all());
    }

    @Test
    void aTerminalShowsTheTextInColoursAndKeepsItsCursor() {
        Cli cli = Cli.runWith(
                new byte[0],
                new Terminal(true, true),
                "check",
                "--explain",
                "--model",
                BERT,
                "some words\u001b[2J to\nexplain here");
        assertTrue(cli.out().contains("38;5;16;48;5;"), cli.all());
        assertFalse(cli.out().contains("\u001b[2J"), "a text may not move the terminal's cursor");
        String plain = cli.out().replaceAll("\u001b\\[[0-9;]*m", "");
        assertTrue(plain.contains("  some words [2J to\n  explain here\n"), "the text, its line end kept: " + plain);
    }

    @Test
    void everyLineIsExplainedAndBadOnesStayBad() throws IOException {
        Cli cli = Cli.runOn(
                "{\"instruction\": \"one two\"}\n{\"instruction\": \"\"}\n{\"instruction\": \"three\"}\n",
                "check",
                "--json",
                "--explain",
                "--model",
                BERT);
        assertTrue(cli.json(0).has("explanation") && cli.json(2).has("explanation"), cli.all());
        assertTrue(cli.json(1).has("error"), cli.all());
        assertEquals(2, cli.status());
    }

    @Test
    void aPageShowsHostileTextAsText(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("why.html");
        Cli cli = Cli.run("check", "--model", BERT, "--html", file.toString(), "--response", "a reply", HOSTILE);
        assertEquals(1, cli.lines().size(), "the verdict alone: " + cli.all());
        String page = Files.readString(file);
        isWellFormed(page);
        assertFalse(page.contains("<script"), page);
        assertTrue(page.contains("default-src 'none'"), "no script may run, nothing may be fetched");
        assertEquals(1, count(page, "<section "), page);
        assertTrue(page.contains("<h3>Instruction</h3>") && page.contains("<h3>Reply</h3>"), page);
    }

    /** Every mark of a page, from an explanation made by hand. */
    @Test
    void aPageHasWordsPassagesAndWhatIsAroundThem(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("page.html");
        String around = "x ".repeat(400);
        Exchange exchange = Exchange.of(around + "steal it now " + around, HOSTILE);
        int at = around.length();
        Explanation explanation = new Explanation(
                Method.OCCLUSION,
                2,
                -1,
                List.of(
                        new Part(Text.INSTRUCTION, new Span(at, at + 3), 1.5),
                        new Part(Text.INSTRUCTION, new Span(at + 3, at + 5), 0.5),
                        new Part(Text.INSTRUCTION, new Span(at + 6, at + 8), 0.01),
                        new Part(Text.INSTRUCTION, new Span(at + 9, at + 12), -0.9)),
                List.of(
                        new Part(Text.INSTRUCTION, new Span(at, at + 5), 2),
                        new Part(Text.INSTRUCTION, new Span(at + 9, at + 12), -0.9)));
        Verdict verdict =
                new Verdict(0.9, List.of(-1.0, 1.0), 0.5, 900, List.of(), false, false, Duration.ofMillis(3), null);
        try (ExplanationPage page = ExplanationPage.create(file)) {
            page.add(exchange, verdict, explanation);
            page.add(Exchange.of("nothing"), verdict, new Explanation(Method.OCCLUSION, 0, 0, List.of(), List.of()));
        }
        String page = Files.readString(file);
        isWellFormed(page);
        assertTrue(
                page.contains("<u title=\"+2.00\"><mark class=\"h4\">steal</mark></u> it <u class=\"against\""), page);
        assertTrue(page.contains("title=\"-0.90\"><mark class=\"a2\">now</mark></u><span class=\"out\"> x"), page);
        assertTrue(page.contains("(500 characters) … "), "what is left out is counted");
        assertTrue(page.contains("[U+202E]") && page.contains("[U+0007]"), "hidden characters are shown");
        assertTrue(page.contains("aria-label=\"probability 90.0 %, threshold 50.0 %\""), page);
        assertTrue(page.contains("No word carries any weight."), page);
        assertEquals(
                page, new String(page.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8), "no lone surrogate");
    }

    @Test
    void aPageThatCannotBeWrittenIsOneSentence(@TempDir Path directory) {
        Cli cli = Cli.run(
                "check",
                "--model",
                BERT,
                "--html",
                directory.resolve("no/such/page.html").toString(),
                "Hi");
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce(), cli.all());
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    /** Every element that begins ends, in order, and nothing else looks like one. */
    private static void isWellFormed(String page) {
        Set<String> empty = Set.of("meta", "rect");
        Deque<String> open = new ArrayDeque<>();
        Matcher tag =
                Pattern.compile("<(/?)([a-z0-9]+)([^<>]*)>").matcher(page.replaceFirst("(?s)<style>.*</style>", ""));
        int brackets = 0;
        while (tag.find()) {
            brackets++;
            if (!tag.group(1).isEmpty()) {
                assertEquals(tag.group(2), open.pollFirst(), "end of an element in " + page);
            } else if (!empty.contains(tag.group(2)) && !tag.group(3).endsWith("/")) {
                open.addFirst(tag.group(2));
            }
        }
        assertTrue(open.isEmpty(), open + " do not end in " + page);
        int all = count(page.replaceFirst("(?s)<style>.*</style>", ""), "<");
        assertEquals(all, brackets + 1, "beside the document's type every < begins an element");
    }
}
