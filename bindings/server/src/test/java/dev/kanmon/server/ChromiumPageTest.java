package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in a Chromium, where there is one; and what only a browser that lays pages out can tell. */
@EnabledIf(
        value = "dev.kanmon.server.ChromiumPageTest#found",
        disabledReason =
                "SKIPPED, the page in Chromium: neither KANMON_CHROMIUM nor the PATH has one (Debian: apt-get install"
                        + " chromium)")
class ChromiumPageTest extends PageContract {

    private static final Path PICTURES = Path.of("target", "screenshots");

    /** Elements whose own text has less contrast with what is behind it than 4.5 (3 where it is large). */
    private static final String PALE = """
        (() => {
          const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
          const over = (colour, below) => {
            canvas.clearRect(0, 0, 1, 1);
            if (below) { canvas.fillStyle = 'rgb(' + below.join(' ') + ')'; canvas.fillRect(0, 0, 1, 1); }
            canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return Array.from(canvas.getImageData(0, 0, 1, 1).data).slice(0, 3);
          };
          const behind = e => over(getComputedStyle(e).backgroundColor, e.parentElement ? behind(e.parentElement) : [255, 255, 255]);
          const light = rgb => [0.2126, 0.7152, 0.0722].reduce((sum, k, i) => {
            const c = rgb[i] / 255;
            return sum + k * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
          }, 0);
          return Array.from(document.querySelectorAll('body *')).filter(e => e.checkVisibility() && !e.closest('.unseen')
              && Array.from(e.childNodes).some(n => n.nodeType === 3 && n.data.trim())).map(e => {
            const style = getComputedStyle(e), back = behind(e);
            const front = over(e.namespaceURI.endsWith('svg') ? style.fill : style.color, back);
            const a = light(front), b = light(back), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const large = parseFloat(style.fontSize) >= 24;
            return ratio < (large ? 3 : 4.5) ? e.tagName + '.' + e.className + ' ' + ratio.toFixed(2) + ' “' + e.textContent.slice(0, 20) + '”' : '';
          }).filter(found => found).join('; ');
        })()\
        """;

    private static ChromiumBrowser chromium;

    static boolean found() {
        return ChromiumBrowser.program().isPresent();
    }

    @Override
    Browser browser() {
        chromium = new ChromiumBrowser(ChromiumBrowser.program().orElseThrow());
        return chromium;
    }

    @ParameterizedTest
    @CsvSource({
        "light,1280,idle",
        "dark,1280,idle",
        "light,1280,harmless",
        "dark,1280,harmless",
        "light,1280,harmful",
        "dark,1280,harmful",
        "light,1280,incomplete",
        "light,1280,failed",
        "light,1280,long",
        "light,360,idle",
        "light,360,harmless",
        "light,360,harmful",
        "dark,360,harmful",
        "dark,360,failed",
        "light,768,harmful"
    })
    void canBeReadAndFitsTheWindow(String scheme, int width, String state) throws Exception {
        chromium.scheme(scheme);
        chromium.size(width, 900);
        try {
            open();
            Map<String, Supplier<String>> states = new TreeMap<>(Map.of(
                    "idle", () -> "Nothing judged yet",
                    "harmless", () -> asked(BREAD, "Harmless"),
                    "harmful", () -> asked(BURGLARY, "Harmful"),
                    "incomplete", () -> asked(Exchange.of(ScriptedChecker.INCOMPLETE), "Not read to the end"),
                    "failed", () -> asked(Exchange.of(ScriptedChecker.FAIL), "No verdict"),
                    "long", () -> asked(Exchange.of("one word after the other ".repeat(200)), "Harmless")));
            browser.awaitWord(states.get(state).get());
            browser.value("document.querySelectorAll('details').forEach(e => e.open = " + state.equals("long") + ")");
            assertEquals("", browser.value(PALE), "too pale, " + scheme);
            assertEquals(
                    "",
                    browser.value("document.documentElement.scrollWidth <= innerWidth ? '' :"
                            + " Array.from(document.querySelectorAll('body *')).filter(e => !e.closest('.scroll')"
                            + " && e.getBoundingClientRect().right > innerWidth).map(e => e.tagName + '#' +"
                            + " e.id).join(' ')"),
                    "wider than the window");
            assertEquals(
                    "",
                    browser.value(
                            "Array.from(document.querySelectorAll('button, select, input, summary')).filter(e => {"
                                    + " const r = (e.closest('label') || e).getBoundingClientRect();"
                                    + " return e.checkVisibility() && r.height < 24; }).map(e => e.id).join(' ')"),
                    "too small to be hit");
            chromium.screenshot(PICTURES.resolve(scheme + "-" + width + "-" + state + ".png"));
        } finally {
            chromium.scheme("light");
            chromium.size(1280, 900);
        }
    }

    private String asked(Exchange exchange, String word) {
        judge(exchange);
        browser.awaitWord(word);
        browser.await("document.querySelectorAll('#minutes-table tbody tr').length === 10");
        return word;
    }

    @Test
    void aScreenReaderIsToldEverything() throws Exception {
        open();
        judge(BURGLARY);
        browser.awaitWord("Harmful");
        Set<String> told = new TreeSet<>();
        for (JsonValue value : chromium.accessibilityTree().array("nodes")) {
            JsonObject node = value.asObject();
            if (!node.bool("ignored") && node.has("name") && node.object("name").has("value")) {
                told.add(node.object("role").string("value") + " "
                        + node.object("name").string("value"));
            }
        }
        for (String expected : List.of(
                "heading Kanmon",
                "textbox Instruction",
                "textbox Reply (may stay empty)",
                "combobox Policy",
                "checkbox Show what carried it",
                "button Judge",
                "heading Harmful",
                "heading What carried it",
                "radio single tokens",
                "table The passages that weigh most",
                "figure Probability of harm ",
                "image Verdicts in the last ten minutes: ",
                "image Time until the verdict in the last ten minutes: ")) {
            assertTrue(told.stream().anyMatch(name -> name.startsWith(expected)), () -> expected + " among " + told);
        }
    }

    @Test
    void nothingMovesForThoseWhoWantNoMotion() {
        chromium.scheme("light");
        open();
        assertEquals("0s", browser.value("getComputedStyle(document.querySelector('.gate .leaf')).transitionDuration"));
    }

    @Test
    void whereTheFocusIsCanBeSeen() {
        open();
        for (int i = 0; i < 9; i++) {
            browser.tab();
            assertEquals(
                    "solid 3px",
                    browser.value("getComputedStyle(document.activeElement).outlineStyle + ' ' +"
                            + " getComputedStyle(document.activeElement).outlineWidth"),
                    () -> browser.value("document.activeElement.id"));
        }
    }
}
