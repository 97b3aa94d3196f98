package dev.kanmon.kernels.machine.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.ChildJvm;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GuardedMemoryTest {
    @BeforeEach
    void linux() {
        assumeTrue(CodeBytes.runHere(), "SKIPPED, guards are for Linux and the code of these tests for x86-64");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4, 4092, 4096, 4100, 100_000})
    void lieBetweenPagesThatNobodyMayTouch(long bytes) {
        try (var arena = Arena.ofConfined()) {
            var ending = GuardedMemory.endingAtGuard(bytes, arena);
            var beginning = GuardedMemory.beginningAtGuard(bytes, arena);
            assertEquals(bytes, ending.fill((byte) 1).byteSize());
            assertEquals(bytes, beginning.fill((byte) 1).byteSize());
            var maps = ProcessMaps.read();
            assertEquals("---p", maps.at(ending.address() + bytes).permissions());
            assertEquals("---p", maps.at(beginning.address() - 1).permissions());
        }
    }

    /** A store of eight bytes, so far from the begin of a block of 16 that ends or begins at a guard. */
    @ParameterizedTest
    @CsvSource({"ending, 8, true", "ending, 9, false", "beginning, 0, true", "beginning, -1, false"})
    void aKernelThatGoesBeyondDies(String kind, int displacement, boolean survives)
            throws IOException, InterruptedException {
        var child = ChildJvm.run(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:+SuppressFatalErrorMessage"),
                Store.class,
                kind,
                Integer.toString(displacement));
        assertEquals(survives ? "stored\n" : "", child.out(), child.toString());
        assertEquals(survives, child.status() == 0, child.toString());
    }

    @Test
    void blocksAreUnmappedWithTheArena() {
        int before = ProcessMaps.read().mappings().size();
        for (int i = 0; i < 1000; i++) {
            try (var arena = Arena.ofConfined()) {
                GuardedMemory.endingAtGuard(4, arena);
            }
        }
        int grown = ProcessMaps.read().mappings().size() - before;
        assertTrue(grown < 100, grown + " more mappings after a thousand blocks");
    }

    /** The child. */
    static final class Store {
        private Store() {}

        public static void main(String[] arguments) throws Refused {
            var block = arguments[0].equals("ending")
                    ? GuardedMemory.endingAtGuard(16, Arena.ofAuto())
                    : GuardedMemory.beginningAtGuard(16, Arena.ofAuto());
            Routine.install(CodeBytes.store(Integer.parseInt(arguments[1]), 1)).call(block.address());
            System.out.println("stored");
        }
    }
}
