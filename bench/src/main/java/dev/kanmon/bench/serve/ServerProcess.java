package dev.kanmon.bench.serve;

import dev.kanmon.bench.BenchFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ./kanmon serve} as a process; the script becomes the JVM, so that the process is the server itself. */
final class ServerProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("http://[^/ ]*:(\\d+)");
    /** A generation's line, or the only one of collectors that have no generations. */
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    private static final int TAIL = 20;

    private final Process process;
    private final int port;
    private final Deque<String> tail = new ArrayDeque<>();

    private ServerProcess(Process process, BufferedReader out) throws IOException {
        this.process = process;
        for (String line; ; ) {
            line = out.readLine();
            if (line == null) {
                throw new IOException("the server ended before it listened: " + tail);
            }
            remember(line);
            Matcher address = ADDRESS.matcher(line);
            if (address.find()) {
                port = Integer.parseInt(address.group(1));
                break;
            }
        }
        Thread.ofVirtual().start(() -> {
            try (out) {
                for (String line; (line = out.readLine()) != null; ) {
                    remember(line);
                }
            } catch (IOException e) {
                // the JVM closes the pipe of a process that has ended, also under its reader
                if (process.isAlive()) {
                    remember(e.toString());
                }
            }
        });
    }

    /** Starts one on a free port and waits until it says where it listens. */
    static ServerProcess start(List<String> arguments) throws IOException {
        var command = new ArrayList<String>(List.of(BenchFiles.command().toString(), "serve", "--port", "0"));
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new ServerProcess(
                process, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
    }

    int port() {
        return port;
    }

    /** Megabytes of the process that are in memory, as the system counts them. */
    double residentMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1e3;
            }
        }
        throw new IOException("the system does not say how much memory the server has");
    }

    /** Megabytes of the heap that are in use after a collection. */
    double heapMegabytes() throws IOException, InterruptedException {
        jcmd("GC.run");
        double kilobytes = 0;
        for (String line : jcmd("GC.heap_info").lines().toList()) {
            if (line.contains("Metaspace")) {
                break; // class data, in no generation
            }
            Matcher used = USED.matcher(line);
            if (used.find()) {
                kilobytes += Double.parseDouble(used.group(1));
            }
        }
        return kilobytes / 1e3;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        var jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        command)
                .redirectErrorStream(true)
                .start();
        var out = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new IOException("jcmd " + command + ": " + out);
        }
        return out;
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy(); // its output is read on
    }

    /** Waits for the end and gives its status. */
    int status(int seconds) throws IOException, InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            throw new IOException("the server did not end within " + seconds + " s: " + lines());
        }
        return process.exitValue();
    }

    /** The last lines that it printed. */
    List<String> lines() {
        synchronized (tail) {
            return List.copyOf(tail);
        }
    }

    private void remember(String line) {
        synchronized (tail) {
            tail.addLast(line);
            if (tail.size() > TAIL) {
                tail.removeFirst();
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
