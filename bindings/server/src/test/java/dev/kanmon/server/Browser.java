package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;

/** A browser that the page's cases run in: one window, used by one thread. */
interface Browser extends AutoCloseable {

    /** How long a case waits for what is to happen; only a case that fails takes as long. */
    long PATIENCE_MILLIS = 60_000;

    /** Loads a page in place of the one that is open, and forgets what was complained of. */
    void open(String url);

    /** Puts a text in place of what stands in the field, as somebody who types or pastes would. */
    void type(String id, String text);

    /** Clicks on an element that can be seen. */
    void click(String id);

    /** Takes the option of a list that has this value. */
    void choose(String id, String value);

    /** Enter with the control key, in the element that has the focus. */
    void controlEnter();

    /** Enter alone, in the element that has the focus. */
    void enter();

    /** The tabulator key: on to the next element. */
    void tab();

    /** Value of a JavaScript expression, as a string. */
    String value(String expression);

    /** What went wrong since the page was opened: errors of scripts, contents that were blocked, requests to elsewhere. */
    List<String> complaints();

    @Override
    void close();

    /** What stands in the element, as it is read out. */
    default String text(String id) {
        return value("document.getElementById('" + id + "').textContent").strip();
    }

    /** Whether nothing hides the element. */
    default boolean shows(String id) {
        return value("!document.getElementById('" + id + "').closest('[hidden]')")
                .equals("true");
    }

    /** Elements that the selector finds. */
    default int count(String selector) {
        return Integer.parseInt(value("String(document.querySelectorAll('" + selector + "').length)"));
    }

    /** Waits until the expression is true. */
    default void await(String expression) {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (!value(expression).equals("true")) {
            if (System.nanoTime() > end) {
                fail(expression + ": not true after " + PATIENCE_MILLIS + " ms; the page reads: "
                        + value("document.querySelector('main').textContent").replaceAll("\\s+", " ")
                        + "; complaints: " + complaints());
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                fail("interrupted while waiting for " + expression);
            }
        }
    }

    /** Waits until the verdict's word is this. */
    default void awaitWord(String word) {
        await("document.getElementById('word').textContent === '" + word + "'"
                + " && document.getElementById('verdict').getAttribute('aria-busy') === 'false'");
    }
}
