package dev.kanmon.formats;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files that a file names as lying beside it or below. */
final class Siblings {
    private Siblings() {}

    /**
     * The path of a file named in {@code file}, or null when its name climbs out of the directory, even to come back.
     * Links are not followed up: they are the user's own, and the cache of Hugging Face consists of them.
     */
    static Path resolve(Path file, String name) {
        Path relative;
        try {
            relative = Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
        // A backslash is a separator on another system.
        if (relative.isAbsolute() || name.isBlank() || name.indexOf('\\') >= 0) {
            return null;
        }
        for (var step : relative) {
            if (step.toString().equals("..")) {
                return null;
            }
        }
        return file.resolveSibling(relative);
    }
}
