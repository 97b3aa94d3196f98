package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Everything that a sibling owes; its test is a subclass that names it. */
abstract class KernelContract
        implements Int8Contract,
                StoredContract,
                AttentionContract,
                PositionContract,
                NormContract,
                RowContract,
                MisuseContract,
                AttentionMisuseContract {
    private final Kernels kernels;

    KernelContract(String name) {
        kernels = KernelChoice.of(name).kernels();
        assertEquals(name, kernels.name());
    }

    @Override
    public final Kernels kernels() {
        return kernels;
    }

    @Test
    void describesItself() {
        assertTrue(kernels.description().length() > 5 && !kernels.description().contains("\n"), kernels.description());
    }

    /** A verdict must not change in its last digits because the JIT has got round to compiling. */
    @Test
    void bitsAreTheSameInterpretedAndCompiled() throws IOException, URISyntaxException {
        long compiled = 0;
        for (int run = 0; run < 300; run++) {
            compiled = BitsOfKernels.digest(kernels);
        }
        assertEquals(Long.toHexString(compiled), digestWhereNothingIsCompiled(), kernels.description());
    }

    private String digestWhereNothingIsCompiled() throws IOException, URISyntaxException {
        // Not -Xint: there the vector kernels refuse to work. C2 is there, but has only one method to compile.
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=compileonly,java.lang.Object::hashCode"));
        if (kernels.name().equals("vector")) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        String bits = System.getProperty("kanmon.vector.bits");
        if (bits != null) {
            command.add("-Dkanmon.vector.bits=" + bits);
        }
        command.addAll(List.of(
                "-cp",
                place(Kernels.class, "classes") + File.pathSeparator + place(BitsOfKernels.class, "test-classes"),
                BitsOfKernels.class.getName(),
                kernels.name()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        // The digest comes last, after the JVM's warning of the incubator module.
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList()
                .getLast();
    }

    /** The folder of compiled classes; in a patched module both kinds claim to come from the module itself. */
    private static Path place(Class<?> type, String folder) throws URISyntaxException {
        var source =
                Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        return source.resolveSibling(folder);
    }
}
