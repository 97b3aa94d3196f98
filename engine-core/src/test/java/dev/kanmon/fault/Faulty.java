package dev.kanmon.fault;

import dev.kanmon.kernels.Kernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Kernels that work, and throw what they are told to in place of one call. */
final class Faulty {

    /** Operations that look something up. */
    private static final Set<String> HARMLESS =
            Set.of("name", "description", "isFastAtOnce", "gemmScratch", "attentionScratch");

    /** The constructions of what kernels may throw. */
    enum Fault {
        RUNTIME(() -> new IllegalStateException("injected")),
        MEMORY(() -> new OutOfMemoryError("injected")),
        STACK(StackOverflowError::new),
        ASSERTION(() -> new AssertionError("injected")),
        LINKAGE(() -> new NoClassDefFoundError("injected"));

        private final Supplier<Throwable> construction;

        Fault(Supplier<Throwable> construction) {
            this.construction = construction;
        }

        Throwable make() {
            return construction.get();
        }
    }

    private final Kernels kernels;
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong allocations = new AtomicLong();
    private volatile long failAt = Long.MAX_VALUE;
    private volatile long failAtAllocation = Long.MAX_VALUE;
    private volatile Throwable fault;

    /** Does not fail before it is told to. */
    Faulty(Kernels working) {
        kernels = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, arguments) -> {
                    before(method);
                    try {
                        return method.invoke(working, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void before(Method method) throws Throwable {
        if (HARMLESS.contains(method.getName())) {
            return;
        }
        boolean fails = method.getName().equals("allocate")
                ? allocations.incrementAndGet() == failAtAllocation
                : calls.incrementAndGet() == failAt;
        if (fails) {
            throw fault;
        }
    }

    Kernels kernels() {
        return kernels;
    }

    /** Calls so far that compute or pack. */
    long calls() {
        return calls.get();
    }

    /** Allocations so far. */
    long allocations() {
        return allocations.get();
    }

    /** Throws in place of the call that comes {@code later} calls after this one, 1 being the next. */
    Throwable arm(long later, Fault kind) {
        fault = kind.make();
        failAt = calls.get() + later;
        return fault;
    }

    /** Has no memory for the allocation that comes {@code later} allocations after this one, 1 being the next. */
    Throwable armAllocation(long later) {
        fault = Fault.MEMORY.make();
        failAtAllocation = allocations.get() + later;
        return fault;
    }

    /** Throws nothing more. */
    void disarm() {
        failAtAllocation = Long.MAX_VALUE;
        failAt = Long.MAX_VALUE;
    }
}
