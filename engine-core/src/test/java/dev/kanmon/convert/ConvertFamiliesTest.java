package dev.kanmon.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.FamilyGoldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.Json;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family from a directory to GGUF, back, and to GGUF again: the same bytes, and the reference's answers. */
class ConvertFamiliesTest {

    @TempDir
    private Path directory;

    static Stream<Arguments> own() throws IOException {
        return named(FamilyGoldens.own());
    }

    static Stream<Arguments> shared() throws IOException {
        return named(FamilyGoldens.shared("golden/models"));
    }

    static Stream<Arguments> stored() throws IOException {
        return named(FamilyGoldens.shared("golden/storage"));
    }

    private static Stream<Arguments> named(Stream<Path> directories) {
        return directories.map(directory -> Arguments.of(directory.getFileName(), directory));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"own", "shared", "stored"})
    void roundTripsKeepBytesAndAnswers(Path name, Path source) throws IOException {
        Path gguf = directory.resolve("there.gguf");
        Path back = directory.resolve("back");
        Path again = directory.resolve("again.gguf");
        convert(source, gguf);
        convert(gguf, back);
        convert(back, again);
        for (Path copy : new Path[] {gguf, back, again}) {
            try (Model model = Model.load(copy, Model.Options.defaults().withKernels(KernelChoice.of("scalar")));
                    TensorFile expected = TensorFile.open(source.resolve("expected.safetensors"))) {
                FamilyGoldens.compare(model, expected);
            }
        }
        try (ModelFiles from = ModelFiles.open(source);
                ModelFiles first = ModelFiles.open(gguf);
                ModelFiles home = ModelFiles.open(back);
                ModelFiles second = ModelFiles.open(again)) {
            ModelFiles.Tensors tensors = from.check();
            boolean typesKept = !from.configJson().string("model_type").equals("bert");
            same(tensors, first.check(), typesKept);
            same(tensors, home.check(), typesKept);
            same(first.check(), second.check(), true);
            assertEquals(from.configJson(), first.configJson());
            assertEquals(from.configJson(), home.configJson());
            assertEquals(from.tokenizerJson(), first.tokenizerJson());
            assertEquals(from.tokenizerJson(), home.tokenizerJson());
            if (first.tensors() instanceof GgufFile file) {
                assertEquals(from.configJson().string("model_type"), file.string("general.architecture"));
            }
            if (Files.exists(source.resolve("tokenizer.json"))) {
                assertEquals(
                        -1,
                        Files.mismatch(source.resolve("tokenizer.json"), back.resolve("tokenizer.json")),
                        "tokenizer.json survives byte for byte");
            }
            assertEquals(Json.read(back.resolve("config.json")), from.configJson());
        }
    }

    private static void convert(Path source, Path target) throws IOException {
        ModelConverter.Report report = ModelConverter.convert(source, target, Optional.empty(), null);
        assertTrue(report.tensors() > 0 && report.bytes() > 0, report.toString());
    }

    /** BERT's small tensors become F32, as llama.cpp wants them; everything else keeps its bytes. */
    private static void same(ModelFiles.Tensors expected, ModelFiles.Tensors actual, boolean typesKept)
            throws IOException {
        assertEquals(expected.written().keySet(), actual.written().keySet());
        for (String tensor : expected.written().keySet()) {
            var one = expected.written().get(tensor);
            var other = actual.written().get(tensor);
            TensorInfo info = one.info();
            assertEquals(info.shape(), other.info().shape(), tensor);
            if (typesKept || info.dtype() == other.info().dtype()) {
                assertEquals(info.dtype(), other.info().dtype(), tensor);
                assertEquals(-1, one.bytes().mismatch(other.bytes()), tensor + ": bytes differ");
            } else {
                assertArrayEquals(one.toFloats(), other.toFloats(), tensor);
            }
        }
    }
}
