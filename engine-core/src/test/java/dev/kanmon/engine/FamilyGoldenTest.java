package dev.kanmon.engine;

import dev.kanmon.formats.TensorFile;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family against the reference's fp64 answers, with every sibling of the kernels. */
class FamilyGoldenTest {

    static Stream<Arguments> models() throws IOException {
        List<Arguments> models = new ArrayList<>();
        for (String root :
                List.of("/work/shared/golden/models", "/work/shared/golden/storage", "/work/wt/gold/models")) {
            try (Stream<Path> directories = Files.list(Path.of(root))) {
                for (Path d : directories.sorted().toList()) {
                    for (String kernels : List.of("scalar", "vector")) {
                        models.add(Arguments.of(d, kernels));
                    }
                }
            }
        }
        return models.stream();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("models")
    void everySequenceMatches(Path directory, String kernels) throws IOException {
        try (Model model = Model.load(directory, Model.Options.defaults().withKernels(KernelChoice.of(kernels)));
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            GoldenComparison.compare(model, expected, expected);
        }
    }
}
