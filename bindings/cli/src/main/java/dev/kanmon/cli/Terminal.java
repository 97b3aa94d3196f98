package dev.kanmon.cli;

/**
 * What standard output and standard error are connected to.
 *
 * @param out whether standard output is a terminal that shows colours
 * @param err whether standard error is a terminal
 */
record Terminal(boolean out, boolean err) {

    /** Set by the script {@code kanmon}, which can ask about each stream; Java can only ask about all at once. */
    private static final String OUT = "kanmon.terminal.out";

    private static final String ERR = "kanmon.terminal.err";

    /** No terminal at all. */
    static final Terminal NONE = new Terminal(false, false);

    static Terminal ofProcess() {
        boolean out = isTerminal(OUT);
        boolean plain = System.getenv("NO_COLOR") != null || "dumb".equals(System.getenv("TERM"));
        return new Terminal(out && !plain, isTerminal(ERR));
    }

    private static boolean isTerminal(String property) {
        String said = System.getProperty(property);
        return said != null
                ? said.equals("true")
                : System.console() != null && System.console().isTerminal();
    }

    /** Colours and weights. */
    enum Style {
        RED("1;31"),
        GREEN("32"),
        DIM("2"),
        BOLD("1");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    /** {@code text} in a style, where standard output shows it. */
    String paint(Style style, String text) {
        return out ? "\u001b[" + style.code + "m" + text + "\u001b[0m" : text;
    }
}
