package dev.kanmon.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.htmlunit.BrowserVersion;
import org.htmlunit.ScriptException;
import org.htmlunit.SilentCssErrorHandler;
import org.htmlunit.WebClient;
import org.htmlunit.WebRequest;
import org.htmlunit.WebResponse;
import org.htmlunit.html.HtmlElement;
import org.htmlunit.html.HtmlPage;
import org.htmlunit.html.HtmlPasswordInput;
import org.htmlunit.html.HtmlSelect;
import org.htmlunit.html.HtmlTextArea;
import org.htmlunit.html.Keyboard;
import org.htmlunit.javascript.JavaScriptErrorListener;
import org.htmlunit.javascript.host.event.KeyboardEvent;
import org.htmlunit.util.WebConnectionWrapper;

/** HtmlUnit, a browser in Java without a screen: it runs the script, and lays nothing out. */
final class HtmlUnitBrowser implements Browser {

    private final WebClient client = new WebClient(BrowserVersion.CHROME);
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private volatile String origin = "";

    HtmlUnitBrowser() {
        client.getOptions().setThrowExceptionOnScriptError(false); // they are complaints, below
        client.getOptions().setPrintContentOnFailingStatusCode(false);
        client.setCssErrorHandler(new SilentCssErrorHandler()); // it does not know light-dark()
        client.setJavaScriptErrorListener(new Listener());
        client.setWebConnection(new WebConnectionWrapper(client) {
            @Override
            public WebResponse getResponse(WebRequest request) throws IOException {
                String url = request.getUrl().toString();
                if (!url.startsWith(origin) && !url.startsWith("data:") && !url.startsWith("about:")) {
                    complaints.add("a request to " + url);
                }
                return super.getResponse(request);
            }
        });
    }

    private final class Listener implements JavaScriptErrorListener {
        @Override
        public void scriptException(HtmlPage page, ScriptException e) {
            complaints.add("script: " + e.getMessage());
        }

        @Override
        public void timeoutError(HtmlPage page, long allowed, long took) {
            complaints.add("script: took " + took + " ms");
        }

        @Override
        public void malformedScriptURL(HtmlPage page, String url, MalformedURLException e) {
            complaints.add("script: malformed " + url);
        }

        @Override
        public void loadScriptError(HtmlPage page, URL url, Exception e) {
            complaints.add("script: " + url + ": " + e);
        }

        @Override
        public void warn(String message, String source, int line, String text, int offset) {
            complaints.add("script: line " + line + ": " + message);
        }
    }

    private HtmlPage page() {
        return (HtmlPage) client.getCurrentWindow().getEnclosedPage();
    }

    private HtmlElement element(String id) {
        return page().getHtmlElementById(id);
    }

    @Override
    public void open(String url) {
        try {
            client.getPage("about:blank");
            client.waitForBackgroundJavaScript(PATIENCE_MILLIS); // or answers to the old page meet the new one
            complaints.clear();
            origin = url;
            client.getPage(url);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void type(String id, String text) {
        HtmlElement element = element(id);
        element.focus();
        switch (element) {
            case HtmlTextArea area -> area.setText(text);
            case HtmlPasswordInput input -> input.setValue(text);
            default -> throw new IllegalArgumentException(id + ": found " + element + ", expected a field");
        }
    }

    @Override
    public void click(String id) {
        try {
            element(id).click();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void choose(String id, String value) {
        ((HtmlSelect) element(id)).setSelectedAttribute(value, true);
    }

    @Override
    public void controlEnter() {
        Keyboard keyboard = new Keyboard();
        keyboard.press(KeyboardEvent.DOM_VK_CONTROL);
        keyboard.press(KeyboardEvent.DOM_VK_RETURN);
        keyboard.release(KeyboardEvent.DOM_VK_RETURN);
        keyboard.release(KeyboardEvent.DOM_VK_CONTROL);
        try {
            ((HtmlElement) page().getFocusedElement()).type(keyboard);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void enter() {
        try {
            ((HtmlElement) page().getFocusedElement()).type('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void tab() {
        HtmlElement next = page().tabToNextElement();
        while (!next.isDisplayed()) { // it tabs to hidden ones, too
            next = page().tabToNextElement();
        }
    }

    @Override
    public String value(String expression) {
        return String.valueOf(
                page().executeJavaScript("String(" + expression + ")").getJavaScriptResult());
    }

    @Override
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() {
        client.close();
    }
}
