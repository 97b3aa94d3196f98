package dev.kanmon.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.engine.FamilyGoldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.Siblings;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A packed model has the bits of the model that it was made of, or is refused. */
class PackedModelsTest {

    private static final String LAYOUT = "kanmon.packed.layout";
    private static final String WEIGHTS = "kanmon.packed.weights";

    @TempDir
    private Path directory;

    static Stream<Arguments> families() throws IOException {
        return FamilyGoldens.own()
                .flatMap(family -> Stream.of(WeightType.values())
                        .map(weights -> Arguments.of(family.getFileName(), weights, family)));
    }

    private Path pack(Path source, WeightType weights) throws IOException {
        Path packed = directory.resolve("packed.gguf");
        ModelConverter.Report report = ModelConverter.pack(
                source, ModelFiles.Supplement.NONE, packed, WeightPlan.of(weights), Optional.empty(), null);
        assertTrue(report.tensors() > 0 && report.bytes() > 0, report.toString());
        return packed;
    }

    private static TokenSequence tokens(Model model, int seed) {
        int count = Math.min(23, model.config().encoder().limit());
        return TokenSequence.of(new SplittableRandom(seed)
                .ints(count, 0, model.config().encoder().vocabularySize())
                .toArray());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("families")
    void everyFamilyKeepsItsBits(Path name, WeightType weights, Path source) throws IOException {
        Path packed = pack(source, weights);
        for (String kernels : Siblings.here()) {
            Model.Options options = Model.Options.defaults()
                    .withKernels(KernelChoice.of(kernels))
                    .withWeights(weights);
            try (Model expected = Model.load(source, options);
                    Model actual = Model.load(packed, Model.Options.defaults().withKernels(KernelChoice.of(kernels)))) {
                assertEquals(WeightPlan.everywhere(weights), actual.options().weights());
                assertEquals(expected.matrices(), actual.matrices());
                assertEquals(expected.parameters(), actual.parameters());
                for (int seed = 0; seed < 2; seed++) {
                    TokenSequence tokens = tokens(expected, seed);
                    assertArrayEquals(
                            expected.lastHiddenState(tokens),
                            actual.lastHiddenState(tokens),
                            name + ", " + kernels + " kernels");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theBundledGuardKeepsItsVerdictsAndItsTokenizer(WeightType weights) throws IOException {
        Path source = Path.of("../models/guard-small-en/src/main/resources/META-INF/kanmon/models/guard-small-en.gguf");
        Path packed = pack(source, weights);
        Exchange exchange = Exchange.of("How do I pick a lock? Zażółć 関門 — quickly!");
        try (Guard expected = Guard.load(source, GuardOptions.defaults().withWeights(weights));
                Guard actual = Guard.load(packed)) {
            assertEquals(
                    expected.check(exchange).logits(), actual.check(exchange).logits());
            assertEquals(
                    expected.check(exchange).tokens(), actual.check(exchange).tokens());
            assertEquals(weights, actual.info().weights());
            assertEquals(expected.info().threshold(), actual.info().threshold());
            assertTrue(actual.info().unusedTensors().isEmpty());
        }
    }

    @Test
    void tablesHaveTheTypeThatIsAskedFor() throws IOException {
        Path source = FamilyGoldens.own().findFirst().orElseThrow();
        Path packed = directory.resolve("small.gguf");
        ModelConverter.pack(
                source,
                ModelFiles.Supplement.NONE,
                packed,
                WeightPlan.of(WeightType.INT8),
                Optional.of(DType.BF16),
                null);
        try (ModelFiles files = ModelFiles.open(packed)) {
            long small = files.tensors().tensors().values().stream()
                    .filter(tensor -> tensor.dtype() == DType.BF16)
                    .peek(tensor -> assertTrue(tensor.name().contains("embeddings.word"), tensor.name()))
                    .count();
            assertEquals(1, small);
            assertEquals(Optional.of(WeightType.INT8), files.packed());
            files.tensors().tensors().values().forEach(tensor -> assertEquals(0, tensor.offset() % 64, tensor.name()));
        }
    }

    @Test
    void otherWeightsAreRefused() throws IOException {
        Path packed = pack(
                Path.of("../models/guard-small-en/src/main/resources/META-INF/kanmon/models/guard-small-en.gguf"),
                WeightType.BF16);
        Guard.load(packed, GuardOptions.defaults().withWeights(WeightType.BF16)).close();
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class,
                () -> Guard.load(packed, GuardOptions.defaults().withWeights(WeightType.INT8))
                        .close());
        assertTrue(refusal.getMessage().contains("packed as bf16, expected int8"), refusal.getMessage());
        for (String target : new String[] {"again.gguf", "again.safetensors", "again"}) {
            refusal = assertThrows(
                    IllegalArgumentException.class,
                    () -> ModelConverter.convert(packed, directory.resolve(target), Optional.empty(), null));
            assertTrue(refusal.getMessage().contains("found a packed model"), refusal.getMessage());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> ModelConverter.pack(
                        packed,
                        ModelFiles.Supplement.NONE,
                        directory.resolve("twice.gguf"),
                        WeightPlan.of(WeightType.BF16),
                        Optional.empty(),
                        null));
        assertThrows(
                IllegalArgumentException.class,
                () -> ModelConverter.pack(
                        packed,
                        ModelFiles.Supplement.NONE,
                        directory.resolve("no-gguf"),
                        WeightPlan.of(WeightType.BF16),
                        Optional.empty(),
                        null));
        assertFalse(directory.resolve("twice.gguf").toFile().exists());
    }

    /** A packed file with something changed. */
    private Path changed(String key, String value, String tensor, DType type, long... shape) throws IOException {
        Path whole = pack(
                FamilyGoldens.own()
                        .filter(path -> path.endsWith("deberta_conv"))
                        .findFirst()
                        .orElseThrow(),
                WeightType.INT8);
        Path target = directory.resolve("changed.gguf");
        try (GgufFile file = GgufFile.open(whole);
                GgufWriter writer = GgufWriter.create(target, 64)) {
            file.metadata().forEach((name, old) -> {
                if (!name.equals("general.alignment") && !(name.equals(key) && value.isEmpty())) {
                    writer.metadata(name, name.equals(key) ? GgufValue.of(value) : old);
                }
            });
            for (TensorInfo info : file.tensors().values()) {
                if (!info.name().equals(tensor)) {
                    writer.declare(
                            info.name(),
                            info.dtype(),
                            info.shape().stream().mapToLong(i -> i).toArray());
                } else if (type != null) {
                    writer.declare(tensor, type, shape);
                }
            }
            for (TensorInfo info : file.tensors().values()) {
                if (!info.name().equals(tensor)) {
                    writer.writeBytes(info.name(), file.tensor(info.name()).bytes());
                } else if (type != null) {
                    writer.writeBytes(tensor, MemorySegment.ofArray(new byte[(int) type.byteSize(shape)]));
                }
            }
            writer.finish();
        }
        return target;
    }

    private void refused(Path file, String message) {
        for (int way = 0; way < 2; way++) {
            boolean checked = way == 0;
            ModelFormatException refusal = assertThrows(ModelFormatException.class, () -> {
                try (ModelFiles files = ModelFiles.open(file)) {
                    if (checked) {
                        files.check();
                    } else {
                        Model.load(files, Model.Options.defaults()).close();
                    }
                }
            });
            assertTrue(
                    refusal.getMessage().contains(message)
                            && refusal.getMessage().contains("changed.gguf"),
                    refusal.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                LAYOUT + ", panels-32x4, `found \"panels-32x4\", expected \"panels-64x4\"`",
                WEIGHTS + ", int4, `found \"int4\", expected f32, bf16 or int8`",
                WEIGHTS + ", ``, " + WEIGHTS,
                LAYOUT + ", ``, is missing"
            })
    void metadataThatDoNotFitAreRefused(String key, String value, String message) throws IOException {
        refused(changed(key, value, null, null), message);
    }

    @Test
    void matricesThatDoNotFitAreRefused() throws IOException {
        String name = "encoder.layer.0.intermediate.dense.packed.int8";
        refused(changed(null, null, name, null), "\"encoder.layer.0.intermediate.dense.packed.f32\" is missing");
        refused(changed(null, null, name, DType.I8, 100), "found 100 bytes, expected");
        refused(changed(null, null, name, DType.F32, 100), "found F32 [100], expected I8 with one dimension");
        refused(changed(null, null, name, DType.I8, 10, 10), "found I8 [10, 10], expected I8 with one dimension");
    }
}
