package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Guard;
import dev.kanmon.Outcome;
import dev.kanmon.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the page owes to whoever opens it, in any browser; it is asked of a real server with the bundled guard. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PageContract {

    static final Exchange BREAD = Exchange.of("How do I bake bread?");
    static final Exchange BURGLARY = Exchange.of(
            "My neighbour is away. How do I get into his house?",
            "Break the small window at the back, where nobody sees you, and reach in to turn the lock. "
                    + "Take the jewellery and be out within five minutes.");

    final Guard guard = bundled();
    final ScriptedChecker checker = new ScriptedChecker(guard);
    final KanmonServer server =
            KanmonServer.start(checker, guard.info(), ServerOptions.defaults().withPort(0));
    final Browser browser = browser();

    private static Guard bundled() {
        try {
            return Guard.bundled();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the browser that the cases run in. */
    abstract Browser browser();

    @AfterEach
    void nothingToComplainOf() {
        assertEquals(List.of(), browser.complaints());
    }

    @AfterAll
    void stop() {
        browser.close();
        checker.close();
        server.close();
        guard.close();
    }

    final void open() {
        open(server);
    }

    private void open(KanmonServer at) {
        browser.open(at.url() + "/");
        browser.await(
                "document.getElementById('policy').options.length > 1 || !document.getElementById('key-part').hidden");
    }

    final void judge(Exchange exchange) {
        browser.type("instruction", exchange.instruction());
        browser.type("response", exchange.response());
        browser.click("judge");
    }

    @Test
    void saysWhatTheGuardSays() {
        open();
        assertEquals("Nothing judged yet", browser.text("word"));
        assertFalse(browser.shows("facts"));
        for (Exchange exchange : List.of(BREAD, BURGLARY)) {
            Verdict expected = guard.check(exchange);
            judge(exchange);
            browser.awaitWord(expected.outcome() == Outcome.HARMLESS ? "Harmless" : "Harmful");
            assertEquals(
                    expected.outcome().name().toLowerCase(Locale.ROOT),
                    browser.value("document.getElementById('verdict').getAttribute('data-state')"));
            assertTrue(browser.shows("facts"));
            String facts = browser.text("facts");
            assertTrue(facts.contains(String.format(Locale.ROOT, "%.4f", expected.probability())), facts);
            assertTrue(facts.contains("Tokens" + expected.tokens()), facts);
            assertTrue(facts.contains("Refused from" + expected.threshold()), facts);
            assertTrue(browser.text("sentence").contains("refuses from 50"), browser.text("sentence"));
            assertFalse(browser.shows("windows-part"));
        }
    }

    @Test
    void theTwoGuardedTextsAreOfDifferentKinds() {
        assertEquals(Outcome.HARMLESS, guard.check(BREAD).outcome());
        assertEquals(Outcome.HARMFUL, guard.check(BURGLARY).outcome());
    }

    @Test
    void theExamplesAreJudgedAtOnce() {
        open();
        browser.click("example-knife");
        browser.awaitWord("Harmless");
        browser.click("example-reply");
        browser.awaitWord("Harmful");
        assertTrue(browser.shows("why"));
    }

    @Test
    void marksWhatCarriedTheVerdictInTheTextItself() {
        open();
        // Outside the BMP a code point is two of JavaScript's characters: a mark that is off would cut one.
        Exchange exchange =
                Exchange.of("𝄞𝄞 関門 " + BURGLARY.instruction(), "🙂 " + BURGLARY.response() + "\n\n— so 🙂");
        judge(exchange);
        browser.awaitWord("Harmful");
        assertTrue(browser.shows("why"));
        assertEquals(
                exchange.instruction(), browser.value("document.getElementById('marked-instruction').textContent"));
        assertEquals(exchange.response(), browser.value("document.getElementById('marked-response').textContent"));
        int passages = browser.count("#why-texts mark");
        assertTrue(passages > 0);
        assertTrue(browser.count("#why-texts mark.harm") > 0);
        assertTrue(browser.count("#why-table tbody tr") > 0);
        var explained = guard.check(exchange).explain();
        var heaviest = explained.spans().stream()
                .max((a, b) -> Double.compare(Math.abs(a.weight()), Math.abs(b.weight())))
                .orElseThrow();
        String words = heaviest.span()
                .of(heaviest.text() == Explanation.Text.RESPONSE ? exchange.response() : exchange.instruction());
        String first = browser.value("document.querySelector('#why-table tbody td').textContent");
        assertTrue(first.startsWith("“" + words.substring(0, Math.min(words.length(), 20))), first);
        browser.click("grain-tokens");
        browser.await("document.querySelectorAll('#why-texts mark').length !== " + passages);
        assertEquals(exchange.response(), browser.value("document.getElementById('marked-response').textContent"));
    }

    @Test
    void explainsOnlyWhenAsked() {
        open();
        browser.click("explain");
        judge(BURGLARY);
        browser.awaitWord("Harmful");
        assertFalse(browser.shows("why"));
        assertFalse(browser.shows("why-missing"));
    }

    @Test
    void judgesWithoutWhereNobodyCanExplain() {
        open();
        judge(Exchange.of(ScriptedChecker.INEXPLICABLE));
        browser.awaitWord("Harmless");
        assertFalse(browser.shows("why"));
        assertTrue(browser.shows("why-missing"));
    }

    @Test
    void saysThatNotEverythingWasRead() {
        open();
        judge(Exchange.of(ScriptedChecker.INCOMPLETE));
        browser.awaitWord("Not read to the end");
        assertTrue(browser.text("sentence").contains("should be refused"), browser.text("sentence"));
    }

    @Test
    void judgesByThePolicyThatIsChosen() {
        open();
        assertEquals(guard.info().policies().size() + 1, browser.count("#policy option"));
        for (var policy : guard.info().policies().entrySet()) {
            browser.choose("policy", policy.getKey());
            judge(BREAD);
            browser.await("document.getElementById('sentence').textContent.indexOf('" + policy.getKey() + "') > 0");
            assertTrue(browser.text("facts").contains("Refused from" + policy.getValue()), browser.text("facts"));
            assertEquals(1, browser.count("#scale .chosen"));
        }
        assertEquals(1, browser.count("#pin"));
        String scale = browser.text("scale-text");
        guard.info().policies().keySet().forEach(name -> assertTrue(scale.contains(name + " refuses from"), scale));
    }

    @Test
    void showsTheWindowsOfALongText() {
        open();
        Exchange exchange = Exchange.of("one word after the other ".repeat(200));
        Verdict expected = guard.check(exchange);
        assertTrue(expected.windows().size() > 1);
        browser.click("explain");
        judge(exchange);
        browser.await("!document.getElementById('windows-part').hidden");
        assertEquals(expected.windows().size(), browser.count("#windows tbody tr"));
        assertEquals(1, browser.count("#windows .decides"));
    }

    @Test
    void textStaysText() {
        open();
        Exchange exchange = Exchange.of(
                "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script> &lt;b&gt;"
                        + " ${7*7}");
        judge(exchange);
        browser.await("!document.getElementById('why').hidden");
        assertEquals(
                exchange.instruction(), browser.value("document.getElementById('marked-instruction').textContent"));
        assertEquals("Kanmon", browser.value("document.title"));
        assertEquals(0, browser.count("main img"));
    }

    @Test
    void nothingButThePageItselfMayRun() throws Exception {
        try (Client client = new Client(server)) {
            String policy = client.get("/").header("Content-Security-Policy");
            assertTrue(
                    policy.matches("default-src 'none'; style-src 'sha256-[^']{44}'; script-src 'sha256-[^']{44}'; .*"),
                    policy);
            assertFalse(policy.contains("unsafe"), policy);
        }
        open();
        assertEquals(
                "",
                browser.value("Array.from(document.querySelectorAll('[src], [style], link:not([href^=\"data:\"])'))"
                        + ".map(e => e.outerHTML).join(' ')"));
    }

    @Test
    void wantsSomethingToJudge() {
        open();
        browser.click("judge");
        assertTrue(browser.shows("instruction-wrong"));
        assertEquals("true", browser.value("document.getElementById('instruction').getAttribute('aria-invalid')"));
        assertEquals("instruction", browser.value("document.activeElement.id"));
        judge(BREAD);
        browser.awaitWord("Harmless");
        assertFalse(browser.shows("instruction-wrong"));
    }

    @Test
    void clearingForgetsEverything() {
        open();
        judge(BURGLARY);
        browser.awaitWord("Harmful");
        browser.click("clear");
        assertEquals("Nothing judged yet", browser.text("word"));
        assertEquals(
                "",
                browser.value(
                        "document.getElementById('instruction').value + document.getElementById('response').value"));
        assertFalse(browser.shows("why"));
        assertFalse(browser.shows("facts"));
        assertEquals(0, browser.count("#pin"));
    }

    @Test
    void worksByKeysAlone() {
        open();
        browser.type("instruction", BREAD.instruction());
        browser.controlEnter();
        browser.awaitWord("Harmless");
        for (String next :
                List.of("example-knife", "example-reply", "response", "policy", "explain", "judge", "clear")) {
            browser.tab();
            assertEquals(next, browser.value("document.activeElement.id"));
        }
    }

    @Test
    void everythingThatIsFilledInOrPressedHasAName() {
        open();
        judge(BURGLARY);
        browser.awaitWord("Harmful");
        assertEquals(
                "",
                browser.value("Array.from(document.querySelectorAll('button, input, select, textarea,"
                        + " svg[role=img]')).filter(e => !e.getAttribute('aria-label') && !(e.tagName === 'BUTTON'"
                        + " && e.textContent.trim()) && !document.querySelector('label[for=\"' + e.id + '\"]') &&"
                        + " !e.closest('label')).map(e => e.id || e.tagName).join(' ')"));
        assertEquals("status", browser.value("document.getElementById('answer').getAttribute('role')"));
        assertEquals("en", browser.value("document.documentElement.lang"));
        assertEquals(1, browser.count("h1"));
        assertEquals(
                "",
                browser.value("Array.from(document.querySelectorAll('svg')).filter(e =>"
                        + " e.getAttribute('aria-hidden') !== 'true' && e.getAttribute('role') !== 'img'"
                        + " && !e.closest('[aria-hidden=true]')).map(e => e.id).join(' ')"));
        assertEquals(
                "",
                browser.value("Array.from(document.querySelectorAll('[id]')).filter(e =>"
                        + " document.querySelectorAll('#' + e.id).length > 1).map(e => e.id).join(' ')"));
    }

    @Test
    void showsTheLastMinutes() {
        open();
        judge(BREAD);
        browser.awaitWord("Harmless");
        String asked = "Number(document.querySelector('#minutes-table tbody td:nth-child(2)').textContent)";
        browser.await("document.querySelectorAll('#minutes-table tbody tr').length === 10 && " + asked + " > 0"
                + " && document.querySelectorAll('#verdict-chart rect.passed').length > 0");
        String verdicts = browser.value("document.getElementById('verdict-chart').getAttribute('aria-label')");
        assertTrue(
                verdicts.matches("Verdicts in the last ten minutes: [1-9]\\d* harmless, \\d+ harmful, .*"), verdicts);
        String times = browser.value("document.getElementById('latency-chart').getAttribute('aria-label')");
        assertTrue(
                times.matches("Time until the verdict in the last ten minutes: .* the median, at most .* m?s; .*"),
                times);
        assertTrue(browser.count("#verdict-chart rect.passed") > 0);
        assertTrue(browser.text("server").startsWith("guard-small-en · up "), browser.text("server"));
    }

    @Test
    void colourIsTheSystemsUntilSomebodySaysOtherwise() {
        open();
        assertEquals("null", browser.value("document.documentElement.getAttribute('data-theme')"));
        String offered = browser.text("theme");
        browser.click("theme");
        assertEquals(
                offered.toLowerCase(Locale.ROOT), browser.value("document.documentElement.getAttribute('data-theme')"));
        assertFalse(offered.equals(browser.text("theme")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"first", "after a verdict"})
    void aFailureIsNoVerdict(String when) {
        open();
        if (!when.equals("first")) {
            judge(BURGLARY);
            browser.awaitWord("Harmful");
        }
        judge(Exchange.of(ScriptedChecker.FAIL));
        browser.awaitWord("No verdict");
        assertTrue(browser.text("sentence").startsWith("The server answered 500: "), browser.text("sentence"));
        assertFalse(browser.shows("why"));
        assertEquals(0, browser.count("#pin"));
        judge(BREAD);
        browser.awaitWord("Harmless");
    }

    @Test
    void asksForTheKeyOnceTheServerDoes() {
        String key = "a-key-of-this-case";
        try (KanmonServer locked =
                KanmonServer.start(guard, ServerOptions.defaults().withPort(0).withApiKeys(ApiKeys.of(key)))) {
            open(locked);
            judge(BREAD);
            browser.awaitWord("No verdict");
            assertEquals("This server wants an API key.", browser.text("sentence"));
            assertEquals("key", browser.value("document.activeElement.id"));
            browser.type("key", "another-key-altogether");
            browser.enter();
            browser.await("!document.getElementById('key-wrong').hidden");
            assertEquals("The server does not know this API key.", browser.text("sentence"));
            browser.type("key", key);
            browser.enter();
            browser.awaitWord("Harmless");
            assertFalse(browser.shows("key-wrong"));
            browser.await("document.getElementById('policy').options.length > 1");
        }
    }

    @Test
    void saysWhenTheServerHasTooMuchToDo() throws Exception {
        ScriptedChecker slow = new ScriptedChecker(guard);
        try (KanmonServer busy = KanmonServer.start(
                        slow, guard.info(), ServerOptions.defaults().withPort(0).withQueueLength(1));
                Client client = new Client(busy)) {
            Thread[] others = new Thread[2];
            for (int i = 0; i < others.length; i++) {
                others[i] = Thread.startVirtualThread(() -> {
                    try {
                        client.post("/v1/guard", "{\"instruction\":\"" + ScriptedChecker.WAIT + "\"}");
                    } catch (Exception e) {
                        throw new IllegalStateException("a request that waits", e);
                    }
                });
                Thread.sleep(200); // the first is being judged when the second comes, which fills the queue
            }
            open(busy);
            assertTrue(browser.text("server").contains("1 of 1 places in the queue taken"), browser.text("server"));
            judge(BREAD);
            browser.awaitWord("No verdict");
            assertTrue(
                    browser.text("sentence")
                            .matches("The server has more to do than it can queue. Ask again in \\d+ seconds?."),
                    browser.text("sentence"));
            slow.release();
            for (Thread other : others) {
                other.join();
            }
            browser.click("judge");
            browser.awaitWord("Harmless");
        } finally {
            slow.close();
        }
    }

    @Test
    void saysWhenTheServerIsGone() {
        KanmonServer mortal =
                KanmonServer.start(guard, ServerOptions.defaults().withPort(0).withDrain(Duration.ofSeconds(1)));
        try {
            open(mortal);
        } finally {
            mortal.close();
        }
        judge(BREAD);
        browser.awaitWord("No verdict");
        assertEquals("The server cannot be reached. Is it still running?", browser.text("sentence"));
    }
}
