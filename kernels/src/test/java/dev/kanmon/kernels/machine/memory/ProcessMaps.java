package dev.kanmon.kernels.machine.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux says is mapped in this process. */
record ProcessMaps(List<Mapping> mappings) {
    /**
     * A line.
     *
     * @param permissions as "r-xp"
     * @param path of a file, or "[heap]" and the like, or empty
     */
    record Mapping(long from, long to, String permissions, String path) {}

    static ProcessMaps read() {
        try {
            return new ProcessMaps(Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .map(ProcessMaps::mapping)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Mapping mapping(String line) {
        // 7f0000000000-7f0000001000 r-xp 00000000 00:01 1 /memfd:kanmon (deleted)
        var parts = line.split(" +", 6);
        var range = parts[0].split("-");
        return new Mapping(
                Long.parseUnsignedLong(range[0], 16),
                Long.parseUnsignedLong(range[1], 16),
                parts[1],
                parts.length < 6 ? "" : parts[5]);
    }

    /** The mapping of an address, or null. */
    Mapping at(long address) {
        return mappings.stream()
                .filter(mapping -> mapping.from() <= address && address < mapping.to())
                .findFirst()
                .orElse(null);
    }

    /** Mappings of code that we made: neither the JVM's, which are writable, nor libraries. */
    long ours() {
        return mappings.stream()
                .filter(mapping -> mapping.permissions().equals("r-xp")
                        && (mapping.path().isEmpty() || mapping.path().startsWith("/memfd:kanmon")))
                .count();
    }
}
