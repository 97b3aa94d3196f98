package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Code for AMX, by its bytes: there is no machine to run it on. */
final class AmxGemmCodeTest {
    static Stream<Arguments> known() {
        return Stream.of(
                known("c4 e2 78 49 07", t -> t.configure(Memory.at(RDI))),
                known("c4 e2 78 49 c0", Tiles::release),
                known("c4 e2 7b 49 d8", t -> t.zero(3)),
                known("c4 e2 7b 4b 24 08", t -> t.load(4, Memory.at(RAX, RCX, 1, 0))),
                known("c4 82 7b 4b 6c 02 40", t -> t.load(5, Memory.at(R10, R8, 1, 64))),
                known("c4 e2 7a 4b 1c 08", t -> t.store(Memory.at(RAX, RCX, 1, 0), 3)),
                known("c4 e2 51 5e cc", t -> t.multiply(Tiles.Product.TDPBUSD, 1, 4, 5)),
                known("c4 e2 42 5c d6", t -> t.multiply(Tiles.Product.TDPBF16PS, 2, 6, 7)));
    }

    private static Arguments known(String bytes, Consumer<Tiles> code) {
        return Arguments.of(bytes, code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("known")
    void bytesOfTheManual(String expected, Consumer<Tiles> code) {
        var assembler = Assembler.create();
        code.accept(new Tiles(assembler));
        assertEquals(expected, HexFormat.ofDelimiter(" ").formatHex(assembler.finish()));
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void routinesAreThoseOfGnuAs(WeightType type, @TempDir Path folder) throws IOException, InterruptedException {
        for (var abi : Abi.values()) {
            for (int tall : new int[] {1, 2, AmxGemmCode.MOST_ROWS}) {
                var assembler = Assembler.listing(true);
                AmxGemmCode.write(assembler, abi, type, tall);
                GnuAs.assertSameBytes(assembler, folder);
            }
        }
    }
}
