package dev.kanmon.kernels.machine.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Pages by mmap. Constants are those of the Linux ABI on x86-64 and AArch64 (asm-generic/mman-common.h,
 * linux/memfd.h).
 */
final class LinuxPages implements Pages {
    static final int PROT_NONE = 0;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MFD_CLOEXEC = 0x1;
    private static final int MFD_EXEC = 0x10;

    private final Functions libc;

    LinuxPages(Functions libc) {
        this.libc = libc;
    }

    /**
     * Anonymous pages that are written and then made executable; where a page must not become executable that once was
     * writable (prctl PR_SET_MDWE, SELinux without execmem), pages of a file in memory that are executable from the
     * start and never writable.
     */
    @Override
    public long install(byte[] code) throws Refused {
        try {
            return installAnonymous(code);
        } catch (Refused anonymous) {
            try {
                return installFile(code);
            } catch (Refused file) {
                throw new Refused(anonymous.getMessage() + "; " + file.getMessage());
            }
        }
    }

    long installAnonymous(byte[] code) throws Refused {
        long address = map(code.length, PROT_READ | PROT_WRITE);
        try {
            Pages.write(code, address);
            protect(address, code.length, PROT_READ | PROT_EXEC);
            return address;
        } catch (Refused e) {
            unmap(address, code.length);
            throw e;
        }
    }

    long installFile(byte[] code) throws Refused {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom("kanmon", US_ASCII);
            // MFD_EXEC is as old as Linux 6.3, which wants to hear whether a file is for executing
            var made = libc.call("memfd_create", name.address(), MFD_CLOEXEC | MFD_EXEC);
            if ((int) made.value() == -1) {
                made = libc.call("memfd_create", name.address(), MFD_CLOEXEC);
            }
            int file = (int) checked("memfd_create", (int) made.value(), made.error());
            try {
                write(file, arena.allocate(code.length).copyFrom(MemorySegment.ofArray(code)));
                return map(code.length, PROT_READ | PROT_EXEC, MAP_PRIVATE, file);
            } finally {
                // a mapping keeps its file; nobody can write to it any more
                libc.call("close", file);
            }
        }
    }

    private void write(int file, MemorySegment code) throws Refused {
        for (long at = 0; at < code.byteSize(); ) {
            var written = libc.call("write", file, code.address() + at, code.byteSize() - at);
            at += checked("write to a memfd", written.value(), written.error());
        }
    }

    /** New zeroed pages. */
    long map(long bytes, int protection) throws Refused {
        return map(bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    }

    private long map(long bytes, int protection, int flags, int file) throws Refused {
        var mapped = libc.call("mmap", 0, bytes, protection, flags, file, 0);
        return checked("mmap of " + bytes + " bytes" + name(protection), mapped.value(), mapped.error());
    }

    void protect(long address, long bytes, int protection) throws Refused {
        var done = libc.call("mprotect", address, bytes, protection);
        checked("mprotect of " + bytes + " bytes" + name(protection), (int) done.value(), done.error());
    }

    /** Asks for huge pages; advice, so that nothing depends on the answer. */
    void adviseHuge(long address, long bytes) {
        libc.call("madvise", address, bytes, MADV_HUGEPAGE);
    }

    @Override
    public void unmap(long address, long bytes) {
        var done = libc.call("munmap", address, bytes);
        if ((int) done.value() == -1) {
            throw new IllegalStateException("munmap of " + bytes + " bytes: " + text(done.error()));
        }
    }

    private static String name(int protection) {
        return (protection & PROT_EXEC) == 0 ? "" : " as executable";
    }

    private long checked(String what, long value, int error) throws Refused {
        if (value == -1) {
            throw new Refused(what + " is refused: " + text(error));
        }
        return value;
    }

    @SuppressWarnings("restricted")
    private String text(int error) {
        var words = MemorySegment.ofAddress(libc.call("strerror", error).value());
        return words.reinterpret(Integer.MAX_VALUE).getString(0) + " (errno " + error + ")";
    }
}
