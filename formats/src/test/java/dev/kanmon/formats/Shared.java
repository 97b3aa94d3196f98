package dev.kanmon.formats;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The references beside the checkout; tests that need them are skipped, with a reason, when they are absent. */
final class Shared {
    private Shared() {}

    static Path path(String relative) {
        var root = System.getProperty("kanmon.shared");
        assumeTrue(root != null, "system property kanmon.shared is not set: the references are not compared");
        var path = Path.of(root, relative);
        assumeTrue(Files.exists(path), "missing " + relative + " below kanmon.shared: this reference is not compared");
        return path;
    }
}
