package dev.kanmon.server;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Chromium without a window, driven by the DevTools protocol; it gets keys and clicks as a person's would come. */
final class ChromiumBrowser implements Browser {

    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/.*");
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

    private final Path profile;
    private final Process process;
    private final DevTools tools;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private volatile String origin = "";

    /** The program that {@code KANMON_CHROMIUM} names, or one of the usual names on the {@code PATH}. */
    static Optional<Path> program() {
        String named = System.getenv("KANMON_CHROMIUM");
        if (named != null && !named.isEmpty()) {
            Path program = Path.of(named);
            if (!Files.isExecutable(program)) {
                throw new IllegalArgumentException("KANMON_CHROMIUM: found " + named + ", expected a program");
            }
            return Optional.of(program);
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    ChromiumBrowser(Path program) {
        try {
            profile = Files.createTempDirectory("kanmon-chromium");
            List<String> command = new ArrayList<>(List.of(
                    program.toString(),
                    "--headless",
                    "--remote-debugging-port=0",
                    "--user-data-dir=" + profile,
                    "--no-first-run",
                    "--disable-gpu",
                    "--disable-extensions",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-dev-shm-usage",
                    "--hide-scrollbars"));
            if ("root".equals(System.getProperty("user.name"))) {
                command.add("--no-sandbox"); // which root cannot have; what it reads is our own page
            }
            command.add("about:blank");
            process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            tools = new DevTools(page(listening()), this::event);
        } catch (IOException e) {
            throw new UncheckedIOException(program + ": does not start", e);
        }
        List.of("Page", "Runtime", "Log", "Network").forEach(domain -> send(domain + ".enable", "{}"));
        size(1280, 900);
    }

    /** Where it listens; what it says later is read away, or it would wait for a reader. */
    private String listening() throws IOException {
        BufferedReader said = process.errorReader();
        StringBuilder all = new StringBuilder();
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            Matcher matcher = LISTENING.matcher(line);
            if (matcher.matches()) {
                Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {}));
                return matcher.group(1);
            }
            all.append(line).append('\n');
        }
        throw new IOException("it ended without listening and said: " + all);
    }

    private static URI page(String authority) throws IOException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String found = http.send(
                            HttpRequest.newBuilder(URI.create("http://" + authority + "/json/new?about:blank"))
                                    .PUT(HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            return URI.create(Json.parse("/json/new", found).asObject().string("webSocketDebuggerUrl"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void event(String name, JsonObject event) {
        try {
            switch (name) {
                case "Runtime.exceptionThrown" -> complaints.add("script: " + event.object("exceptionDetails"));
                case "Log.entryAdded" -> log(event.object("entry"));
                case "Network.requestWillBeSent" -> {
                    String url = event.object("request").string("url");
                    if (!url.startsWith(origin) && !url.startsWith("data:")) {
                        complaints.add("a request to " + url);
                    }
                }
                default -> {
                    // of no interest
                }
            }
        } catch (ModelFormatException e) {
            complaints.add("DevTools: " + e.getMessage());
        }
    }

    /** Answers with an error's status are what some cases are about, and stand in the log, too. */
    private void log(JsonObject entry) throws ModelFormatException {
        if (!entry.string("source").equals("network")) {
            complaints.add("log: " + entry);
        }
    }

    private JsonObject send(String method, String parameters) {
        return tools.send(method, parameters);
    }

    private static String quoted(String text) {
        return Json.write(JsonString.of(text));
    }

    /** Sets the window's width and height, in CSS pixels. */
    void size(int width, int height) {
        send(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":false}");
    }

    /** Says what colours the person wants: {@code light} or {@code dark}; and that nothing shall move. */
    void scheme(String name) {
        send(
                "Emulation.setEmulatedMedia",
                "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":" + quoted(name)
                        + "},{\"name\":\"prefers-reduced-motion\",\"value\":\"reduce\"}]}");
    }

    /** The whole page as a picture. */
    void screenshot(Path file) throws IOException {
        try {
            Files.createDirectories(file.getParent());
            value("scrollTo(0, 0)");
            String png = send("Page.captureScreenshot", "{\"captureBeyondViewport\":true}")
                    .string("data");
            Files.write(file, Base64.getDecoder().decode(png));
        } catch (ModelFormatException e) {
            throw new IOException("a screenshot without data", e);
        }
    }

    /** The page as a screen reader is given it. */
    JsonObject accessibilityTree() {
        send("Accessibility.enable", "{}");
        return send("Accessibility.getFullAXTree", "{}");
    }

    @Override
    public void open(String url) {
        origin = url;
        value("window.old = true");
        send("Page.navigate", "{\"url\":" + quoted(url) + "}");
        await("!window.old && document.readyState === 'complete'");
        complaints.clear();
        send("Page.bringToFront", "{}");
    }

    @Override
    public void type(String id, String text) {
        value("document.getElementById('" + id + "').focus(), document.getElementById('" + id + "').select()");
        if (text.isEmpty()) {
            key("Delete", 46, 0, "");
        } else {
            send("Input.insertText", "{\"text\":" + quoted(text) + "}");
        }
    }

    @Override
    public void click(String id) {
        String middle =
                value("(() => { const e = document.getElementById('" + id + "'); e.scrollIntoView({block: 'center',"
                        + " behavior: 'instant'}); const r ="
                        + " e.getBoundingClientRect(); const x = r.x +"
                        + " r.width / 2, y = r.y + r.height / 2, hit ="
                        + " document.elementFromPoint(x, y); return hit &&"
                        + " (e.contains(hit) || hit.contains(e)) ?"
                        + " '\"x\":' + x + ',\"y\":' + y : 'covered';"
                        + " })()");
        if (middle.equals("covered")) {
            throw new IllegalStateException(id + ": cannot be clicked, something covers it or it is not shown");
        }
        for (String type : List.of("mousePressed", "mouseReleased")) {
            send(
                    "Input.dispatchMouseEvent",
                    "{\"type\":\"" + type + "\"," + middle + ",\"button\":\"left\",\"clickCount\":1}");
        }
    }

    /** Its list opens in a window of the system's, which nobody can click on here. */
    @Override
    public void choose(String id, String value) {
        value("(() => { const e = document.getElementById('" + id + "'); e.focus(); e.value = " + quoted(value)
                + "; e.dispatchEvent(new Event('change', {bubbles: true})); })()");
    }

    @Override
    public void controlEnter() {
        key("Enter", 13, 2, "");
    }

    @Override
    public void enter() {
        key("Enter", 13, 0, "\\r");
    }

    @Override
    public void tab() {
        key("Tab", 9, 0, "");
    }

    private void key(String name, int code, int modifiers, String text) {
        String key = "\"key\":\"" + name + "\",\"code\":\"" + name + "\",\"windowsVirtualKeyCode\":" + code
                + ",\"modifiers\":" + modifiers;
        send(
                "Input.dispatchKeyEvent",
                "{\"type\":\"" + (text.isEmpty() ? "rawKeyDown" : "keyDown") + "\"," + key
                        + (text.isEmpty() ? "" : ",\"text\":\"" + text + "\"") + "}");
        send("Input.dispatchKeyEvent", "{\"type\":\"keyUp\"," + key + "}");
    }

    @Override
    public String value(String expression) {
        JsonObject found = send(
                "Runtime.evaluate",
                "{\"expression\":" + quoted("String(" + expression + ")")
                        + ",\"returnByValue\":true,\"awaitPromise\":true}");
        try {
            if (found.has("exceptionDetails")) {
                throw new IllegalStateException(expression + ": " + found.get("exceptionDetails"));
            }
            return found.object("result").string("value");
        } catch (ModelFormatException e) {
            throw new IllegalStateException(expression + ": " + found, e);
        }
    }

    @Override
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        tools.close();
        all.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(10, TimeUnit.SECONDS);
            for (ProcessHandle handle : all) {
                handle.onExit().orTimeout(10, TimeUnit.SECONDS).join();
            }
            try (Stream<Path> files = Files.walk(profile)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
