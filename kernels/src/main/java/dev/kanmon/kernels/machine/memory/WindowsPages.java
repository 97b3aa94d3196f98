package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;

/**
 * Pages by VirtualAlloc of kernel32 (memoryapi.h, winnt.h). Code has no unwind tables, so nothing that raises an
 * exception may be called from it.
 */
final class WindowsPages implements Pages {
    private static final int MEM_COMMIT = 0x1000;
    private static final int MEM_RESERVE = 0x2000;
    private static final int MEM_RELEASE = 0x8000;
    private static final int PAGE_READWRITE = 0x04;
    private static final int PAGE_EXECUTE_READ = 0x20;
    /** What GetCurrentProcess returns. */
    private static final long THIS_PROCESS = -1;

    private final Functions kernel32;

    WindowsPages(Functions kernel32) {
        this.kernel32 = kernel32;
    }

    @Override
    public long install(byte[] code) throws Refused {
        var mapped = kernel32.call("VirtualAlloc", 0, code.length, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
        long address = mapped.value();
        if (address == 0) {
            throw new Refused("VirtualAlloc of " + code.length + " bytes is refused: Windows error " + mapped.error());
        }
        Pages.write(code, address);
        try (var arena = Arena.ofConfined()) {
            var before = arena.allocate(JAVA_INT);
            var done = kernel32.call("VirtualProtect", address, code.length, PAGE_EXECUTE_READ, before.address());
            if ((int) done.value() == 0) {
                unmap(address, code.length);
                throw new Refused("VirtualProtect of " + code.length + " bytes as executable is refused: Windows error "
                        + done.error());
            }
        }
        // Whatever it answers: x86-64 keeps its instruction caches coherent, the call is there for form.
        kernel32.call("FlushInstructionCache", THIS_PROCESS, address, code.length);
        return address;
    }

    @Override
    public void unmap(long address, long bytes) {
        // a size is not wanted: everything that was reserved goes
        var done = kernel32.call("VirtualFree", address, 0, MEM_RELEASE);
        if ((int) done.value() == 0) {
            throw new IllegalStateException("VirtualFree of " + bytes + " bytes: Windows error " + done.error());
        }
    }
}
