package dev.kanmon.kernels.machine.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Code that was made at run time, in pages that are never writable and executable at the same time. */
public final class ExecutableMemory {
    private ExecutableMemory() {}

    /** Says, in a sentence for the person who runs the program, why code that was made here cannot run here. */
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        public Refused(String reason) {
            super(reason);
        }
    }

    /**
     * Installs code in pages of its own.
     *
     * @param code machine code that does not depend on its address; at least one byte; copied
     * @param arena owns the pages and unmaps them; nothing may run in them then, which the arenas see to if the
     *     segment is the callee of a downcall
     * @return the code, at the begin of a page, read-only
     * @throws Refused if native access is not enabled, the system is not known, or it refuses; nothing is left mapped
     */
    @SuppressWarnings("restricted")
    public static MemorySegment install(byte[] code, Arena arena) throws Refused {
        return install(code, arena, Pages.here());
    }

    @SuppressWarnings("restricted")
    static MemorySegment install(byte[] code, Arena arena, Pages pages) throws Refused {
        if (code.length == 0) {
            throw new IllegalArgumentException("code: 0 bytes, expected 1 or more");
        }
        long address = pages.install(code);
        try {
            return MemorySegment.ofAddress(address)
                    .reinterpret(code.length, arena, _ -> pages.unmap(address, code.length))
                    .asReadOnly();
        } catch (RuntimeException e) {
            // the arena is closed, or another thread's
            pages.unmap(address, code.length);
            throw e;
        }
    }
}
