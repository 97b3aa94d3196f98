package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.ChildJvm;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExecutableMemoryTest {
    @BeforeEach
    void linux() {
        assumeTrue(CodeBytes.runHere(), "SKIPPED, code of these tests is for Linux on x86-64");
    }

    /** The real functions, some of them refused, with every call noted and the rule of pages checked after it. */
    private static final class Watched implements Functions {
        @SuppressWarnings("restricted")
        private final Functions libc = Functions.linked(Linker.nativeLinker().defaultLookup(), "errno");

        private final List<String> refused;
        private final List<String> calls = new ArrayList<>();
        private final List<Long> pages = new ArrayList<>();

        Watched(String... refused) {
            this.refused = List.of(refused);
        }

        @Override
        public Result call(String function, long... arguments) {
            calls.add(function);
            var result = refused.contains(function) ? new Result(-1, 13) : libc.call(function, arguments);
            if (function.equals("mmap")) {
                pages.add(result.value());
            }
            var maps = ProcessMaps.read();
            for (long page : pages) {
                var mapping = maps.at(page);
                assertFalse(
                        mapping != null
                                && mapping.permissions().contains("w")
                                && mapping.permissions().contains("x"),
                        () -> "after " + calls + ": " + mapping);
            }
            return result;
        }
    }

    private static long run(MemorySegment code) {
        var block = NativeMemory.allocate(8);
        Routine.at(code).call(block.address());
        return block.get(JAVA_LONG, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096 - 12, 4096 - 11, 3 * 4096 + 5, 1_000_000})
    void codeOfAnySizeRunsInPagesThatMayNotBeWritten(int nops) throws Refused {
        var watched = new Watched();
        try (var arena = Arena.ofConfined()) {
            var code = ExecutableMemory.install(CodeBytes.storeBehind(nops, 42), arena, new LinuxPages(watched));
            assertEquals(nops + 12, code.byteSize());
            assertTrue(code.isReadOnly());
            assertEquals("r-xp", ProcessMaps.read().at(code.address()).permissions());
            assertEquals(42, run(code));
        }
        assertEquals(List.of("mmap", "mprotect", "munmap"), watched.calls);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096 - 12, 4096 - 11, 3 * 4096 + 5, 1_000_000})
    void whereWrittenPagesMustStaySoAFileInMemoryIsExecuted(int nops) throws Refused {
        var watched = new Watched("mprotect");
        try (var arena = Arena.ofConfined()) {
            var code = ExecutableMemory.install(CodeBytes.storeBehind(nops, 43), arena, new LinuxPages(watched));
            var mapping = ProcessMaps.read().at(code.address());
            assertEquals("r-xp", mapping.permissions());
            assertEquals("/memfd:kanmon (deleted)", mapping.path());
            assertEquals(43, run(code));
        }
        assertEquals(
                List.of("mmap", "mprotect", "strerror", "munmap", "memfd_create", "write", "mmap", "close", "munmap"),
                watched.calls);
    }

    @Test
    void aRefusalNamesTheCallsAndTheirErrors() {
        long before = ProcessMaps.read().ours();
        var pages = new LinuxPages(new Watched("mprotect", "memfd_create"));
        var refusal = assertThrows(
                Refused.class, () -> ExecutableMemory.install(CodeBytes.store(0, 1), Arena.ofAuto(), pages));
        assertEquals(
                "mprotect of 12 bytes as executable is refused: Permission denied (errno 13); "
                        + "memfd_create is refused: Permission denied (errno 13)",
                refusal.getMessage());
        assertTrue(ProcessMaps.read().ours() <= before);
    }

    @Test
    void misuseLeavesNothingMapped() {
        var watched = new Watched();
        var closed = Arena.ofConfined();
        closed.close();
        assertThrows(
                IllegalStateException.class,
                () -> ExecutableMemory.install(CodeBytes.store(0, 1), closed, new LinuxPages(watched)));
        assertEquals("munmap", watched.calls.getLast());
        assertThrows(IllegalArgumentException.class, () -> ExecutableMemory.install(new byte[0], Arena.ofAuto()));
    }

    @Test
    void mapsRunsAndUnmapsTenThousandTimesOnSeveralThreads() throws InterruptedException, ExecutionException {
        // once before counting, so that what is linked and compiled for it is there
        work(0, 500);
        var before = ProcessMaps.read();
        try (var threads = Executors.newFixedThreadPool(4)) {
            var all = new ArrayList<Future<Void>>();
            for (int thread = 0; thread < 4; thread++) {
                int from = thread * 2500;
                all.add(threads.submit((Callable<Void>) () -> {
                    work(from, from + 2500);
                    return null;
                }));
            }
            for (var one : all) {
                one.get();
            }
        }
        var after = ProcessMaps.read();
        assertTrue(after.ours() <= before.ours(), before.ours() + " mappings of code before, " + after.ours());
        // the JVM and malloc have some of their own
        int grown = after.mappings().size() - before.mappings().size();
        assertTrue(grown < 100, grown + " more mappings after ten thousand that were unmapped");
    }

    private static void work(int from, int to) {
        for (int i = from; i < to; i++) {
            try (var arena = Arena.ofConfined()) {
                assertEquals(i, run(ExecutableMemory.install(CodeBytes.store(0, i), arena)), "wrong code ran");
            } catch (Refused e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void routinesThatNobodyHoldsAreUnmapped() throws Refused, InterruptedException {
        long before = ProcessMaps.read().ours();
        for (int i = 0; i < 200; i++) {
            Routine.install(CodeBytes.store(0, i)).call(NativeMemory.allocate(8).address());
        }
        long left = Long.MAX_VALUE;
        for (int wait = 0; left > before + 10 && wait < 100; wait++) {
            System.gc();
            Thread.sleep(50);
            left = ProcessMaps.read().ours();
        }
        assertTrue(left <= before + 10, left + " of 200 mappings are left, " + before + " before");
    }

    @Test
    void withoutNativeAccessNothingIsTriedAndTheReasonSaysWhatToPass() throws IOException, InterruptedException {
        for (var flags : List.of(List.<String>of(), List.of("--illegal-native-access=deny"))) {
            var child = ChildJvm.run(flags, InstallOnce.class);
            assertEquals(
                    new ChildJvm.Output(
                            0, "native access is not enabled: pass '--enable-native-access=ALL-UNNAMED' to java\n", ""),
                    child,
                    flags.toString());
        }
        assertEquals(
                "native access is not enabled: pass '--enable-native-access=java.logging' to java",
                NativeAccess.refusal(
                        ModuleLayer.boot().findModule("java.logging").orElseThrow()));
    }

    @Test
    void worksInAProcessThatMayNotMakePagesExecutable() throws IOException, InterruptedException {
        // all of the code cache from the start: the JVM itself could not enlarge it any more
        var child = ChildJvm.run(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:InitialCodeCacheSize=32m",
                        "-XX:ReservedCodeCacheSize=32m",
                        "-XX:-SegmentedCodeCache"),
                InstallOnce.class,
                "mdwe");
        assumeTrue(
                !child.out().startsWith("prctl"), () -> "SKIPPED, Linux before 6.3 has no PR_SET_MDWE: " + child.out());
        assertEquals(new ChildJvm.Output(0, "42 from /memfd:kanmon (deleted)\n", ""), child);
    }
}
