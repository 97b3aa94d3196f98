package dev.kanmon.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kanmon.augment.GenerationException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** The native library in the jar of {@code de.kherud:llama}: which one serves this system, and loading it. */
final class NativeLibrary {
    private NativeLibrary() {}

    /**
     * The library's path in the jar.
     *
     * @throws GenerationException if the jar has none for this system, or one without the functions of llama.cpp
     */
    static String resource(String osName, String osArch) {
        var os = osName.toLowerCase(Locale.ROOT);
        var arch =
                switch (osArch.toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64", "x64" -> "x86_64";
                    case "aarch64", "arm64" -> "aarch64";
                    default -> "";
                };
        if (!arch.isEmpty() && os.startsWith("linux")) {
            return "de/kherud/llama/Linux/" + arch + "/libjllama.so";
        }
        if (!arch.isEmpty() && (os.startsWith("mac") || os.startsWith("darwin"))) {
            return "de/kherud/llama/Mac/" + arch + "/libjllama.dylib";
        }
        throw new GenerationException("llama.cpp: no library for " + osName + " on " + osArch
                + ", there is one for Linux and macOS on x86-64 and aarch64; use a server instead (an http address)");
    }

    /**
     * Loads the library from a private copy that is gone when this returns; it stays loaded until the JVM ends.
     *
     * @throws GenerationException if it is not on the class or module path, or the system cannot load it
     */
    static SymbolLookup load() {
        var resource = resource(System.getProperty("os.name"), System.getProperty("os.arch"));
        try {
            var file = Files.createTempFile("kanmon-llama", resource.substring(resource.lastIndexOf('.')));
            try {
                try (var in = NativeLibrary.class.getClassLoader().getResourceAsStream(resource)) {
                    if (in == null) {
                        throw new GenerationException(
                                "llama.cpp: " + resource + " is not there; the jar of de.kherud:llama is missing");
                    }
                    Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
                }
                return lookup(file, resource);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new GenerationException("llama.cpp: its library cannot be copied to a temporary file: " + e, e);
        }
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup lookup(Path file, String resource) {
        sleepRatherThanSpin();
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new GenerationException(
                    "llama.cpp: the system cannot load " + resource
                            + (resource.endsWith(".so")
                                    ? "; it needs glibc 2.17, libgomp.so.1 and libstdc++.so.6"
                                    : ""),
                    e);
        }
    }

    /**
     * Has OpenMP's threads sleep while they wait, unless the environment says otherwise. They would spin, which takes
     * twenty times as long as soon as another process wants one of the processors. OpenMP reads this once, when it is
     * loaded, from the process's own environment, which no later child process inherits from Java.
     */
    @SuppressWarnings("restricted")
    private static void sleepRatherThanSpin() {
        if (System.getenv("OMP_WAIT_POLICY") != null || System.getenv("GOMP_SPINCOUNT") != null) {
            return;
        }
        var linker = Linker.nativeLinker();
        var setenv = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom("OMP_WAIT_POLICY");
            var value = arena.allocateFrom("passive");
            Functions.call(() -> (int) setenv.invokeExact(name, value, 0));
        }
    }
}
