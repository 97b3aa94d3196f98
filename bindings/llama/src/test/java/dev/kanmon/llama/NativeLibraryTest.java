package dev.kanmon.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kanmon.augment.GenerationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativeLibraryTest {
    @ParameterizedTest
    @CsvSource({"Linux, amd64", "Linux, aarch64", "Mac OS X, x86_64", "Mac OS X, aarch64"})
    void theJarHasALibraryForEverySystemThatIsPromised(String os, String arch) {
        var resource = NativeLibrary.resource(os, arch);
        assertNotNull(NativeLibrary.class.getClassLoader().getResource(resource), resource);
    }

    @ParameterizedTest
    @CsvSource({"Windows 11, amd64", "Linux, riscv64", "FreeBSD, amd64"})
    void otherSystemsAreTold(String os, String arch) {
        var e = assertThrows(GenerationException.class, () -> NativeLibrary.resource(os, arch));
        assertEquals(
                "llama.cpp: no library for " + os + " on " + arch
                        + ", there is one for Linux and macOS on x86-64 and aarch64; use a server instead (an http"
                        + " address)",
                e.getMessage());
    }

    @Test
    void theLibraryIsTheOneWhoseLayoutsAreKnown() {
        // Loading compares the defaults of llama.cpp's structures with those of its build.
        assertNotNull(Llama.load());
    }
}
