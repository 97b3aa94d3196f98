package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code kanmon serve} as a process, and what a SIGTERM does to it. */
@Timeout(120)
class ServeProcessTest {

    private static final int CLIENTS = 12;
    private static final String BODY = "{\"instruction\":\"" + "How do I bake bread at home? ".repeat(4) + "\"}";

    /** Everything of this test's class and module path, on the class path, as the command line has it. */
    private static Process start(String... arguments) throws IOException {
        String path = Stream.of(
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""),
                        System.getProperty("surefire.test.class.path", ""))
                .filter(part -> !part.isEmpty())
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                "dev.kanmon.cli.Main",
                "serve",
                "--port",
                "0"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** A client that asks again and again on one connection until the server wants no more. */
    private static final class Asking implements Runnable {
        final int port;
        final AtomicBoolean terminated;
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger answeredLate = new AtomicInteger();
        final ConcurrentLinkedQueue<String> lost;

        Asking(int port, AtomicBoolean terminated, ConcurrentLinkedQueue<String> lost) {
            this.port = port;
            this.terminated = terminated;
            this.lost = lost;
        }

        @Override
        public void run() {
            while (true) {
                try (Socket socket = new Socket("127.0.0.1", port)) {
                    socket.setSoTimeout(60_000);
                    while (ask(socket)) {
                        continue;
                    }
                } catch (ConnectException e) {
                    return; // nobody listens any more: what was not accepted is not lost
                } catch (IOException e) {
                    // Connected, and reset before anything was accepted of it: the system's queue of a closed port.
                    if (!terminated.get()) {
                        lost.add("before SIGTERM: " + e);
                    }
                    return;
                }
            }
        }

        /** Asks once; says whether the connection may be used again. */
        private boolean ask(Socket socket) throws IOException {
            boolean late = terminated.get();
            byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
            socket.getOutputStream()
                    .write(("POST /v1/guard HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length + "\r\n\r\n" + BODY)
                            .getBytes(StandardCharsets.UTF_8));
            String head;
            try {
                head = head(socket.getInputStream());
                int length = Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
                if (socket.getInputStream().readNBytes(length).length < length) {
                    throw new EOFException("in an answer");
                }
            } catch (EOFException | SocketException e) {
                lost.add("late " + late + ": " + e);
                throw e;
            }
            if (!head.startsWith("HTTP/1.1 200 ")) {
                lost.add(head);
            }
            answered.incrementAndGet();
            if (late) {
                answeredLate.incrementAndGet();
            }
            return !head.contains("Connection: close");
        }

        private static String head(InputStream in) throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            for (int matched = 0; matched < 4; ) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException("before an answer");
                }
                head.write(next);
                matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
            }
            return head.toString(StandardCharsets.US_ASCII);
        }
    }

    @Test
    void aSignalLosesNothingThatWasAccepted() throws Exception {
        assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "SKIPPED: there is no SIGTERM on Windows");
        Process process = start("--threads", "2", "--no-access-log");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = new ArrayList<>();
            String line;
            while ((line = out.readLine()) != null && !line.startsWith("kanmon: listening on ")) {
                lines.add(line);
            }
            assertTrue(line != null, lines::toString);
            int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
            AtomicBoolean terminated = new AtomicBoolean();
            ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
            List<Asking> clients = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Asking client = new Asking(port, terminated, lost);
                clients.add(client);
                threads.add(Thread.ofVirtual().start(client));
            }
            while (clients.stream().mapToInt(client -> client.answered.get()).sum() < 3 * CLIENTS) {
                Thread.sleep(10);
            }
            terminated.set(true);
            process.toHandle().destroy(); // which leaves its output open
            for (Thread thread : threads) {
                thread.join();
            }
            while ((line = out.readLine()) != null) {
                lines.add(line);
            }
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it has not ended");
            assertEquals(0, process.exitValue(), lines::toString);
            assertTrue(lost.isEmpty(), () -> lost.size() + " lost: " + lost + "\n" + lines);
            assertTrue(lines.getLast().equals("kanmon: ended"), lines::toString);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void otherMachinesNeedKeys() throws Exception {
        Process process = start("--host", "0.0.0.0");
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), said);
        assertTrue(said.contains("--api-keys"), said);
        assertFalse(said.contains("Exception"), said);
    }
}
