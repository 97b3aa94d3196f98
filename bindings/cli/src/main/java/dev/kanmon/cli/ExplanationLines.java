package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An explanation for people: the text in colours, where the terminal shows them, and its passages as a list. */
final class ExplanationLines {

    private static final String INDENT = "  ";

    /** Passages of the list; behind a coloured text fewer will do. */
    private static final int MOST = 10;

    private static final int MOST_IN_COLOUR = 5;

    private static final int PASSAGE_CHARACTERS = 70;

    /**
     * Backgrounds for black letters, the weakest first, of the 256 colours that terminals have: reds for harm, blues against
     * it. The stronger half is underlined, too, for eyes and screens that do not tell these apart.
     */
    private static final int[] HARM = {224, 217, 210, 203};

    private static final int[] AGAINST = {189, 153, 117, 75};

    private ExplanationLines() {}

    static List<String> of(Terminal terminal, Exchange exchange, Explanation explanation) {
        List<String> lines = new ArrayList<>();
        lines.add(INDENT
                + terminal.paint(
                        Terminal.Style.DIM,
                        String.format(
                                Locale.ROOT,
                                "log-odds %+.2f, %+.2f without the words; what they add (%s):",
                                explanation.logOdds(),
                                explanation.baseline(),
                                explanation.method().spelling().replace('-', ' '))));
        if (terminal.out()) {
            for (Text text : Text.values()) {
                PaintedText painted = PaintedText.of(exchange, explanation, text);
                if (!painted.runs().isEmpty()) {
                    lines.addAll(coloured(painted, text == Text.RESPONSE ? INDENT + "→ " : INDENT));
                }
            }
        }
        int most = terminal.out() ? MOST_IN_COLOUR : MOST;
        List<Part> spans = explanation.spans();
        for (Part part : spans.subList(0, Math.min(most, spans.size()))) {
            String reply = part.text() == Text.RESPONSE ? "→ " : "";
            lines.add(INDENT
                    + String.format(Locale.ROOT, "%+6.2f  ", part.weight())
                    + reply
                    + excerpt(part.span().of(part.text().of(exchange))));
        }
        if (spans.size() > most) {
            lines.add(INDENT
                    + terminal.paint(Terminal.Style.DIM, "        and " + (spans.size() - most) + " lighter ones"));
        }
        return lines;
    }

    /** The text; its own line ends stay. */
    private static List<String> coloured(PaintedText painted, String indent) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(indent).append(painted.before() > 0 ? "… " : "");
        for (PaintedText.Run run : painted.runs()) {
            String[] pieces = run.text().split("\n", -1);
            for (int i = 0; i < pieces.length; i++) {
                if (i > 0) {
                    lines.add(line.toString());
                    line = new StringBuilder(INDENT);
                }
                line.append(paint(run.level(), printable(pieces[i])));
            }
        }
        lines.add(line.append(painted.after() > 0 ? " …" : "").toString());
        return lines;
    }

    private static String paint(int level, String text) {
        if (level == 0 || text.isEmpty()) {
            return text;
        }
        int colour = level > 0 ? HARM[level - 1] : AGAINST[-level - 1];
        boolean strong = Math.abs(level) > PaintedText.LEVELS / 2;
        return "\u001b[" + (strong ? "4;" : "") + "38;5;16;48;5;" + colour + "m" + text + "\u001b[0m";
    }

    private static String excerpt(String text) {
        int[] characters = text.codePoints().toArray();
        String printable = printable(text);
        return characters.length <= PASSAGE_CHARACTERS
                ? printable
                : printable.substring(0, printable.offsetByCodePoints(0, PASSAGE_CHARACTERS)) + "…";
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.codePoints().forEach(c -> printable.appendCodePoint(PaintedText.isUnprintable(c) ? ' ' : c));
        return printable.toString();
    }
}
