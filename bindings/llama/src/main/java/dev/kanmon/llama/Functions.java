package dev.kanmon.llama;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Links functions of the library and calls them: never while the JVM's end destroys what the library holds, which would be a
 * crash in place of an exit.
 */
final class Functions {
    /** How long the end of the JVM waits for a call under way; a pass of a small model takes milliseconds. */
    private static final long LAST_CALL_SECONDS = 5;

    private static final ReentrantReadWriteLock GATE = new ReentrantReadWriteLock();

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup symbols;

    Functions(SymbolLookup symbols) {
        this.symbols = symbols;
        Runtime.getRuntime().addShutdownHook(new Thread(Functions::shutGate, "kanmon-llama-end"));
    }

    /** What a call does; the linker's handles declare {@link Throwable} and throw nothing checked. */
    interface Call<T> {
        T run() throws Throwable;
    }

    /** A handle for a function, exactly of this type. */
    @SuppressWarnings("restricted")
    MethodHandle function(String name, FunctionDescriptor type) {
        return linker.downcallHandle(symbols.findOrThrow(name), type);
    }

    /** A pointer to {@code target} that is valid until the JVM ends. */
    @SuppressWarnings("restricted")
    MemorySegment pointer(MethodHandle target, FunctionDescriptor type) {
        return linker.upcallStub(target, type, Arena.global());
    }

    static <T> T call(Call<T> call) {
        GATE.readLock().lock();
        try {
            return call.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall throws nothing checked", t);
        } finally {
            GATE.readLock().unlock();
        }
    }

    /** Never opened again: a thread that comes later waits until the process is gone. */
    private static void shutGate() {
        try {
            if (!GATE.writeLock().tryLock(LAST_CALL_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("kanmon: llama.cpp is still at work while the JVM ends");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
