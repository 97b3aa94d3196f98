package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ClassifierConfig.Task;
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

    private static final List<String> KERNELS = Siblings.here();

    /** Settings that the shared goldens do not reach, made by {@code scripts/goldens/make_goldens.py}. */
    static Stream<Arguments> own() throws IOException {
        return in(Goldens.own("families"));
    }

    static Stream<Arguments> shared() throws IOException {
        return in(Goldens.shared("golden/models"));
    }

    static Stream<Arguments> stored() throws IOException {
        return in(Goldens.shared("golden/storage"));
    }

    private static Stream<Arguments> in(Path root) throws IOException {
        try (Stream<Path> directories = Files.list(root)) {
            List<Arguments> models = new ArrayList<>();
            for (Path directory : directories.sorted().toList()) {
                KERNELS.forEach(kernels -> models.add(Arguments.of(directory.getFileName(), kernels, directory)));
            }
            return models.stream();
        }
    }

    private static Model load(Path path, String kernels, int threads) throws IOException {
        KernelChoice choice = KernelChoice.of(kernels);
        return Model.load(path, Model.Options.defaults().withKernels(choice).withThreads(threads));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource({"own", "shared", "stored"})
    void everySequenceMatches(Path name, String kernels, Path directory) throws IOException {
        try (Model model = load(directory, kernels, 1);
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            GoldenComparison.compare(model, expected, expected);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("own")
    void aBatchOnThreadsGivesTheBitsOfSingleSequences(Path name, String kernels, Path directory) throws IOException {
        try (Model model = load(directory, kernels, 1);
                Model threaded = load(directory, kernels, 3);
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            List<TokenSequence> sequences = new ArrayList<>();
            for (String prefix : Goldens.sequences(expected)) {
                sequences.add(Goldens.sequence(expected, prefix));
            }
            boolean tokens = model.config().classifier().orElseThrow().task() == Task.TOKENS;
            List<float[][]> together = tokens ? threaded.tokenLogits(sequences) : rows(threaded.logits(sequences));
            for (int i = 0; i < sequences.size(); i++) {
                List<TokenSequence> one = List.of(sequences.get(i));
                List<float[][]> alone = tokens ? model.tokenLogits(one) : rows(model.logits(one));
                assertArrayEquals(
                        alone.getFirst(), together.get(i), name + " sequence " + i + " in a batch on threads");
            }
        }
    }

    private static List<float[][]> rows(List<float[]> logits) {
        return logits.stream().map(row -> new float[][] {row}).toList();
    }
}
