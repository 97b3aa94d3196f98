package dev.kanmon.bench;

import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.SafetensorsWriter;
import dev.kanmon.kernels.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** An encoder that both sides can run: an ONNX file on the class path (Maven profile {@code peers}) and its shape. */
enum PeerModel {
    /** sentence-transformers/all-MiniLM-L6-v2, Apache-2.0. */
    MINILM_L6("minilm-l6", "all-minilm-l6-v2", 6),
    /** BAAI/bge-small-en-v1.5, MIT. */
    BGE_SMALL("bge-small", "bge-small-en-v1.5", 12);

    private static final int VOCABULARY = 30522;
    private static final int HIDDEN = 384;
    private static final int HEADS = 12;
    private static final int INTERMEDIATE = 1536;
    private static final int POSITIONS = 512;

    private final String shape;
    private final String resource;
    private final int layers;

    PeerModel(String shape, String resource, int layers) {
        this.shape = shape;
        this.resource = resource;
        this.layers = layers;
    }

    /** The model of this shape's name. */
    static PeerModel named(String shape) {
        for (var model : values()) {
            if (model.shape.equals(shape)) {
                return model;
            }
        }
        throw new IllegalArgumentException("model \"" + shape + "\" is unknown, expected minilm-l6 or bge-small");
    }

    String shape() {
        return shape;
    }

    /** The name of the published model, as in the golden references. */
    String published() {
        return resource;
    }

    /** The shape, for random weights. */
    ModelConfig config() {
        return new ModelConfig(
                new BertConfig(VOCABULARY, HIDDEN, layers, HEADS, INTERMEDIATE, POSITIONS, 2, 1e-12f, Activation.GELU),
                Optional.empty());
    }

    /** The ONNX file. */
    byte[] onnx() throws IOException {
        return bytes(resource + ".onnx");
    }

    /** The same weights as a graph of ONNX Runtime's fused operators. */
    byte[] fusedOnnx() throws IOException {
        return FusedOnnx.of(ExportedBert.weights(onnx()), layers, HEADS);
    }

    private static byte[] bytes(String name) throws IOException {
        try (var in = PeerModel.class.getClassLoader().getResourceAsStream(name)) {
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
    Path directory(Path work) throws IOException {
        var directory = work.resolve(resource);
        var tensors = directory.resolve("model.safetensors");
        if (Files.exists(tensors)) {
            return directory;
        }
        Files.createDirectories(directory);
        Files.write(directory.resolve("tokenizer.json"), bytes(resource + "-tokenizer.json"));
        Files.writeString(directory.resolve("config.json"), """
            {"architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12,
             "vocab_size": %d, "hidden_size": %d, "num_hidden_layers": %d, "num_attention_heads": %d,
             "intermediate_size": %d, "max_position_embeddings": %d, "type_vocab_size": 2}
            """.formatted(
                        VOCABULARY, HIDDEN, layers, HEADS, INTERMEDIATE, POSITIONS));
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
