package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
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
}
