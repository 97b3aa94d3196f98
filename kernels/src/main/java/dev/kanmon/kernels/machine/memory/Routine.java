package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Installed code of the C type {@code void f(int64_t params)}. Pages live as long as the routine is reachable or runs;
 * what the code reads and writes is the caller's to keep alive.
 */
public final class Routine {
    private final MemorySegment code;

    private Routine(MemorySegment code) {
        this.code = code;
    }

    /**
     * Installs code.
     *
     * @param code follows this system's calling convention; copied
     * @throws Refused if there is no executable memory here
     */
    public static Routine install(byte[] code) throws Refused {
        return new Routine(ExecutableMemory.install(code, Arena.ofAuto()));
    }

    /** A routine in pages that an arena owns. */
    static Routine at(MemorySegment code) {
        return new Routine(code);
    }

    /**
     * Runs the code on this thread. Garbage collections do not wait for it.
     *
     * @param params address of the parameter block
     */
    public void call(long params) {
        try {
            Downcall.HANDLE.invokeExact(code, params);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall throws nothing checked", t);
        }
    }

    @Override
    public String toString() {
        return "Routine[" + code.byteSize() + " bytes]";
    }

    /** Linked after the first installation, which asks whether native access is enabled. */
    private static final class Downcall {
        // Plain: in a critical call of milliseconds every other thread would wait for a safepoint as long. One handle
        // for all code, as a constant, so that C2 compiles the call into its caller: 7 ns.
        static final MethodHandle HANDLE = link();

        @SuppressWarnings("restricted")
        private static MethodHandle link() {
            return Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG));
        }
    }
}
