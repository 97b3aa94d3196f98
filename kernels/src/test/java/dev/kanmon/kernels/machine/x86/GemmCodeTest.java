package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole routines of products, as bytes; what they compute is the contract's business. */
final class GemmCodeTest {
    private static final List<Level> LEVELS = List.of(Level.AVX512, Level.AVX512_PLAIN, Level.AVX2_VNNI, Level.AVX2);

    static Stream<Arguments> routines() {
        return LEVELS.stream().flatMap(level -> Stream.of(WeightType.values()).map(type -> Arguments.of(level, type)));
    }

    @ParameterizedTest
    @MethodSource("routines")
    void routinesAreThoseOfGnuAs(Level level, WeightType type, @TempDir Path folder)
            throws IOException, InterruptedException {
        for (var abi : Abi.values()) {
            for (int tall : new int[] {1, GemmTile.of(level, type).rows()}) {
                GnuAs.assertSameBytes(written(a -> GemmCode.write(a, abi, level, type, tall)), folder);
            }
            GnuAs.assertSameBytes(written(a -> QuantiseCode.write(a, abi, level, type)), folder);
        }
    }

    /** No Windows here: its routine must be this system's, between the instructions that its convention asks for. */
    @ParameterizedTest
    @EnumSource
    void windowsHasTheSameCodeBetweenItsOwnBeginningAndEnd(WeightType type) {
        List<BiConsumer<Assembler, Abi>> routines = List.of(
                (a, abi) -> GemmCode.write(a, abi, Level.AVX512, type, 6),
                (a, abi) -> QuantiseCode.write(a, abi, Level.AVX512, type));
        for (var routine : routines) {
            var here = lines(written(a -> routine.accept(a, Abi.SYSTEM_V)));
            var windows = lines(written(a -> routine.accept(a, Abi.WINDOWS)));
            int pushes = leading(here, "push ");
            int windowsPushes = leading(windows, "push ");
            int saved = 10;
            assertEquals("sub rsp,160", windows.get(windowsPushes));
            assertEquals("vmovups xmmword ptr [rsp],xmm6", windows.get(windowsPushes + 1));
            assertEquals("vmovups xmmword ptr [rsp+144],xmm15", windows.get(windowsPushes + saved));
            assertEquals("mov rdi,rcx", windows.get(windowsPushes + saved + 1));
            int end = here.indexOf("vzeroupper");
            int windowsEnd = windows.indexOf("vzeroupper");
            assertEquals(here.subList(pushes, end), windows.subList(windowsPushes + saved + 2, windowsEnd));
            assertEquals("vmovups xmm6,xmmword ptr [rsp]", windows.get(windowsEnd + 1));
            assertEquals("add rsp,160", windows.get(windowsEnd + 1 + saved));
            for (int i = 0; i < windowsPushes; i++) {
                assertEquals(
                        windows.get(windowsPushes - 1 - i).replace("push", "pop"),
                        windows.get(windowsEnd + 2 + saved + i));
            }
            assertEquals("ret", windows.get(windowsEnd + 2 + saved + windowsPushes));
        }
    }

    private static int leading(List<String> lines, String beginning) {
        int count = 0;
        while (lines.get(count).startsWith(beginning)) {
            count++;
        }
        return count;
    }

    private interface Code {
        void write(Assembler a);
    }

    private static Assembler written(Code code) {
        var assembler = Assembler.listing(true);
        code.write(assembler);
        return assembler;
    }

    /** The listing without what only fills up to an alignment. */
    private static List<String> lines(Assembler assembler) {
        assembler.finish();
        var lines = new ArrayList<>(assembler.listing().lines().toList());
        lines.removeIf(line -> line.equals("nop") || line.startsWith(".byte"));
        return lines;
    }
}
