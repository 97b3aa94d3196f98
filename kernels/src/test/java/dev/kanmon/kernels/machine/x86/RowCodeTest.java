package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.machine.RowRoutines.Norm;
import dev.kanmon.kernels.machine.x86.ActivationRowsCode.Beside;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes of whole routines, of both calling conventions, on any machine. */
final class RowCodeTest {
    private static void allRoutines(Abi abi, Level level, Consumer<Consumer<Assembler>> sink) {
        sink.accept(a -> RotateCode.write(a, abi, level));
        for (boolean first : new boolean[] {false, true}) {
            sink.accept(a -> AddCode.write(a, abi, level, first));
            for (boolean second : new boolean[] {false, true}) {
                sink.accept(a -> NormCode.write(a, abi, level, new Norm(false, first, second, first != second)));
                sink.accept(a -> NormCode.write(a, abi, level, new Norm(true, false, second, false)));
            }
        }
        for (var act : Activation.values()) {
            for (var beside : Beside.values()) {
                sink.accept(a -> ActivationRowsCode.write(a, abi, level, act, beside));
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
                assertTrue(!line.matches("v(range|scalef|fixup|perm[it]2).*"), line);
            });
        });
    }

    /** What Windows wants around the body, which is the same. */
    @Test
    void windowsSavesWhatBelongsToTheCaller() {
        var windows = Assembler.create();
        AddCode.write(windows, Abi.WINDOWS, Level.AVX2, false);
        var systemV = Assembler.create();
        AddCode.write(systemV, Abi.SYSTEM_V, Level.AVX2, false);
        var hex = HexFormat.of();
        String prologue = "56" // push rsi
                + "57" // push rdi
                + "4881eca0000000" // sub rsp,160
                + "c5f8113424" // vmovups [rsp],xmm6
                + "c5f8117c2410"
                + "c57811442420"
                + "c578114c2430"
                + "c57811542440"
                + "c578115c2450"
                + "c57811642460"
                + "c578116c2470"
                + "c57811b42480000000"
                + "c57811bc2490000000" // vmovups [rsp+144],xmm15
                + "4889cf"; // mov rdi,rcx
        String epilogue = "c5f877" // vzeroupper
                + "c5f8103424" // vmovups xmm6,[rsp]
                + "c5f8107c2410"
                + "c57810442420"
                + "c578104c2430"
                + "c57810542440"
                + "c578105c2450"
                + "c57810642460"
                + "c578106c2470"
                + "c57810b42480000000"
                + "c57810bc2490000000"
                + "4881c4a0000000" // add rsp,160
                + "5f5ec3"; // pop rdi; pop rsi; ret
        String ours = hex.formatHex(windows.finish());
        assertEquals(prologue, ours.substring(0, prologue.length()));
        String theirs = hex.formatHex(systemV.finish());
        String end = "c5f877c3";
        // what follows the code are the lanes of a mask, which the body reaches over another distance
        String body = theirs.substring(0, theirs.indexOf(end));
        int distanceAt = body.indexOf("4c8d1d") + 6;
        String ourBody = ours.substring(prologue.length(), prologue.length() + body.length());
        assertEquals(body.substring(0, distanceAt), ourBody.substring(0, distanceAt));
        assertEquals(body.substring(distanceAt + 8), ourBody.substring(distanceAt + 8));
        assertEquals(epilogue, ours.substring(prologue.length() + body.length()).substring(0, epilogue.length()));
    }
}
