package dev.kanmon.kernels.machine.memory;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

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
        String name = System.getProperty("os.name");
        var system = OperatingSystem.named(name);
        if (system == null) {
            throw new Refused("executable memory is known on Linux and Windows only, this system is " + name);
        }
        String refusal = NativeAccess.refusal();
        if (refusal != null) {
            throw new Refused(refusal);
        }
        try {
            return system.pages();
        } catch (UnsupportedOperationException e) {
            throw new Refused("this JVM cannot call native code on " + name + ": " + e.getMessage());
        }
    }

    /** Writes to pages that are writable. */
    @SuppressWarnings("restricted")
    static void write(byte[] code, long address) {
        MemorySegment.ofAddress(address).reinterpret(code.length).copyFrom(MemorySegment.ofArray(code));
    }

    /** The systems that we know, each linked once, when first asked for. */
    enum OperatingSystem {
        LINUX,
        WINDOWS;

        private Pages pages;

        /** By the system property {@code os.name}; null for any other. */
        static OperatingSystem named(String name) {
            return name.equals("Linux") ? LINUX : name.startsWith("Windows") ? WINDOWS : null;
        }

        @SuppressWarnings("restricted")
        private synchronized Pages pages() {
            if (pages == null) {
                pages = switch (this) {
                    case LINUX ->
                        new LinuxPages(Functions.linked(Linker.nativeLinker().defaultLookup(), "errno"));
                    case WINDOWS ->
                        new WindowsPages(Functions.linked(
                                SymbolLookup.libraryLookup("kernel32", Arena.global()), "GetLastError"));
                };
            }
            return pages;
        }
    }
}
