package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/** Assembles a listing with the GNU assembler, where there is one. */
final class GnuAs {
    private GnuAs() {}

    static boolean isHere() {
        return onPath("as") && onPath("objcopy");
    }

    private static boolean onPath(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Fails, naming the first line, if as makes other bytes of the listing. */
    static void assertSameBytes(Assembler assembler, Path folder) throws IOException, InterruptedException {
        assumeTrue(isHere(), "SKIPPED, encodings against GNU as: no as and objcopy on the PATH");
        var ours = assembler.finish();
        var source = folder.resolve("code.s");
        Files.writeString(source, ".intel_syntax noprefix\n" + assembler.listing());
        run("as", "--64", "-aln=" + folder.resolve("code.lst"), "-o", folder.resolve("code.o") + "", source + "");
        run("objcopy", "-O", "binary", "-j", ".text", folder.resolve("code.o") + "", folder.resolve("code.bin") + "");
        var theirs = Files.readAllBytes(folder.resolve("code.bin"));
        int at = Arrays.mismatch(ours, theirs);
        if (at >= 0) {
            fail("byte " + at + " differs; GNU as has:\n" + around(folder, at) + "\nours from there: "
                    + HexFormat.ofDelimiter(" ").formatHex(ours, Math.max(0, at - 8), Math.min(ours.length, at + 24)));
        }
        assertEquals(theirs.length, ours.length);
    }

    private static String around(Path folder, int at) throws IOException {
        var found = new StringBuilder();
        for (var line : Files.readAllLines(folder.resolve("code.lst"))) {
            var fields = line.strip().split("\\s+");
            if (fields.length > 2 && fields[1].matches("[0-9a-f]{4}")) {
                int start = Integer.parseInt(fields[1], 16);
                if (start > at - 24 && start < at + 16) {
                    found.append(line).append('\n');
                }
            }
        }
        return found.toString();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + "\n" + output);
    }
}
