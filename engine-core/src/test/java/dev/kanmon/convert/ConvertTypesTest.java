package dev.kanmon.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.SafetensorsWriter;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which type each tensor gets in a GGUF file, what the file says of it, and that it still answers. */
class ConvertTypesTest {

    private static final TokenSequence SEQUENCE = TokenSequence.of(5, 46, 473, 17, 62, 1200, 6);

    @TempDir
    private Path directory;

    /** llama.cpp's {@code llama_ftype}, and what its quantiser makes of rows of 48. */
    @ParameterizedTest
    @CsvSource({
        "F32, 0, F32",
        "F16, 1, F16",
        "BF16, 32, BF16",
        "Q4_0, 2, F16",
        "Q4_1, 3, F16",
        "Q5_0, 8, F16",
        "Q5_1, 9, F16",
        "Q8_0, 7, F16",
        "Q4_K, 14, F16",
        "Q6_K, 18, F16",
    })
    void rowsThatFitNoBlockAreHalves(DType type, long fileType, DType stored) throws IOException {
        try (GgufFile file = converted(Goldens.own("models/bert_a"), type)) {
            assertEquals(fileType, file.longInteger("general.file_type"));
            assertEquals(stored, file.tensors().get("blk.0.attn_q.weight").dtype());
            assertEquals(DType.F32, file.tensors().get("blk.0.attn_q.bias").dtype());
            assertEquals(DType.F32, file.tensors().get("position_embd.weight").dtype());
            assertEquals(DType.F32, file.tensors().get("token_types.weight").dtype());
            assertEquals(DType.F32, file.tensors().get("cls.output.weight").dtype());
            assertEquals(stored, file.tensors().get("cls.weight").dtype(), "the pooler is a layer like any other");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Q4_K, 320, Q5_0",
        "Q6_K, 320, Q8_0",
        "Q4_K, 256, Q4_K",
        "Q6_K, 256, Q6_K",
        "Q4_0, 320, Q4_0",
        "Q8_0, 320, Q8_0",
        "Q5_1, 320, Q5_1",
    })
    void rowsThatFitNoSuperblockFallBack(DType type, int hidden, DType stored) throws IOException {
        try (GgufFile file = converted(deberta(hidden), type)) {
            Map<String, DType> types = new HashMap<>();
            file.tensors().values().forEach(info -> types.put(info.name(), info.dtype()));
            assertEquals(stored, types.get("deberta.encoder.layer.0.attention.self.query_proj.weight"), type.name());
            assertEquals(stored, types.get("deberta.embeddings.word_embeddings.weight"));
            assertEquals(stored, types.get("pooler.dense.weight"));
            assertEquals(DType.F32, types.get("deberta.encoder.rel_embeddings.weight"));
            assertEquals(DType.F32, types.get("classifier.weight"));
            assertEquals(DType.F32, types.get("deberta.encoder.LayerNorm.weight"));
            assertEquals(DType.F16, types.get("deberta.encoder.conv.conv.weight"), "rows of three");
            assertEquals(2, file.longInteger("general.quantization_version"));
            assertEquals("deberta-v2", file.string("general.architecture"));
            assertEquals(hidden, file.longInteger("deberta-v2.embedding_length"));
        }
    }

    /** Every type that can be written, to GGUF and on to a directory: f32 holds each of them exactly. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q6_K"})
    void decodingChangesNothing(DType type) throws IOException {
        Path source = deberta(256);
        Path gguf = directory.resolve("x.gguf");
        Path back = directory.resolve("back");
        ModelConverter.convert(source, gguf, Optional.of(type), null);
        ModelConverter.convert(gguf, back, Optional.of(DType.F32), null);
        float[] stored = logits(gguf);
        assertArrayEquals(stored, logits(back));
        // Bits of the mantissa that the type keeps, at a guess: enough to see a wrong block.
        double bound = type == DType.F32 ? 0 : type == DType.F16 ? 2e-3 : type == DType.BF16 ? 2e-2 : 0.6;
        float[] exact = logits(source);
        for (int i = 0; i < exact.length; i++) {
            assertEquals(exact[i], stored[i], bound, type + " logit " + i);
        }
        assertEquals(
                "float32", Json.read(back.resolve("config.json")).asObject().string("torch_dtype"));
    }

    @Test
    void keptBlocksBecomeFloatsInSafetensorsAndTheConfigurationSaysSo() throws IOException {
        Path gguf = directory.resolve("x.gguf");
        Path back = directory.resolve("back");
        ModelConverter.convert(deberta(256), gguf, Optional.of(DType.Q4_K), null);
        ModelConverter.convert(gguf, back, Optional.empty(), null);
        assertEquals(
                "float32", Json.read(back.resolve("config.json")).asObject().string("torch_dtype"));
        Path again = directory.resolve("again.gguf");
        ModelConverter.convert(gguf, again, Optional.empty(), null);
        try (GgufFile file = GgufFile.open(again);
                GgufFile first = GgufFile.open(gguf)) {
            assertEquals(14, file.longInteger("general.file_type"));
            assertEquals(
                    first.tensors().values().stream().map(TensorInfo::dtype).toList(),
                    file.tensors().values().stream().map(TensorInfo::dtype).toList());
        }
    }

    private static float[] logits(Path path) throws IOException {
        try (Model model = Model.load(path, Model.Options.defaults())) {
            return model.logits(List.of(SEQUENCE)).getFirst();
        }
    }

    private GgufFile converted(Path source, DType type) throws IOException {
        Path gguf = directory.resolve(type + ".gguf");
        ModelConverter.convert(source, gguf, Optional.of(type), null);
        try (ModelFiles files = ModelFiles.open(gguf)) {
            assertEquals(List.of(), files.check().unused());
        }
        return GgufFile.open(gguf);
    }

    /** A DeBERTa of one layer with a convolution and random weights, {@code hidden} wide. */
    private Path deberta(int hidden) throws IOException {
        Path model = Files.createDirectories(directory.resolve("deberta" + hidden));
        Files.writeString(model.resolve("config.json"), """
            {"model_type": "deberta-v2", "architectures": ["DebertaV2ForSequenceClassification"],
             "vocab_size": 1300, "hidden_size": %d, "num_hidden_layers": 1, "num_attention_heads": 4,
             "intermediate_size": %d, "max_position_embeddings": 64, "type_vocab_size": 0,
             "relative_attention": true, "position_buckets": 32, "norm_rel_ebd": "layer_norm",
             "share_att_key": true, "pos_att_type": "p2c|c2p", "position_biased_input": false,
             "conv_kernel_size": 3, "conv_act": "gelu", "pooler_dropout": 0, "pooler_hidden_act": "gelu",
             "id2label": {"0": "safe", "1": "unsafe"}, "torch_dtype": "float16"}
            """.formatted(hidden, hidden));
        Map<String, long[]> shapes = shapes(hidden);
        try (SafetensorsWriter writer = SafetensorsWriter.create(model.resolve("model.safetensors"))) {
            shapes.forEach((name, shape) -> writer.declare(name, DType.F32, shape));
            for (var entry : shapes.entrySet()) {
                float[] values = new float[Math.toIntExact(DType.F32.byteSize(entry.getValue()) / Float.BYTES)];
                var random = new Random(entry.getKey().hashCode());
                boolean norm = entry.getKey().contains("LayerNorm.weight");
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) ((norm ? 1 : 0) + 0.05 * random.nextGaussian());
                }
                writer.write(entry.getKey(), values);
            }
            writer.finish();
        }
        return model;
    }

    private static Map<String, long[]> shapes(int hidden) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("deberta.embeddings.word_embeddings.weight", new long[] {1300, hidden});
        shapes.put("deberta.encoder.rel_embeddings.weight", new long[] {64, hidden});
        shapes.put("deberta.encoder.conv.conv.weight", new long[] {hidden, hidden, 3});
        shapes.put("deberta.encoder.conv.conv.bias", new long[] {hidden});
        String layer = "deberta.encoder.layer.0.";
        for (String dense : List.of(
                layer + "attention.self.query_proj",
                layer + "attention.self.key_proj",
                layer + "attention.self.value_proj",
                layer + "attention.output.dense",
                layer + "intermediate.dense",
                layer + "output.dense",
                "pooler.dense")) {
            shapes.put(dense + ".weight", new long[] {hidden, hidden});
            shapes.put(dense + ".bias", new long[] {hidden});
        }
        for (String norm : List.of(
                "deberta.embeddings.",
                "deberta.encoder.",
                "deberta.encoder.conv.",
                layer + "attention.output.",
                layer + "output.")) {
            shapes.put(norm + "LayerNorm.weight", new long[] {hidden});
            shapes.put(norm + "LayerNorm.bias", new long[] {hidden});
        }
        shapes.put("classifier.weight", new long[] {2, hidden});
        shapes.put("classifier.bias", new long[] {2});
        return shapes;
    }
}
