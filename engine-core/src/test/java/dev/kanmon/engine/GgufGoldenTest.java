package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** GGUF files of every stored type: the tensors bit for bit, and the answers that they give. */
class GgufGoldenTest {

    static Stream<Arguments> files() throws IOException {
        List<Arguments> files = new ArrayList<>();
        for (String folder : List.of("bert", "deberta_v3", "deberta_v3_k")) {
            Path directory = Goldens.shared("golden/gguf/" + folder);
            JsonObject expected = Json.read(directory.resolve("expected.json")).asObject();
            for (Map.Entry<String, JsonValue> entry : expected.members().entrySet()) {
                if (entry.getValue() instanceof JsonObject of && of.has("file")) {
                    files.add(Arguments.of(folder, entry.getKey(), directory.resolve(of.string("file")), of));
                }
            }
        }
        assertTrue(files.size() >= 15, "found " + files.size() + " files");
        return files.stream();
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("files")
    void answersMatch(String folder, String type, Path file, JsonObject expectation) throws IOException {
        Path directory = file.getParent();
        for (String kernels : List.of("scalar", "vector")) {
            try (Model model = Model.load(file, Model.Options.defaults().withKernels(KernelChoice.of(kernels)));
                    TensorFile inputs = TensorFile.open(directory.resolve(inputs(directory)));
                    TensorFile expected = TensorFile.open(directory.resolve("expected-" + type + ".safetensors"))) {
                GoldenComparison.compare(model, inputs, expected);
                assertEquals(List.of(), model.unusedTensors());
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("files")
    void tensorsMatchBitForBit(String folder, String type, Path path, JsonObject expectation)
            throws IOException, NoSuchAlgorithmException {
        try (GgufFile file = GgufFile.open(path)) {
            JsonObject tensors = expectation.object("tensors");
            assertEquals(tensors.members().keySet(), file.tensors().keySet());
            for (String tensor : tensors.members().keySet()) {
                float[] values = file.tensor(tensor).toFloats();
                ByteBuffer bytes =
                        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(values);
                assertEquals(
                        tensors.object(tensor).string("sha256_f32le"),
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array())),
                        tensor);
            }
        }
    }

    /** Only the first type's file of a folder holds the inputs. */
    private static String inputs(Path directory) {
        return Files.exists(directory.resolve("expected-F32.safetensors"))
                ? "expected-F32.safetensors"
                : "expected-Q8_0.safetensors";
    }
}
