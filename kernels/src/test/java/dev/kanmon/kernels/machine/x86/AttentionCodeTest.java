package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.AttentionRoutines.Positions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes of attention's routines, of both calling conventions, on any machine. */
final class AttentionCodeTest {
    private static void allRoutines(Abi abi, Level level, Consumer<Consumer<Assembler>> sink) {
        for (var operands : level.bf16() ? Operands.values() : new Operands[] {Operands.F32}) {
            sink.accept(a -> AttentionPacking.keys(a, abi, level, operands));
            sink.accept(a -> AttentionPacking.values(a, abi, level, operands));
            for (var positions : Positions.values()) {
                sink.accept(a -> AttentionHead.write(a, abi, level, operands, positions));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"SYSTEM_V, avx512", "SYSTEM_V, avx2", "WINDOWS, avx512", "WINDOWS, avx2"})
    void routinesAreThoseOfGnuAs(Abi abi, String level, @TempDir Path folder) throws IOException, InterruptedException {
        var all = Assembler.listing(true);
        allRoutines(abi, Level.named(level), code -> code.accept(all));
        GnuAs.assertSameBytes(all, folder);
    }

    /** AVX2 machines know neither registers beyond 15 nor encodings that begin with 62. */
    @ParameterizedTest
    @EnumSource(Abi.class)
    void codeForAvx2HasNoOtherInstructions(Abi abi) {
        allRoutines(abi, Level.AVX2, code -> {
            var a = Assembler.listing(true);
            code.accept(a);
            a.finish();
            a.listing().lines().forEach(line -> {
                assertTrue(!line.contains("zmm") && !line.contains("{1to") && !line.contains("{k"), line);
                assertTrue(!line.matches(".*[xy]mm(1[6-9]|2\\d|3\\d).*"), line);
                assertTrue(!line.matches("v(range|scalef|fixup|perm[it]2|p?or?d |dpbf|cvtne).*"), line);
            });
        });
    }

    /** What is named and belongs to the caller is saved first, in the same order that the convention restores it in. */
    @ParameterizedTest
    @EnumSource(Abi.class)
    void registersOfTheCallerAreSaved(Abi abi) {
        var callers = abi == Abi.WINDOWS
                ? List.of("rbx", "rbp", "rsi", "rdi", "r12", "r13", "r14", "r15")
                : List.of("rbx", "rbp", "r12", "r13", "r14", "r15");
        allRoutines(abi, Level.AVX512, code -> {
            var a = Assembler.listing(true);
            code.accept(a);
            a.finish();
            var lines = a.listing().lines().toList();
            for (String register : callers) {
                boolean named = lines.stream().anyMatch(line -> line.matches(".*\\b" + register + "\\b.*"));
                assertEquals(
                        named ? 1 : 0,
                        lines.stream().filter(("push " + register)::equals).count(),
                        register);
                assertEquals(
                        named ? 1 : 0,
                        lines.stream().filter(("pop " + register)::equals).count(),
                        register);
            }
        });
    }
}
