package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.machine.MachineKernels;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The build runs this with and without the Vector API's module, without C2, and with and without native access, and says
 * here which it is.
 */
final class KernelChoiceTest {
    private static final String WITHOUT = System.getProperty("kanmon.test.vectorless");
    private static final String CURE = WITHOUT == null
            ? null
            : switch (WITHOUT) {
                case "module" -> "--add-modules jdk.incubator.vector";
                case "c2" -> "C2 compiler";
                default -> throw new IllegalStateException("kanmon.test.vectorless " + WITHOUT);
            };

    /** The flag that would let machine code run, where it may not. */
    private static final String WITHOUT_NATIVE = System.getProperty("kanmon.test.nativeless");

    private static final boolean MACHINE_KNOWN = System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").matches("Linux|Windows.*");

    /** What the machine kernels must say of themselves here, or null where they must work. */
    private static String whyNotMachine() {
        if (WITHOUT_NATIVE != null && MACHINE_KNOWN) {
            return "native access is not enabled: pass '" + WITHOUT_NATIVE + "' to java";
        }
        String reason = MachineKernels.unavailable();
        assertTrue(
                reason == null || !MACHINE_KNOWN || reason.contains(" lacks "),
                () -> "on " + System.getProperty("os.name") + ", " + System.getProperty("os.arch") + ": " + reason);
        return reason;
    }

    @AfterEach
    void clear() {
        System.clearProperty(KernelChoice.PROPERTY);
    }

    private static String reason(KernelChoice choice, String name) {
        return choice.notChosen().stream()
                .filter(other -> other.name().equals(name))
                .map(KernelChoice.NotChosen::reason)
                .collect(Collectors.joining("; "));
    }

    @Test
    void takesTheFastestThatWorksAndSaysWhatWouldHelp() {
        var choice = KernelChoice.automatic();
        String whyNotMachine = whyNotMachine();
        String expected = whyNotMachine == null ? "machine" : WITHOUT == null ? "vector" : "scalar";
        assertEquals(expected, choice.kernels().name(), choice.toString());
        if (whyNotMachine != null) {
            assertEquals(whyNotMachine, reason(choice, "machine"));
        }
        if (WITHOUT != null) {
            assertTrue(reason(choice, "vector").contains(CURE), choice.toString());
        } else if (whyNotMachine == null) {
            assertEquals("the machine kernels work here and are faster", reason(choice, "vector"));
        }
        assertEquals(KernelChoice.names().size() - 1, choice.notChosen().size(), choice.toString());
        assertEquals("the cuda kernels are not in this build yet", reason(choice, "cuda"));
        assertTrue(choice.notChosen().stream().noneMatch(other -> other.reason().isBlank()), choice.toString());
    }

    @Test
    void aForcedSiblingIsTakenOrRefusedWithTheReason() {
        System.setProperty(KernelChoice.PROPERTY, "scalar");
        assertEquals("scalar", KernelChoice.automatic().kernels().name());
        System.setProperty(KernelChoice.PROPERTY, "vektor");
        assertEquals(
                "-Dkanmon.kernels=vektor: unknown kernels, expected one of scalar, vector, machine, cuda",
                assertThrows(IllegalArgumentException.class, KernelChoice::automatic)
                        .getMessage());
        System.setProperty(KernelChoice.PROPERTY, "machine");
        String whyNotMachine = whyNotMachine();
        if (whyNotMachine == null) {
            var choice = KernelChoice.automatic();
            assertEquals("machine", choice.kernels().name());
            assertEquals("-Dkanmon.kernels=machine was asked for", reason(choice, "vector"));
        } else {
            assertEquals(
                    "-Dkanmon.kernels=machine: " + whyNotMachine,
                    assertThrows(IllegalArgumentException.class, KernelChoice::automatic)
                            .getMessage());
        }
        System.setProperty(KernelChoice.PROPERTY, "vector");
        if (WITHOUT == null) {
            assertEquals("vector", KernelChoice.automatic().kernels().name());
        } else {
            var message = assertThrows(IllegalArgumentException.class, KernelChoice::automatic)
                    .getMessage();
            assertTrue(message.startsWith("-Dkanmon.kernels=vector: ") && message.contains(CURE), message);
        }
    }

    @Test
    void ofAsksForOneByName() {
        assertEquals("scalar", KernelChoice.of("scalar").kernels().name());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> KernelChoice.of(""))
                .getMessage()
                .contains("scalar, vector, machine, cuda"));
        assertThrows(IllegalArgumentException.class, () -> KernelChoice.of("cuda"));
    }

    @Test
    void gradientsAreByVectorsWhereTheyWork() {
        assertEquals(
                "scalar",
                GradientKernels.of(KernelChoice.of("scalar").kernels()).name());
        var fastest = KernelChoice.automatic().kernels();
        boolean byVectors = WITHOUT == null && !fastest.name().equals("scalar");
        assertEquals(
                byVectors ? "vector" : "scalar", GradientKernels.of(fastest).name(), fastest.name());
    }

    @Test
    void announcesOnceWhatWouldHelpAndNothingElse() {
        assertNull(KernelChoice.of("scalar").announcement(), "scalar was asked for");
        System.setProperty(KernelChoice.PROPERTY, "scalar");
        assertNull(KernelChoice.automatic().announcement(), "scalar was asked for");
        System.clearProperty(KernelChoice.PROPERTY);
        var choice = KernelChoice.automatic();
        String first = choice.announcement();
        boolean vectorMissing = choice.kernels().name().equals("scalar");
        boolean flagMissing = WITHOUT_NATIVE != null && MACHINE_KNOWN;
        if (!vectorMissing && !flagMissing) {
            assertNull(first);
        } else {
            assertTrue(first.startsWith("using the " + choice.kernels().name() + " kernels; "), first);
            assertEquals(vectorMissing, CURE != null && first.contains("vector: ") && first.contains(CURE), first);
            assertEquals(flagMissing, first.contains("machine: " + whyNotMachine()), first);
        }
        assertNull(KernelChoice.automatic().announcement(), "said a second time");
    }
}
