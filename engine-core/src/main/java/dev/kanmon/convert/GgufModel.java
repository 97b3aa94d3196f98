package dev.kanmon.convert;

import dev.kanmon.convert.ModelConverter.Progress;
import dev.kanmon.convert.ModelConverter.Report;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.weights.NameTable.BertGguf;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model as one GGUF file: tensors and metadata as llama.cpp's converter writes them for BERT, so that llama.cpp
 * can read the file, and beside them what it has no key for: the whole {@code config.json}, the tokenizer's
 * pipeline, the sidecar.
 */
final class GgufModel {

    /** llama.cpp's numbers for the type that most weights have ({@code enum llama_ftype}). */
    private static final int FILE_TYPE_F32 = 0;

    private static final int FILE_TYPE_F16 = 1;
    private static final int FILE_TYPE_Q8_0 = 7;
    private static final int FILE_TYPE_BF16 = 32;

    /** {@code LLAMA_POOLING_TYPE_RANK}: the file has a classification head; {@code …_CLS}: it has none. */
    private static final int POOLING_RANK = 4;

    private static final int POOLING_CLS = 2;

    private GgufModel() {}

    static Report write(
            ModelFiles model, ModelFiles.Tensors tensors, Path target, Optional<DType> type, Progress progress)
            throws IOException {
        try (GgufWriter writer = GgufWriter.create(target)) {
            describe(writer, model, target, type);
            model.tokenizer().toGguf().forEach(writer::metadata);
            return ModelConverter.write(
                    writer, model, tensors, progress, BertGguf::toGguf, (tensor, info) -> stored(tensor, info, type));
        }
    }

    /** Vectors, small tables and the classifier stay F32, as llama.cpp has it; so does what no block fits. */
    private static DType stored(String tensor, TensorInfo info, Optional<DType> wished) {
        DType type = wished.orElse(info.dtype());
        boolean small = info.shape().size() < 2
                || tensor.startsWith("embeddings.position_embeddings")
                || tensor.startsWith("embeddings.token_type_embeddings")
                || tensor.startsWith("classifier");
        return small || type.ggmlId() < 0 || info.shape().getLast() % type.blockSize() != 0 ? DType.F32 : type;
    }

    private static void describe(GgufWriter writer, ModelFiles model, Path target, Optional<DType> type)
            throws IOException {
        ModelConfig config = model.config();
        writer.metadata("general.architecture", GgufValue.of(config.encoder().family()));
        String file = target.getFileName().toString();
        writer.metadata("general.name", GgufValue.of(file.substring(0, file.length() - ".gguf".length())));
        switch (config.encoder()) {
            case BertConfig bert -> bert(writer, bert, config.classifier());
            default -> {}
        }
        type.ifPresent(t -> {
            int number =
                    switch (t) {
                        case F16 -> FILE_TYPE_F16;
                        case BF16 -> FILE_TYPE_BF16;
                        case Q8_0 -> FILE_TYPE_Q8_0;
                        default -> FILE_TYPE_F32;
                    };
            writer.metadata("general.file_type", GgufValue.u32(number));
            if (t == DType.Q8_0) {
                writer.metadata("general.quantization_version", GgufValue.u32(2));
            }
        });
        writer.metadata(GgufConfig.CONFIG_JSON, GgufValue.of(Json.write(HuggingFaceFiles.config(model))));
        Optional<JsonObject> sidecar = model.sidecar();
        if (sidecar.isPresent()) {
            writer.metadata(ModelFiles.SIDECAR_KEY, GgufValue.of(Json.write(sidecar.get())));
        }
    }

    private static void bert(GgufWriter writer, BertConfig bert, Optional<ClassifierConfig> classifier) {
        writer.metadata("bert.context_length", GgufValue.u32(bert.maxTokens()));
        writer.metadata("bert.embedding_length", GgufValue.u32(bert.hiddenSize()));
        writer.metadata("bert.feed_forward_length", GgufValue.u32(bert.intermediateSize()));
        writer.metadata("bert.block_count", GgufValue.u32(bert.layers()));
        writer.metadata("bert.attention.head_count", GgufValue.u32(bert.heads()));
        writer.metadata("bert.attention.layer_norm_epsilon", GgufValue.f32(bert.epsilon()));
        writer.metadata("bert.attention.causal", GgufValue.of(false));
        writer.metadata("bert.pooling_type", GgufValue.u32(classifier.isPresent() ? POOLING_RANK : POOLING_CLS));
        classifier.ifPresent(head ->
                writer.metadata("bert.classifier.output_labels", GgufValue.ofStrings(List.copyOf(head.labels()))));
        writer.metadata("tokenizer.ggml.token_type_count", GgufValue.u32(bert.types()));
    }
}
