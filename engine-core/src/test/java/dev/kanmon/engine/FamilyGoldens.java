package dev.kanmon.engine;

import dev.kanmon.formats.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The models of all families with the reference's answers, for tests of other packages. */
public final class FamilyGoldens {

    private FamilyGoldens() {}

    /** The directory of each golden in this module. */
    public static Stream<Path> own() throws IOException {
        return in(Goldens.own("families"));
    }

    /** The directory of each golden in a shared folder; skipped loudly where that is absent. */
    public static Stream<Path> shared(String folder) throws IOException {
        return in(Goldens.shared(folder));
    }

    private static Stream<Path> in(Path root) throws IOException {
        try (Stream<Path> directories = Files.list(root)) {
            List<Path> sorted = directories.sorted().toList();
            return sorted.stream();
        }
    }

    /** Compares all answers that {@code expected} holds; its inputs are in it, too. */
    public static void compare(Model model, TensorFile expected) throws IOException {
        GoldenComparison.compare(model, expected, expected);
    }

    /** Compares all answers that {@code expected} holds. */
    public static void compare(Model model, TensorFile inputs, TensorFile expected) throws IOException {
        GoldenComparison.compare(model, inputs, expected);
    }
}
