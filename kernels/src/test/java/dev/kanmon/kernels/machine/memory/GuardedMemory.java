package dev.kanmon.kernels.machine.memory;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Blocks between pages that nobody may touch, for tests on Linux: a kernel that reads or writes one byte beyond the
 * guarded end takes the JVM down, and hs_err names the address.
 */
public final class GuardedMemory {
    private static final long PAGE = 4096;

    private GuardedMemory() {}

    /** Whether this system has guards for us. */
    public static boolean isAvailable() {
        return System.getProperty("os.name").equals("Linux") && NativeAccess.refusal() == null;
    }

    /** A zeroed block whose last byte is the last before a guard; aligned as its size is. */
    public static MemorySegment endingAtGuard(long bytes, Arena arena) {
        var pages = guarded(bytes, arena);
        return pages.asSlice(pages.byteSize() - bytes);
    }

    /** A zeroed block whose first byte is the first behind a guard; begins at a page. */
    public static MemorySegment beginningAtGuard(long bytes, Arena arena) {
        return guarded(bytes, arena).asSlice(0, bytes);
    }

    /** Whole pages with a guard on either side. */
    @SuppressWarnings("restricted")
    private static MemorySegment guarded(long bytes, Arena arena) {
        long inner = Math.max(1, Math.ceilDiv(bytes, PAGE)) * PAGE;
        long all = inner + 2 * PAGE;
        try {
            if (!(Pages.here() instanceof LinuxPages pages)) {
                throw new IllegalStateException("guarded memory is for Linux");
            }
            long address = pages.map(all, LinuxPages.PROT_NONE);
            pages.protect(address + PAGE, inner, LinuxPages.PROT_READ | LinuxPages.PROT_WRITE);
            return MemorySegment.ofAddress(address + PAGE).reinterpret(inner, arena, _ -> pages.unmap(address, all));
        } catch (Refused e) {
            throw new IllegalStateException(e);
        }
    }
}
