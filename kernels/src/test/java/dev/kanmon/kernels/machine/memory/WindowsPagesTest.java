package dev.kanmon.kernels.machine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** kernel32 played by Java: which functions are called, with which numbers. */
final class WindowsPagesTest {
    private static final byte[] CODE = HexFormat.of().parseHex("90c3");

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment page = arena.allocate(4096, 4096);
    private final List<String> calls = new ArrayList<>();

    @BeforeEach
    void nativeAccess() {
        assumeTrue(NativeAccess.refusal() == null, () -> "SKIPPED, " + NativeAccess.refusal());
    }

    @AfterEach
    void close() {
        arena.close();
    }

    /** Notes calls; {@code refused} fails as its documentation says, with error 1655, "dynamic code is blocked". */
    private WindowsPages windows(String refused) {
        return new WindowsPages((function, arguments) -> {
            var numbers = new ArrayList<String>();
            for (long argument : arguments) {
                numbers.add(argument == page.address() ? "page" : Long.toHexString(argument));
            }
            if (function.equals("VirtualProtect")) {
                // a DWORD in our memory, for the protection before
                numbers.set(3, "before");
            }
            calls.add(function + numbers);
            if (function.equals(refused)) {
                return new Functions.Result(0, 1655);
            }
            return new Functions.Result(function.equals("VirtualAlloc") ? page.address() : 1, 0);
        });
    }

    @Test
    void codeIsWrittenBeforeItMayRun() throws Refused {
        try (var owner = Arena.ofConfined()) {
            var code = ExecutableMemory.install(CODE, owner, windows("nothing"));
            assertEquals(page.address(), code.address());
            assertArrayEquals(CODE, code.toArray(ValueLayout.JAVA_BYTE));
        }
        // MEM_COMMIT | MEM_RESERVE with PAGE_READWRITE, PAGE_EXECUTE_READ, GetCurrentProcess(), MEM_RELEASE
        assertEquals(
                List.of(
                        "VirtualAlloc[0, 2, 3000, 4]",
                        "VirtualProtect[page, 2, 20, before]",
                        "FlushInstructionCache[ffffffffffffffff, page, 2]",
                        "VirtualFree[page, 0, 8000]"),
                calls);
    }

    @Test
    void refusalsSayWhichCallAndError() {
        var windows = windows("VirtualProtect");
        assertEquals(
                "VirtualProtect of 2 bytes as executable is refused: Windows error 1655",
                assertThrows(Refused.class, () -> ExecutableMemory.install(CODE, arena, windows))
                        .getMessage());
        assertEquals("VirtualFree[page, 0, 8000]", calls.getLast());
        assertEquals(
                "VirtualAlloc of 2 bytes is refused: Windows error 1655",
                assertThrows(Refused.class, () -> ExecutableMemory.install(CODE, arena, windows("VirtualAlloc")))
                        .getMessage());
        assertEquals(
                "VirtualFree of 2 bytes: Windows error 1655",
                assertThrows(
                                IllegalStateException.class,
                                () -> windows("VirtualFree").unmap(page.address(), 2))
                        .getMessage());
    }
}
