package dev.kanmon.kernels.machine.memory;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;

/** Pages as one operating system hands them out. Addresses are those of pages, sizes are bytes of any number. */
sealed interface Pages permits LinuxPages, WindowsPages {
    /** Maps new pages that hold this code, may be executed and read, and were never writable at the same time. */
    long install(byte[] code) throws Refused;

    /**
     * Gives pages back.
     *
     * @throws IllegalStateException if the system refuses, which it does for an address that is not mapped
     */
    void unmap(long address, long bytes);

    /** The pages of this system; links nothing before native access is known to be enabled. */
    static Pages here() throws Refused {
        String refusal = NativeAccess.refusal();
        if (refusal != null) {
            throw new Refused(refusal);
        }
        return Here.get();
    }

    /** Writes to pages that are writable. */
    @SuppressWarnings("restricted")
    static void write(byte[] code, long address) {
        MemorySegment.ofAddress(address).reinterpret(code.length).copyFrom(MemorySegment.ofArray(code));
    }

    /** Linked once, when first asked for. */
    final class Here {
        private static Pages pages;

        private Here() {}

        @SuppressWarnings("restricted")
        private static synchronized Pages get() throws Refused {
            if (pages == null) {
                String system = System.getProperty("os.name");
                String name = system.toLowerCase(Locale.ROOT);
                try {
                    if (name.equals("linux")) {
                        pages = new LinuxPages(
                                Functions.linked(Linker.nativeLinker().defaultLookup(), "errno"));
                    } else if (name.startsWith("windows")) {
                        pages = new WindowsPages(Functions.linked(
                                SymbolLookup.libraryLookup("kernel32", Arena.global()), "GetLastError"));
                    } else {
                        throw new Refused(
                                "executable memory is known on Linux and Windows only, this system is " + system);
                    }
                } catch (UnsupportedOperationException e) {
                    throw new Refused("this JVM cannot call native code on " + system + ": " + e.getMessage());
                }
            }
            return pages;
        }
    }
}
