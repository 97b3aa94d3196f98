package dev.kanmon.kernels.machine.memory;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Blocks of data outside the heap.
 *
 * @implNote On Linux blocks of 64 KB or more are mapped by ourselves and ask for huge pages: on a Zen 5 with 4 KB pages by default
 *     the first touch of 64 MB takes 2.8 ms in place of 22, and reads in strides of a page 5 to 16 % less.
 */
public final class NativeMemory {
    /** Where blocks begin: a cache line, and the longest register. */
    public static final long ALIGNMENT = 64;

    private static final long HUGE_PAGE = 2 << 20;
    /** Mapped bytes up to which nobody looks for garbage. */
    private static final long COLLECT_FROM = 1L << 30;

    /** Blocks from this size on lie together in huge pages, so that the weights of a small model have them, too. */
    private static final long SHARED_FROM = 64 << 10;

    private static final long SHARED = 8 << 20;

    /** The large block that small ones are cut from, and how much of it is taken. */
    private static MemorySegment shared;

    private static long sharedUsed;

    private static final AtomicLong MAPPED = new AtomicLong();
    private static final AtomicLong COLLECT_AT = new AtomicLong(COLLECT_FROM);

    private NativeMemory() {}

    /**
     * A zeroed block, held by the garbage collector: it goes some time after its last segment. Any thread may use it.
     *
     * @param bytes at least 0
     * @throws IllegalArgumentException if negative
     * @throws OutOfMemoryError if the system has no more, or, where blocks are not mapped by ourselves, the JVM's limit
     *     is reached ({@code -XX:MaxDirectMemorySize}, by default the heap's)
     */
    public static MemorySegment allocate(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("allocate: " + bytes + " bytes, expected 0 or more");
        }
        if (bytes < SHARED_FROM || NativeAccess.refusal() != null || !(linux() instanceof LinuxPages pages)) {
            return Arena.ofAuto().allocate(bytes, ALIGNMENT);
        }
        return bytes < HUGE_PAGE ? share(pages, bytes) : map(pages, bytes);
    }

    /** A part of a large block that nobody else has, or had. */
    private static synchronized MemorySegment share(LinuxPages pages, long bytes) {
        long begin = Math.ceilDiv(sharedUsed, ALIGNMENT) * ALIGNMENT;
        if (shared == null || begin + bytes > SHARED) {
            shared = map(pages, SHARED);
            begin = 0;
        }
        sharedUsed = begin + bytes;
        return shared.asSlice(begin, bytes);
    }

    /** Bytes of large blocks that are mapped now. */
    static long mapped() {
        return MAPPED.get();
    }

    private static Pages linux() {
        try {
            return Pages.here();
        } catch (Refused e) {
            return null; // then the JVM's own memory will do
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment map(LinuxPages pages, long bytes) {
        // room to begin at a huge page; what is never touched costs nothing
        long room;
        try {
            room = Math.addExact(bytes, HUGE_PAGE);
        } catch (ArithmeticException e) {
            throw new OutOfMemoryError("no room for " + bytes + " bytes outside the heap");
        }
        collectWhereMuchIsMapped(room);
        long address = mapOrCollect(pages, room);
        MAPPED.addAndGet(room);
        try {
            long begin = Math.ceilDiv(address, HUGE_PAGE) * HUGE_PAGE;
            // whole huge pages only, or the last one would hold up to 2 MB that nobody uses
            pages.adviseHuge(begin, bytes / HUGE_PAGE * HUGE_PAGE);
            return MemorySegment.ofAddress(begin).reinterpret(bytes, Arena.ofAuto(), _ -> unmap(pages, address, room));
        } catch (RuntimeException | Error e) { // the heap has no room for the segment, which would have unmapped them
            unmap(pages, address, room);
            throw e;
        }
    }

    private static void unmap(LinuxPages pages, long address, long room) {
        pages.unmap(address, room);
        MAPPED.addAndGet(-room);
    }

    private static long mapOrCollect(LinuxPages pages, long room) {
        try {
            return pages.map(room, LinuxPages.PROT_READ | LinuxPages.PROT_WRITE);
        } catch (Refused first) {
            collect();
            try {
                return pages.map(room, LinuxPages.PROT_READ | LinuxPages.PROT_WRITE);
            } catch (Refused again) {
                throw new OutOfMemoryError(again.getMessage());
            }
        }
    }

    /** The collector sees our segments, which are small: without this, large blocks that are garbage would pile up. */
    private static void collectWhereMuchIsMapped(long more) {
        long limit = COLLECT_AT.get();
        // one thread at a time; each collection allows for twice what is alive after it
        if (MAPPED.get() + more > limit && COLLECT_AT.compareAndSet(limit, Long.MAX_VALUE)) {
            try {
                collect();
            } finally {
                COLLECT_AT.set(Math.max(COLLECT_FROM, 2 * (MAPPED.get() + more)));
            }
        }
    }

    /** Collects, and waits for the thread that unmaps: until it has begun, and while it has something to do. */
    private static void collect() {
        var begun = new CountDownLatch(1);
        sentinel(begun);
        System.gc();
        try {
            if (!begun.await(1, TimeUnit.SECONDS)) {
                return;
            }
            long last = MAPPED.get();
            int still = 0;
            for (int wait = 0; wait < 200 && still < 10; wait++) {
                Thread.sleep(1);
                long now = MAPPED.get();
                still = now == last ? still + 1 : 0;
                last = now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A segment that is garbage at once, and tells when it is cleaned up; in a method of its own, for no frame to hold it. */
    @SuppressWarnings("restricted")
    private static void sentinel(CountDownLatch cleaned) {
        MemorySegment.ofAddress(HUGE_PAGE).reinterpret(1, Arena.ofAuto(), _ -> cleaned.countDown());
    }
}
