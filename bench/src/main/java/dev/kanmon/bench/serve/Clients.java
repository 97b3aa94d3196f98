package dev.kanmon.bench.serve;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many clients, each with a connection of its own and one request at a time, in a JVM of their own; run by {@link ServeBench}.
 * Arguments: port, clients, tokens of a text, seconds of warming up, seconds that count, requests (0: as many as the seconds
 * give). Prints what happened as lines of a name and numbers.
 */
final class Clients {
    private static final int TEXTS = 512;

    private final int port;
    private final byte[][] requests;
    private final AtomicLong left;
    private final Map<String, Long> counts = new TreeMap<>();
    private volatile boolean counting;
    private volatile boolean stopped;

    private Clients(int port, int tokens, long requests, long seed) {
        this.port = port;
        this.requests = new byte[TEXTS][];
        var random = new Random(seed);
        for (int i = 0; i < TEXTS; i++) {
            String text = PlainText.ofTokens(tokens, random);
            this.requests[i] = HttpConnection.post("/v1/guard", "{\"instruction\":\"" + text + "\"}");
        }
        left = new AtomicLong(requests == 0 ? Long.MAX_VALUE : requests);
    }

    public static void main(String[] args) throws InterruptedException {
        int clients = Integer.parseInt(args[1]);
        long requests = Long.parseLong(args[5]);
        var load = new Clients(Integer.parseInt(args[0]), Integer.parseInt(args[2]), requests, 7);
        var times = new Times[clients];
        var threads = new ArrayList<Thread>();
        for (int c = 0; c < clients; c++) {
            var own = times[c] = new Times();
            int seed = c;
            threads.add(Thread.ofPlatform().start(() -> load.client(seed, own)));
        }
        Thread.sleep((long) (1000 * Double.parseDouble(args[3])));
        long start = System.nanoTime();
        double cpu = cpuSeconds();
        load.counting = true;
        long end = start + (long) (1e9 * Double.parseDouble(args[4]));
        while (threads.stream().anyMatch(Thread::isAlive) && (requests > 0 || System.nanoTime() < end)) {
            Thread.sleep(20);
        }
        load.counting = false;
        double wall = (System.nanoTime() - start) / 1e9;
        cpu = cpuSeconds() - cpu;
        load.stopped = true;
        for (var thread : threads) {
            thread.join();
        }
        load.report(wall, cpu, Times.sorted(List.of(times)));
    }

    private void client(int seed, Times times) {
        var random = new Random(seed);
        try {
            HttpConnection connection = null;
            while (!stopped && left.getAndDecrement() > 0) {
                if (connection == null) {
                    connection = new HttpConnection(port);
                }
                long start = System.nanoTime();
                var answer = connection.send(requests[random.nextInt(TEXTS)]);
                if (counting) {
                    times.add(System.nanoTime() - start);
                }
                count("status-" + answer.status());
                if (answer.status() == 200 && !answer.body().contains("\"probability\":")) {
                    count("malformed");
                }
                if (answer.closes()) {
                    connection.close();
                    connection = null;
                }
                if (answer.status() == 429) {
                    Thread.sleep(1000L * answer.retryAfterSeconds());
                }
            }
            if (connection != null) {
                connection.close();
            }
        } catch (HttpConnection.Unanswered e) {
            count("unanswered");
        } catch (ConnectException e) {
            count("refused");
        } catch (IOException e) {
            count("broken");
            System.err.println("a client ended: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void count(String what) {
        if (counting || !what.startsWith("status-200")) {
            counts.merge(what, 1L, Long::sum);
        }
    }

    private synchronized void report(double wall, double cpu, int[] micros) {
        counts.forEach((what, count) -> System.out.println(what + " " + count));
        System.out.println("wall " + wall);
        System.out.println("cpu " + cpu);
        if (micros.length > 0) {
            for (int percent : new int[] {50, 90, 99, 100}) {
                int at = Math.min(micros.length - 1, (int) ((long) micros.length * percent / 100));
                System.out.println("p" + percent + " " + micros[at] / 1e3);
            }
        }
    }

    /** Of all threads, the JVM's own among them. */
    private static double cpuSeconds() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    /** The times of one client in microseconds. */
    private static final class Times {
        private int[] micros = new int[1 << 12];
        private int size;

        void add(long nanos) {
            if (size == micros.length) {
                micros = Arrays.copyOf(micros, 2 * size);
            }
            micros[size++] = (int) (nanos / 1000);
        }

        static int[] sorted(List<Times> all) {
            int[] together = all.stream()
                    .flatMapToInt(times -> Arrays.stream(times.micros, 0, times.size))
                    .toArray();
            Arrays.sort(together);
            return together;
        }
    }
}
