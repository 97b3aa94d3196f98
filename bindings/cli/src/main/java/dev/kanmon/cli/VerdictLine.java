package dev.kanmon.cli;

import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import dev.kanmon.cli.Terminal.Style;
import java.util.Locale;

/** A verdict as one line for people: yes or no, how sure, which text. */
final class VerdictLine {

    private static final int CELLS = 20;
    private static final int TEXT_CHARACTERS = 60;

    private VerdictLine() {}

    static String of(Terminal terminal, Exchange exchange, Verdict verdict) {
        StringBuilder line = new StringBuilder();
        Style style = verdict.harmful() ? Style.RED : Style.GREEN;
        line.append(terminal.paint(style, word(verdict)));
        line.append(' ')
                .append(terminal.paint(
                        Style.BOLD, String.format(Locale.ROOT, "%5.1f %%", 100 * verdict.probability())));
        if (terminal.out()) {
            line.append("  ").append(terminal.paint(style, scale(verdict)));
        }
        line.append("  ")
                .append(terminal.paint(Style.DIM, "threshold " + percent(verdict.threshold()) + details(verdict)));
        line.append("  ").append(excerpt(exchange));
        return line.toString();
    }

    private static String word(Verdict verdict) {
        return switch (verdict.outcome()) {
            case HARMLESS -> "safe   ";
            case HARMFUL -> "harmful";
            case INCOMPLETE -> "incomplete";
        };
    }

    /** The probability from 0 to 1 as a bar, with a mark where harm begins. */
    private static String scale(Verdict verdict) {
        int full = (int) Math.round(verdict.probability() * CELLS);
        int mark = (int) Math.min(CELLS - 1, verdict.threshold() * CELLS);
        StringBuilder bar = new StringBuilder();
        for (int i = 0; i < CELLS; i++) {
            bar.append(i == mark ? '┃' : i < full ? '━' : '╌');
        }
        return bar.toString();
    }

    private static String details(Verdict verdict) {
        String details = "";
        if (verdict.windows().size() > 1) {
            details +=
                    ", " + verdict.tokens() + " tokens in " + verdict.windows().size() + " windows";
        }
        if (verdict.incomplete()) {
            details += ", not all of it was read (--max-work)";
        }
        if (verdict.truncated()) {
            details += ", cut from " + verdict.tokens() + " tokens";
        }
        return details;
    }

    private static String percent(double share) {
        double value = 100 * share;
        return value == Math.rint(value) ? (long) value + " %" : String.format(Locale.ROOT, "%.1f %%", value);
    }

    /** The beginning of the text, without what would move a terminal's cursor. */
    private static String excerpt(Exchange exchange) {
        String text = exchange.instruction() + (exchange.response().isEmpty() ? "" : " → " + exchange.response());
        StringBuilder excerpt = new StringBuilder();
        int count = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (count++ == TEXT_CHARACTERS) {
                return excerpt.append('…').toString();
            }
            int c = text.codePointAt(i);
            int type = Character.getType(c);
            boolean moves = type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.SURROGATE
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR;
            excerpt.appendCodePoint(moves ? ' ' : c);
        }
        return excerpt.toString();
    }
}
