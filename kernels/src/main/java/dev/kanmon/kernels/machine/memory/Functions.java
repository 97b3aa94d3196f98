package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/** Functions of the operating system, by name; tests stand in for those of a system that is not there. */
interface Functions {
    /**
     * Calls a function of at most six integers or pointers.
     *
     * @throws IllegalStateException if the system has no function of that name
     */
    Result call(String function, long... arguments);

    /**
     * What a call gave.
     *
     * @param value the result; of a function that returns an int only the lower half is defined
     * @param error {@code errno} or {@code GetLastError()} after the call; means something only if it failed
     */
    record Result(long value, int error) {}

    /**
     * Functions called through the linker.
     *
     * @param errorName how the linker calls the error to keep: "errno" or "GetLastError"
     */
    @SuppressWarnings("restricted")
    static Functions linked(SymbolLookup symbols, String errorName) {
        // One shape serves all, since linking another takes milliseconds of a start. Integers and pointers travel in
        // whole registers or stack slots, the caller clears the stack, and nobody misses arguments that he does not
        // read: so it is in System V's and in Windows' convention for functions that are not variadic.
        MethodHandle handle = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.captureCallState(errorName));
        var layout = Linker.Option.captureStateLayout();
        long errorAt = layout.byteOffset(PathElement.groupElement(errorName));
        return (function, arguments) -> {
            var address = symbols.find(function)
                    .orElseThrow(() -> new IllegalStateException("the system has no function " + function));
            var a = Arrays.copyOf(arguments, 6);
            try (var arena = Arena.ofConfined()) {
                var state = arena.allocate(layout);
                long value = (long) handle.invokeExact(address, state, a[0], a[1], a[2], a[3], a[4], a[5]);
                return new Result(value, state.get(JAVA_INT, errorAt));
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new AssertionError(function + ": a downcall throws nothing checked", t);
            }
        };
    }
}
