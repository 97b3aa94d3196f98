package dev.kanmon.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What llama.cpp logs. Nothing of it is printed; its last errors are kept, since they say why a call failed where the call
 * only says that it did. Safe for use by several threads.
 */
final class NativeLog {
    /** {@code enum ggml_log_level}. */
    private static final int ERROR = 4;

    private static final int MOST_LINES = 8;
    /** A line that does not end within this is cut. */
    private static final int MOST_BYTES = 4096;

    private final Deque<String> errors = new ArrayDeque<>();

    private NativeLog() {}

    /** A log that gets everything from now on. */
    static NativeLog install(Functions functions) {
        var log = new NativeLog();
        var type = FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS);
        MemorySegment pointer;
        try {
            var accept = MethodHandles.lookup()
                    .bind(
                            log,
                            "accept",
                            MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
            pointer = functions.pointer(accept, type);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("the method is below", e);
        }
        var set = functions.function("llama_log_set", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        Functions.call(() -> {
            set.invokeExact(pointer, MemorySegment.NULL);
            return null;
        });
        return log;
    }

    /** Called by the library, on any thread; an exception here would end the JVM, so there is none. */
    @SuppressWarnings({"restricted", "UnusedMethod"})
    private void accept(int level, MemorySegment text, MemorySegment userData) {
        if (level != ERROR || text.equals(MemorySegment.NULL)) {
            return;
        }
        var bytes = text.reinterpret(MOST_BYTES);
        int length = 0;
        while (length < MOST_BYTES && bytes.get(JAVA_BYTE, length) != 0) {
            length++;
        }
        var line = new String(bytes.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8).strip();
        synchronized (errors) {
            if (errors.size() == MOST_LINES) {
                errors.removeFirst();
            }
            errors.addLast(line);
        }
    }

    void clear() {
        synchronized (errors) {
            errors.clear();
        }
    }

    /** The errors since {@link #clear}, oldest first, as one line; empty if there was none. */
    String errors() {
        synchronized (errors) {
            return String.join("; ", errors);
        }
    }
}
