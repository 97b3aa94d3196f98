package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NativeMemoryTest {
    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                4,
                63,
                64,
                4097,
                65_535,
                65_536,
                100_001,
                (2 << 20) - 1,
                2 << 20,
                (1 << 22) - 1,
                1 << 22,
                (9 << 20) + 4
            })
    void blocksAreZeroedAlignedAndAnyThreads(long bytes) throws InterruptedException {
        // dirt for the next block to lie in
        NativeMemory.allocate(bytes).fill((byte) -1);
        var block = NativeMemory.allocate(bytes);
        assertEquals(bytes, block.byteSize());
        assertEquals(0, block.address() % 64);
        assertTrue(block.isNative() && !block.isReadOnly());
        assertEquals(-1, block.mismatch(MemorySegment.ofArray(new byte[(int) bytes])));
        Thread.ofPlatform().start(() -> block.fill((byte) 7)).join();
        if (bytes > 0) {
            assertEquals(7, block.get(JAVA_BYTE, bytes - 1));
        }
    }

    @Test
    void negativeSizesAreRefused() {
        assertEquals(
                "allocate: -4 bytes, expected 0 or more",
                assertThrows(IllegalArgumentException.class, () -> NativeMemory.allocate(-4))
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 20, 64 << 20})
    void blocksThatNobodyHoldsDoNotPileUp(long bytes) {
        assumeTrue(CodeBytes.runHere() && NativeAccess.refusal() == null, "SKIPPED, large blocks are mapped on Linux");
        long most = 0;
        long all = 8L << 30;
        for (long allocated = 0; allocated < all; allocated += bytes) {
            NativeMemory.allocate(bytes);
            most = Math.max(most, NativeMemory.mapped());
        }
        // nothing of it was touched
        assertTrue(most < all / 2, most + " bytes were mapped at a time");
        assertTrue(most >= bytes, "counts what is mapped");
    }

    @Test
    void blocksThatShareAHugePageAreApart() throws InterruptedException, ExecutionException {
        try (var threads = Executors.newFixedThreadPool(4)) {
            var all = new ArrayList<Future<List<MemorySegment>>>();
            for (int thread = 0; thread < 4; thread++) {
                byte own = (byte) (thread + 1);
                all.add(threads.submit(() -> {
                    var blocks = new ArrayList<MemorySegment>();
                    for (int i = 0; i < 100; i++) {
                        var block = NativeMemory.allocate(65_537 + i);
                        assertEquals(-1, block.mismatch(MemorySegment.ofArray(new byte[65_537 + i])), "not zeroed");
                        blocks.add(block.fill(own));
                    }
                    return blocks;
                }));
            }
            for (int thread = 0; thread < 4; thread++) {
                for (var block : all.get(thread).get()) {
                    for (long i = 0; i < block.byteSize(); i++) {
                        assertEquals(thread + 1, block.get(JAVA_BYTE, i), "another block's byte");
                    }
                }
            }
        }
    }

    @Test
    void largeBlocksAskForHugePages() throws IOException {
        assumeTrue(CodeBytes.runHere() && NativeAccess.refusal() == null, "SKIPPED, large blocks are mapped on Linux");
        var setting = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        assumeTrue(
                Files.exists(setting) && !Files.readString(setting).contains("[never]"),
                "SKIPPED, this system has no huge pages");
        var block = NativeMemory.allocate((6 << 20) + 4);
        assertEquals(0, block.address() % (2 << 20));
        String begin = Long.toHexString(block.address()) + "-";
        var smaps = Files.readAllLines(Path.of("/proc/self/smaps"));
        int at = 0;
        while (!smaps.get(at).startsWith(begin)) {
            at++;
        }
        while (!smaps.get(at).startsWith("VmFlags:")) {
            at++;
        }
        assertTrue(smaps.get(at).contains(" hg"), smaps.get(at));
    }

    @Test
    void whatDoesNotFitInAnyMemoryIsAnError() {
        assertThrows(OutOfMemoryError.class, () -> NativeMemory.allocate(1L << 60));
        assertThrows(OutOfMemoryError.class, () -> NativeMemory.allocate(Long.MAX_VALUE));
    }
}
