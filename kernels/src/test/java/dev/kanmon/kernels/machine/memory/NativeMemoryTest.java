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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NativeMemoryTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4, 63, 64, 4097, (1 << 22) - 1, 1 << 22, (9 << 20) + 4})
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

    @Test
    void blocksThatNobodyHoldsDoNotPileUp() {
        assumeTrue(CodeBytes.runHere() && NativeAccess.refusal() == null, "SKIPPED, large blocks are mapped on Linux");
        long most = 0;
        for (int i = 0; i < 400; i++) {
            NativeMemory.allocate(64 << 20);
            most = Math.max(most, NativeMemory.mapped());
        }
        // a quarter of what was allocated; nothing of it was touched
        assertTrue(most < 100L * (64 << 20), most + " bytes were mapped at a time");
        assertTrue(most >= 64 << 20, "counts what is mapped");
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
