package dev.kanmon.bench.peers;

import dev.kanmon.bench.onnx.ExportedBert;
import dev.kanmon.bench.onnx.FusedBert;
import dev.kanmon.engine.Shapes;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The one encoder that both sides can run without {@code bench/peers/export}: sentence-transformers/all-MiniLM-L6-v2
 * (Apache-2.0), whose ONNX file and tokenizer a Maven artifact holds (profile {@code peers}).
 */
public final class PublishedMiniLm {
    static final String SHAPE = "minilm-l6";

    private static final String RESOURCE = "all-minilm-l6-v2";

    private PublishedMiniLm() {}

    /** The ONNX file. */
    static byte[] onnx() throws IOException {
        return bytes(RESOURCE + ".onnx");
    }

    /** The same weights as a graph of ONNX Runtime's fused operators. */
    static byte[] fusedOnnx() throws IOException {
        var config = (BertConfig) Shapes.named(SHAPE).encoder();
        return FusedBert.of(ExportedBert.weights(onnx()), config.layers(), config.heads());
    }

    private static byte[] bytes(String name) throws IOException {
        try (var in = PublishedMiniLm.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(
                        name + " is not on the class path; start through bench/run, which builds with -Ppeers");
            }
            return in.readAllBytes();
        }
    }

    /**
     * A Hugging Face directory with exactly the weights of the ONNX file, written once.
     *
     * @param work where to put it
     */
    public static Path directory(Path work) throws IOException {
        var directory = work.resolve(RESOURCE);
        var tensors = directory.resolve("model.safetensors");
        if (Files.exists(tensors)) {
            return directory;
        }
        Files.createDirectories(directory);
        Files.write(directory.resolve("tokenizer.json"), bytes(RESOURCE + "-tokenizer.json"));
        Files.writeString(directory.resolve("config.json"), Shapes.configJson(SHAPE));
        var weights = ExportedBert.weights(onnx());
        try (var writer = SafetensorsWriter.create(tensors)) {
            weights.forEach((name, weight) -> writer.declare(
                    name,
                    DType.F32,
                    weight.shape().stream().mapToLong(Integer::longValue).toArray()));
            for (var entry : weights.entrySet()) {
                writer.write(entry.getKey(), entry.getValue().values());
            }
            writer.finish();
        }
        return directory;
    }
}
