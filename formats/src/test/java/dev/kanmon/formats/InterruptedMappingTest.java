package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptedMappingTest {

    /** So many that a mapping which is lost now and then is lost here: the JDK's own loses one in eighty. */
    private static final int ROUNDS = 2000;

    private static final int LATEST_NANOS = 200_000;

    @TempDir
    private Path folder;

    @Test
    void interruptsLeaveNothingMapped() throws Exception {
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.exists(maps), "this system does not tell what is mapped: interrupted mappings are not tested");
        Path file = Files.write(folder.resolve("weights"), new byte[1 << 16]);
        Random random = new Random(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int round = 0; round < ROUNDS; round++) {
            Thread opener = Thread.ofPlatform().start(() -> {
                try (FileBytes bytes = FileBytes.map(file)) {
                    bytes.bytes();
                } catch (IOException | RuntimeException e) {
                    failure.set(e);
                }
            });
            long until = System.nanoTime() + random.nextInt(LATEST_NANOS);
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            opener.interrupt();
            opener.join();
        }
        assertEquals(null, failure.get(), "a file that is mapped while somebody interrupts");
        try (var lines = Files.lines(maps)) {
            assertEquals(0, lines.filter(line -> line.contains(file.toString())).count(), "mappings left");
        }
    }
}
