package dev.kanmon.kernels.common;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Operands outside the heap; the contract of the siblings covers the rules of each operation. */
final class NativeChecksTest {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(4096, 64);

    @AfterEach
    void close() {
        arena.close();
    }

    private static void add(int rows, int n, MemorySegment x, int ldx, MemorySegment y, int ldy) {
        Checks.NATIVE.add(rows, n, x, ldx, null, y, ldy);
    }

    private static String refused(MemorySegment x, MemorySegment y) {
        return assertThrows(IllegalArgumentException.class, () -> add(2, 4, x, 4, y, 4))
                .getMessage();
    }

    @Test
    void anyMultipleOfFourBytesWillDo() {
        for (int at = 0; at < 64; at++) {
            var x = memory.asSlice(at, 32);
            if (at % 4 == 0) {
                assertDoesNotThrow(() -> add(2, 4, x, 4, memory.asSlice(128), 4));
            } else {
                assertEquals(
                        "add: x is " + x + ", expected a native, writable segment of these kernels' allocate, or a"
                                + " slice of one at a multiple of 4 bytes",
                        refused(x, memory.asSlice(128)));
            }
        }
    }

    @Test
    void overlapIsJudgedByTheAddress() {
        for (long shift = -44; shift <= 44; shift += 4) {
            var x = memory.asSlice(1024, 32);
            var y = memory.asSlice(1024 + shift, 32);
            if (Math.abs(shift) < 32) {
                assertEquals("add: y and x overlap, expected them apart", refused(x, y), "shift " + shift);
            } else {
                assertDoesNotThrow(() -> add(2, 4, x, 4, y, 4), "shift " + shift);
            }
        }
    }

    @Test
    void columnsSideBySideAreApart() {
        var left = memory.asSlice(0, (12 + 4) * 4);
        var right = memory.asSlice(4 * 4);
        assertDoesNotThrow(() -> add(2, 4, left, 12, right, 12));
        assertThrows(IllegalArgumentException.class, () -> add(2, 5, right, 12, left, 12));
    }

    @Test
    void emptyOperandsOverlapWithNothing() {
        assertDoesNotThrow(() -> add(0, 4, memory, 4, memory, 4));
        assertDoesNotThrow(() -> add(0, 4, MemorySegment.NULL, 4, MemorySegment.NULL, 4));
        assertTrue(refused(MemorySegment.NULL, memory).contains("x holds 0 floats, expected 8"));
    }

    @Test
    void memoryThatACallMustNotTouchIsRefused() throws InterruptedException {
        assertTrue(refused(MemorySegment.ofArray(new float[8]), memory).contains("kind: heap"));
        refused(memory.asReadOnly(), memory);
        MemorySegment gone;
        try (var other = Arena.ofShared()) {
            gone = other.allocate(32, 4);
        }
        refused(gone, memory);
        // confined to this thread
        var message = new AtomicReference<String>();
        Thread.ofPlatform().start(() -> message.set(refused(memory, memory))).join();
        assertTrue(message.get().contains("add: x is "), message.get());
    }

    @Test
    void heapSiblingsRefuseNativeMemory() {
        var message = assertThrows(
                        IllegalArgumentException.class, () -> Checks.HEAP.add(2, 4, memory, 4, null, memory, 4))
                .getMessage();
        assertEquals(
                "add: x is " + memory
                        + ", expected a segment of these kernels' allocate, or a slice of one at a multiple of 4 bytes",
                message);
    }
}
