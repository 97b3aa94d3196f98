package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Everything that a sibling owes; its test is a subclass that names it. */
abstract class KernelContract
        implements Int8Contract,
                StoredContract,
                PositionContract,
                NormContract,
                RowContract,
                MisuseContract,
                AttentionMisuseContract,
                AttentionGradientContract,
                AttentionGradientMisuseContract {
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
    void bitsAreTheSameInterpretedAndCompiled() throws IOException, InterruptedException {
        long compiled = 0;
        for (int run = 0; run < 300; run++) {
            compiled = BitsOfKernels.digest(kernels);
        }
        assertEquals(Long.toHexString(compiled), digestWhereNothingIsCompiled(), kernels.description());
    }

    private String digestWhereNothingIsCompiled() throws IOException, InterruptedException {
        // Not -Xint: there the vector kernels refuse to work. C2 is there, but has only one method to compile.
        var flags = new ArrayList<>(
                List.of("-XX:CompileCommand=quiet", "-XX:CompileCommand=compileonly,java.lang.Object::hashCode"));
        if (!kernels.name().equals("scalar")) {
            // machine kernels have gradients by vectors
            flags.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        if (kernels.name().equals("machine")) {
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        for (String property : List.of("kanmon.vector.bits", "kanmon.machine.cpu")) {
            String value = System.getProperty(property);
            if (value != null) {
                flags.add("-D" + property + "=" + value);
            }
        }
        var child = ChildJvm.run(flags, BitsOfKernels.class, kernels.name());
        assertEquals(0, child.status(), child.toString());
        return child.out().strip();
    }
}
