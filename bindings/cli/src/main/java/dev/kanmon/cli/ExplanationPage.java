package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import dev.kanmon.Verdict;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A page of HTML that shows verdicts and what carries them: one file that needs nothing else, runs no script, and follows
 * the reader's choice of light or dark.
 */
final class ExplanationPage implements AutoCloseable {

    /** Code points around a window that are shown without colours. */
    private static final int CONTEXT = 300;

    private static final int MOST_PASSAGES = 25;

    /** Invisible by themselves, and a part of how some scripts and emoji are written. */
    private static final int ZERO_WIDTH_NON_JOINER = 0x200c;

    private static final int ZERO_WIDTH_JOINER = 0x200d;

    private static final String HEAD = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <title>Kanmon: what carries a verdict</title>
        <style>
        :root {
          --paper: #ffffff; --panel: #f6f8fa; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;
          --harm: 213 94 0; --against: 0 114 178; --bad: #b3261e; --good: #116329;
          --a1: .14; --a2: .28; --a3: .42; --a4: .58;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #0d1117; --panel: #161b22; --ink: #e6edf3; --faint: #9da7b3; --line: #3d444d;
            --harm: 255 120 40; --against: 70 150 255; --bad: #ff8a80; --good: #6fdd8b;
            --a1: .16; --a2: .28; --a3: .38; --a4: .48;
          }
        }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
        main { max-width: 52rem; margin: 0 auto; padding: 2rem 1rem 4rem }
        h1 { font-size: 1.5rem; margin: 0 0 .5rem }
        h2 { font-size: 1.25rem; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline }
        h3 { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--faint); margin: 1.25rem 0 .35rem }
        p { margin: .5rem 0 }
        .note { color: var(--faint); font-size: .9rem }
        section { border: 1px solid var(--line); border-radius: .6rem; background: var(--panel); padding: 1.25rem; margin-top: 1.5rem }
        .harmful { color: var(--bad) } .harmless { color: var(--good) } .incomplete { color: var(--bad) }
        svg.scale { display: block; width: 100%; height: 1.6rem; margin: .75rem 0 .25rem }
        .text { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--paper); border: 1px solid var(--line);
          border-radius: .4rem; padding: .75rem; margin: 0 }
        .text .out { color: var(--faint) }
        mark { color: var(--ink); background: none; border-radius: .15rem; padding: .05em 0 }
        .h1 { background: rgb(var(--harm) / var(--a1)) } .h2 { background: rgb(var(--harm) / var(--a2)) }
        .h3 { background: rgb(var(--harm) / var(--a3)) } .h4 { background: rgb(var(--harm) / var(--a4)) }
        .a1 { background: rgb(var(--against) / var(--a1)) } .a2 { background: rgb(var(--against) / var(--a2)) }
        .a3 { background: rgb(var(--against) / var(--a3)) } .a4 { background: rgb(var(--against) / var(--a4)) }
        u { text-decoration: underline solid rgb(var(--harm)) .14em; text-underline-offset: .2em }
        u.against { text-decoration: underline dotted rgb(var(--against)) .16em }
        table { border-collapse: collapse; width: 100%; font-size: .95rem }
        th, td { text-align: left; padding: .3rem .5rem; border-top: 1px solid var(--line); vertical-align: top }
        th { color: var(--faint); font-weight: 600; border-top: 0 }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        td.passage { overflow-wrap: anywhere }
        .bar { display: block; height: .7rem; margin-top: .45rem; min-width: 2px; border-radius: .15rem; background: rgb(var(--harm)) }
        .bar.against { background: repeating-linear-gradient(135deg, rgb(var(--against)) 0 .25rem, rgb(var(--against) / .45) .25rem .5rem) }
        td.b { width: 30% }
        dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .75rem 0 0; font-size: .9rem }
        dl div { display: flex; gap: .4rem } dt { color: var(--faint) } dd { margin: 0; font-variant-numeric: tabular-nums }
        @media (max-width: 30rem) { td.b, th.b { display: none } section { padding: 1rem .75rem } }
        </style>
        </head>
        <body>
        <main>
        <h1>What carries the verdict</h1>
        <p class="note">Words with a <mark class="h3">warm background</mark> make this guard say harmful, those with a
        <mark class="a3">cool one</mark> speak against it; stronger is heavier. Passages that carry weight are
        underlined, <u>solid</u> towards harm and <u class="against">dotted</u> against it. Weights are natural
        log-odds: +0.7 doubles the odds of harm. They say what this model answers to, not what is wrong with a text.</p>
        """;

    private static final String FOOT = """
        </main>
        </body>
        </html>
        """;

    private final Writer out;
    private int number;

    private ExplanationPage(Writer out) {
        this.out = out;
    }

    /** Begins a page; a file of this name is replaced. */
    static ExplanationPage create(Path file) throws IOException {
        ExplanationPage page = new ExplanationPage(Files.newBufferedWriter(file, StandardCharsets.UTF_8));
        page.out.write(HEAD);
        return page;
    }

    /** Adds a verdict. */
    void add(Exchange exchange, Verdict verdict, Explanation explanation) throws IOException {
        String id = "verdict-" + ++number;
        String outcome = verdict.outcome().name().toLowerCase(Locale.ROOT);
        line("<section aria-labelledby=\"%s\">", id);
        line(
                "<h2 id=\"%s\"><span class=\"%s\">%s</span><span>%.1f %%</span></h2>",
                id, outcome, outcome, 100 * verdict.probability());
        scale(verdict);
        facts(verdict, explanation);
        for (Text text : Text.values()) {
            if (!text.of(exchange).isEmpty()) {
                text(exchange, explanation, text);
            }
        }
        passages(exchange, explanation);
        line("</section>");
    }

    private void scale(Verdict verdict) throws IOException {
        double p = 100 * verdict.probability();
        double threshold = 100 * verdict.threshold();
        line(
                "<svg class=\"scale\" role=\"img\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\""
                        + " aria-label=\"probability %.1f %%, threshold %.1f %%\">",
                p, threshold);
        line("<rect y=\"3\" width=\"100\" height=\"4\" fill=\"var(--line)\"/>");
        line("<rect y=\"3\" width=\"%.2f\" height=\"4\" fill=\"var(--%s)\"/>", p, verdict.harmful() ? "bad" : "good");
        line("<rect x=\"%.2f\" width=\"0.6\" height=\"10\" fill=\"var(--ink)\"/>", Math.min(99.4, threshold));
        line("</svg>");
    }

    private void facts(Verdict verdict, Explanation explanation) throws IOException {
        line("<dl>");
        fact("Threshold", String.format(Locale.ROOT, "%.1f %%", 100 * verdict.threshold()));
        fact("Tokens", Integer.toString(verdict.tokens()));
        if (verdict.windows().size() > 1) {
            fact("Windows", verdict.windows().size() + ", of which the most harmful is shown");
        }
        fact("Log-odds", String.format(Locale.ROOT, "%+.2f", explanation.logOdds()));
        fact("Without the words", String.format(Locale.ROOT, "%+.2f", explanation.baseline()));
        fact("Method", explanation.method().spelling().replace('-', ' '));
        line("</dl>");
    }

    private void fact(String name, String value) throws IOException {
        line("<div><dt>%s</dt><dd>%s</dd></div>", name, value);
    }

    private void text(Exchange exchange, Explanation explanation, Text which) throws IOException {
        PaintedText painted = PaintedText.of(exchange, explanation, which);
        line("<h3>%s</h3>", which == Text.INSTRUCTION ? "Instruction" : "Reply");
        out.write("<p class=\"text\" dir=\"auto\">");
        outside(which.of(exchange), painted.before(), painted.after(), true);
        int passage = -1;
        for (PaintedText.Run run : painted.runs()) {
            if (run.passage() != passage) {
                out.write(passage >= 0 ? "</u>" : "");
                passage = run.passage();
                if (passage >= 0) {
                    Part part = explanation.spans().get(passage);
                    out.write(String.format(
                            Locale.ROOT,
                            "<u%s title=\"%+.2f\">",
                            part.weight() < 0 ? " class=\"against\"" : "",
                            part.weight()));
                }
            }
            String escaped = escape(run.text());
            out.write(
                    run.level() == 0
                            ? escaped
                            : "<mark class=\"" + (run.level() > 0 ? "h" : "a") + Math.abs(run.level()) + "\">" + escaped
                                    + "</mark>");
        }
        out.write(passage >= 0 ? "</u>" : "");
        outside(which.of(exchange), painted.before(), painted.after(), false);
        line("</p>");
    }

    /** Some of what stands before or behind the window. */
    private void outside(String text, int before, int after, boolean first) throws IOException {
        int count = first ? before : after;
        if (count == 0) {
            return;
        }
        int shown = Math.min(count, CONTEXT);
        int left = count - shown;
        int end = first ? text.offsetByCodePoints(0, before) : text.offsetByCodePoints(text.length(), -left);
        int begin = text.offsetByCodePoints(end, -shown);
        String note = left == 0 ? "" : String.format(Locale.ROOT, "(%,d characters)", left);
        out.write(String.format(
                Locale.ROOT,
                "<span class=\"out\">%s%s%s</span>",
                first && left > 0 ? note + " … " : "",
                escape(text.substring(begin, end)),
                !first && left > 0 ? " … " + note : ""));
    }

    private void passages(Exchange exchange, Explanation explanation) throws IOException {
        List<Part> spans = explanation.spans();
        line("<h3>What weighs most</h3>");
        if (spans.isEmpty()) {
            line("<p>No word carries any weight.</p>");
            return;
        }
        boolean pair = !exchange.response().isEmpty();
        line("<table>");
        line(
                "<thead><tr><th scope=\"col\">Passage</th>%s<th scope=\"col\" class=\"n\">Log-odds</th>"
                        + "<th scope=\"col\" class=\"b\">Weight</th></tr></thead>",
                pair ? "<th scope=\"col\">In</th>" : "");
        line("<tbody>");
        double most = Math.abs(spans.getFirst().weight());
        for (Part part : spans.subList(0, Math.min(MOST_PASSAGES, spans.size()))) {
            line(
                    "<tr><td class=\"passage\" dir=\"auto\">%s</td>%s<td class=\"n\">%+.2f</td><td class=\"b\">"
                            + "<span class=\"bar%s\" style=\"width:%.1f%%\"></span></td></tr>",
                    escape(part.span().of(part.text().of(exchange))),
                    pair ? "<td>" + (part.text() == Text.INSTRUCTION ? "instruction" : "reply") + "</td>" : "",
                    part.weight(),
                    part.weight() < 0 ? " against" : "",
                    100 * Math.abs(part.weight()) / most);
        }
        line("</tbody>");
        line("</table>");
        if (spans.size() > MOST_PASSAGES) {
            line("<p class=\"note\">And %d lighter ones.</p>", spans.size() - MOST_PASSAGES);
        }
    }

    /** Text as HTML; what cannot be seen is shown as a box with its number, since attacks hide in such characters. */
    private static String escape(String text) {
        StringBuilder html = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> html.append("&amp;");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '"' -> html.append("&quot;");
                case '\n', '\t' -> html.append((char) c);
                case '\r' -> {} // the line feed behind it ends the line
                case ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER -> html.appendCodePoint(c);
                default -> {
                    if (PaintedText.isUnprintable(c)) {
                        html.append(String.format(Locale.ROOT, "<span class=\"out\">[U+%04X]</span>", c));
                    } else {
                        html.appendCodePoint(c);
                    }
                }
            }
        });
        return html.toString();
    }

    private void line(String pattern, Object... values) throws IOException {
        out.write(String.format(Locale.ROOT, pattern, values));
        out.write('\n');
    }

    /** Ends the page. */
    @Override
    public void close() throws IOException {
        out.write(FOOT);
        out.close();
    }
}
