package dev.kanmon.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.FamilyGoldens;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small BERT of the goldens as other frameworks store it. */
class ForeignSourcesTest {

    private static final Path BERT = Goldens.own("models/bert_a");

    @TempDir
    private Path directory;

    /** How exporters of several years name a linear layer: by the node's path, by the bias behind it, by itself. */
    @ParameterizedTest
    @CsvSource({"path, true", "bias, true", "own, true", "path, false"})
    void onnx(String naming, boolean config) throws IOException {
        Path file = directory.resolve("x.onnx");
        Files.write(file, onnxModel(naming));
        Files.copy(BERT.resolve("tokenizer.json"), directory.resolve("x-tokenizer.json"));
        if (config) {
            Files.copy(BERT.resolve("config.json"), directory.resolve("config.json"));
        }
        Path gguf = directory.resolve("model.gguf");
        ModelConverter.Report report = ModelConverter.convert(file, gguf, Optional.empty(), null);
        assertTrue(report.tokenizer());
        assertEquals(List.of(), report.leftOut());
        answersAreTheGoldens(gguf);
        answersAreTheGoldens(file);
        try (ModelFiles files = ModelFiles.open(gguf)) {
            assertEquals(Optional.of(Files.readString(BERT.resolve("tokenizer.json"))), files.tokenizerJson());
        }
    }

    @Test
    void quantisedGraphsAreRefusedByName() throws IOException {
        Proto graph = new Proto();
        graph.message(1, node("MatMulInteger", "/a", List.of("x", "w"), "y"));
        Files.write(directory.resolve("q.onnx"), new Proto().message(7, graph).bytes());
        ModelFormatException refusal =
                assertThrows(ModelFormatException.class, () -> ModelFiles.open(directory.resolve("q.onnx")));
        assertTrue(refusal.getMessage().contains("MatMulInteger"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pytorch(boolean named) throws IOException {
        Files.write(directory.resolve("pytorch_model.bin"), checkpoint());
        Files.copy(BERT.resolve("config.json"), directory.resolve("config.json"));
        Path source = named ? directory.resolve("pytorch_model.bin") : directory;
        answersAreTheGoldens(source);
        Path back = directory.resolve("back");
        ModelConverter.convert(source, back, Optional.empty(), null);
        answersAreTheGoldens(back);
    }

    @Test
    void weightsAloneAskForTheirConfiguration() throws IOException {
        Path alone = directory.resolve("pytorch_model.bin");
        Files.write(alone, checkpoint());
        for (Path source : List.of(alone, directory)) {
            ModelFormatException refusal = assertThrows(ModelFormatException.class, () -> ModelFiles.open(source));
            assertTrue(refusal.getMessage().contains("config.json"), refusal.getMessage());
        }
        var supplement = new ModelFiles.Supplement(Optional.of(BERT.resolve("config.json")), OptionalInt.empty());
        ModelConverter.convert(alone, supplement, directory.resolve("x.gguf"), Optional.empty(), null);
        answersAreTheGoldens(directory.resolve("x.gguf"));
    }

    /** Whatever a bit of the graph says: it is a model, or a sentence says why not. */
    @Test
    void damagedGraphsAreRefused() throws IOException {
        byte[] whole = onnxModel("path");
        Path file = directory.resolve("x.onnx");
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = whole.clone();
            // The end, where the graph says what a configuration is made of, and its nodes between the weights.
            int at = damaged.length - 1 - random.nextInt(i % 2 == 0 ? 500 : damaged.length - 1);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            try (ModelFiles files = ModelFiles.open(file)) {
                files.check();
            } catch (ModelFormatException e) {
                refused++;
                assertTrue(e.getMessage().contains("x.onnx"), e.getMessage());
            }
        }
        assertTrue(refused > 300, "of 2000 damaged files " + refused + " were refused");
    }

    @Test
    void headsThatDoNotDivideTheWidthAreRefused() throws IOException {
        Files.write(directory.resolve("x.onnx"), onnxModel("path"));
        var supplement = new ModelFiles.Supplement(Optional.empty(), OptionalInt.of(7));
        ModelFormatException refusal = assertThrows(
                ModelFormatException.class, () -> ModelFiles.open(directory.resolve("x.onnx"), supplement));
        assertTrue(
                refusal.getMessage().contains("not a multiple")
                        && refusal.getMessage().contains("x.onnx"),
                refusal.getMessage());
    }

    private static void answersAreTheGoldens(Path path) throws IOException {
        try (Model model = Model.load(path, Model.Options.defaults());
                TensorFile expected = TensorFile.open(BERT.resolve("expected.safetensors"))) {
            FamilyGoldens.compare(model, expected);
        }
    }

    // What PyTorch would export, as far as weights and their readers go; nothing of it could be computed.

    private static byte[] onnxModel(String naming) throws IOException {
        Proto graph = new Proto();
        int number = 100;
        try (TensorFile file = TensorFile.open(BERT)) {
            for (TensorInfo info : file.tensors().values()) {
                String module = info.name().substring(0, info.name().lastIndexOf('.'));
                boolean linear = info.shape().size() == 2 && !info.name().contains("embeddings");
                boolean gemm = module.equals("classifier"); // It has one row a text, so a Gemm, which turns by itself.
                float[] values = file.tensor(info.name()).toFloats();
                if (!linear || gemm) {
                    graph.message(5, tensor(info.name(), info.shape(), values));
                }
                if (gemm && linear) {
                    graph.message(
                            1,
                            node("Gemm", "/classifier/Gemm", List.of("p", info.name(), "classifier.bias"), "logits")
                                    .message(
                                            5,
                                            new Proto()
                                                    .string(1, "transB")
                                                    .number(3, 1)
                                                    .number(20, 2)));
                } else if (linear) {
                    String weight = naming.equals("own") ? info.name() : "onnx::MatMul_" + number++;
                    String path =
                            naming.equals("path") ? "/" + module.replace('.', '/') + "/MatMul" : "MatMul_" + number;
                    String product = "product_" + number;
                    String bias = naming.equals("path") ? "other" : module + ".bias";
                    graph.message(5, tensor(weight, info.shape().reversed(), turned(values, info.shape())));
                    graph.message(1, node("MatMul", path, List.of("x" + number, weight), product));
                    graph.message(1, node("Add", "", List.of(bias, product), "sum_" + number));
                }
            }
        }
        // What a configuration is read from: the exact GELU, the epsilon, the shape of heads.
        graph.message(1, node("Erf", "", List.of("g"), "erf"));
        graph.message(5, tensor("epsilon", List.of(), new float[] {1e-12f}));
        graph.message(1, node("Add", "", List.of("variance", "epsilon"), "safe"));
        graph.message(1, node("Sqrt", "", List.of("safe"), "deviation"));
        graph.message(5, integers("heads", 2));
        graph.message(5, integers("columns", 24));
        graph.message(1, node("Concat", "", List.of("batch", "length", "heads", "columns"), "shape"));
        graph.message(1, node("Reshape", "", List.of("q", "shape"), "byHead"));
        return new Proto().number(1, 8).message(7, graph).bytes();
    }

    private static float[] turned(float[] values, List<Long> shape) {
        int rows = Math.toIntExact(shape.get(0));
        int columns = Math.toIntExact(shape.get(1));
        float[] turned = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            turned[i % columns * rows + i / columns] = values[i];
        }
        return turned;
    }

    private static Proto node(String type, String name, List<String> inputs, String output) {
        Proto node = new Proto();
        inputs.forEach(input -> node.string(1, input));
        return node.string(2, output).string(3, name).string(4, type);
    }

    private static Proto tensor(String name, List<Long> shape, float[] values) {
        Proto tensor = new Proto();
        shape.forEach(size -> tensor.number(1, size));
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor.number(2, 1).string(8, name).bytes(9, bytes.array());
    }

    private static Proto integers(String name, long value) {
        byte[] bytes = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        return new Proto().number(1, 1).number(2, 7).string(8, name).bytes(9, bytes);
    }

    /** A message of protocol buffers. */
    private static final class Proto {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Proto number(int field, long value) {
            varint(field << 3);
            varint(value);
            return this;
        }

        Proto string(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Proto message(int field, Proto value) {
            return bytes(field, value.bytes());
        }

        Proto bytes(int field, byte[] value) {
            varint(field << 3 | 2);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        private void varint(long value) {
            for (long rest = value; ; rest >>>= 7) {
                if (rest < 128) {
                    out.write((int) rest);
                    return;
                }
                out.write((int) (rest & 127 | 128));
            }
        }
    }

    /** What {@code torch.save} writes of a state dictionary: a pickle and a file for each storage, in a zip. */
    private static byte[] checkpoint() throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (TensorFile file = TensorFile.open(BERT);
                ZipOutputStream zip = new ZipOutputStream(zipped)) {
            pickle.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
            int key = 0;
            for (TensorInfo info : file.tensors().values()) {
                assertEquals(DType.F32, info.dtype());
                string(pickle, info.name());
                pickle.writeBytes("ctorch._utils\n_rebuild_tensor_v2\n((".getBytes(StandardCharsets.US_ASCII));
                string(pickle, "storage");
                pickle.writeBytes("ctorch\nFloatStorage\n".getBytes(StandardCharsets.US_ASCII));
                string(pickle, Integer.toString(key));
                string(pickle, "cpu");
                integer(pickle, info.elements());
                pickle.writeBytes("tQ".getBytes(StandardCharsets.US_ASCII));
                integer(pickle, 0);
                pickle.write('(');
                info.shape().forEach(size -> integer(pickle, size));
                pickle.writeBytes("t(".getBytes(StandardCharsets.US_ASCII));
                long stride = info.elements();
                for (long size : info.shape()) {
                    stride /= size;
                    integer(pickle, stride);
                }
                // NEWFALSE, an empty OrderedDict of hooks, the arguments' tuple, the call.
                pickle.write('t');
                pickle.write(0x89);
                pickle.writeBytes("ccollections\nOrderedDict\n)RtR".getBytes(StandardCharsets.US_ASCII));
                entry(
                        zip,
                        "archive/data/" + key++,
                        file.tensor(info.name()).bytes().toArray(ValueLayout.JAVA_BYTE));
            }
            pickle.writeBytes("u.".getBytes(StandardCharsets.US_ASCII));
            entry(zip, "archive/data.pkl", pickle.toByteArray());
            entry(zip, "archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
        }
        return zipped.toByteArray();
    }

    private static void string(ByteArrayOutputStream pickle, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        pickle.write('X');
        pickle.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(utf8.length)
                .array());
        pickle.writeBytes(utf8);
    }

    private static void integer(ByteArrayOutputStream pickle, long value) {
        pickle.write('J');
        pickle.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(Math.toIntExact(value))
                .array());
    }

    private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
    }
}
