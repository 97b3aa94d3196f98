package dev.kanmon.convert;

import dev.kanmon.convert.ModelConverter.Progress;
import dev.kanmon.convert.ModelConverter.Report;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.weights.NameTable.BertGguf;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorView;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * A model as one GGUF file: the whole {@code config.json} and {@code tokenizer.json} as strings, the sidecar, and the
 * tensors by Hugging Face's names. BERT has the names and the metadata of llama.cpp's converter instead, and the two
 * strings beside them, so that llama.cpp can read it too.
 */
final class GgufModel {

    /** {@code LLAMA_POOLING_TYPE_RANK}: the file has a classification head; {@code …_CLS}: it has none. */
    private static final int POOLING_RANK = 4;

    private static final int POOLING_CLS = 2;

    /** {@code GGML_QNT_VERSION}: the layout of blocks since 2023. */
    private static final int QUANTIZATION_VERSION = 2;

    private static final String FILE_TYPE = "general.file_type";

    /** Kanmon's own, shorter form of the tokenizer, which {@link ModelFiles#TOKENIZER_JSON} makes needless. */
    private static final String SHORT_TOKENIZER = "kanmon.tokenizer_json";

    private GgufModel() {}

    static Report write(
            ModelFiles model, ModelFiles.Tensors tensors, Path target, Optional<DType> type, Progress progress)
            throws IOException {
        ModelConfig config = model.config();
        boolean bert = config.encoder() instanceof BertConfig;
        GgufTypes types = new GgufTypes(config, type, bert);
        ModelConverter.Typing typing = (tensor, info) -> types.of(tensor, info.shape(), info.dtype());
        try (GgufWriter writer = GgufWriter.create(target)) {
            identify(writer, config, target);
            describe(writer, model, tensors.written(), typing, type);
            GgufSizes.describe(writer, config.encoder());
            if (config.encoder() instanceof BertConfig sizes) {
                bert(writer, sizes, config);
            }
            writer.metadata(GgufConfig.CONFIG_JSON, GgufValue.of(Json.write(model.configJson())));
            if (model.hasTokenizer()) {
                tokenizer(writer, model, bert);
            }
            sidecar(writer, model);
            ModelConverter.Naming naming = bert ? BertGguf::toGguf : config.encoder()::fullName;
            return ModelConverter.write(writer, tensors, progress, naming, typing);
        }
    }

    /** What kind of model it is, and its name: the file's. */
    static void identify(GgufWriter writer, ModelConfig config, Path target) {
        writer.metadata("general.architecture", GgufValue.of(config.encoder().family()));
        String file = target.getFileName().toString();
        writer.metadata("general.name", GgufValue.of(file.substring(0, file.length() - ".gguf".length())));
    }

    /** The sidecar, if the model has one. */
    static void sidecar(GgufWriter writer, ModelFiles model) throws IOException {
        Optional<JsonObject> sidecar = model.sidecar();
        if (sidecar.isPresent()) {
            writer.metadata(ModelFiles.SIDECAR_KEY, GgufValue.of(Json.write(sidecar.get())));
        }
    }

    /** What most of the weights are stored as. */
    private static void describe(
            GgufWriter writer,
            ModelFiles model,
            SequencedMap<String, TensorView> tensors,
            ModelConverter.Typing typing,
            Optional<DType> wished)
            throws IOException {
        Map<DType, Long> elements = new EnumMap<>(DType.class);
        tensors.forEach((tensor, view) -> {
            TensorInfo info = view.info();
            elements.merge(typing.of(tensor, info), info.elements(), Long::sum);
        });
        DType most = wished.orElseGet(() -> elements.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey());
        // A mixture of types that is kept keeps its name.
        OptionalLong kept = wished.isEmpty() && model.tensors() instanceof GgufFile gguf
                ? gguf.optionalLong(FILE_TYPE)
                : OptionalLong.empty();
        if (kept.isPresent()) {
            writer.metadata(FILE_TYPE, GgufValue.u32(kept.getAsLong()));
        } else {
            GgufTypes.fileType(most).ifPresent(number -> writer.metadata(FILE_TYPE, GgufValue.u32(number)));
        }
        if (elements.keySet().stream().anyMatch(type -> !type.inSafetensors())) {
            writer.metadata("general.quantization_version", GgufValue.u32(QUANTIZATION_VERSION));
        }
    }

    private static void bert(GgufWriter writer, BertConfig bert, ModelConfig config) {
        writer.metadata(
                "bert.pooling_type", GgufValue.u32(config.classifier().isPresent() ? POOLING_RANK : POOLING_CLS));
        config.classifier()
                .ifPresent(
                        head -> writer.metadata("bert.classifier.output_labels", GgufValue.ofStrings(head.labels())));
        writer.metadata("tokenizer.ggml.token_type_count", GgufValue.u32(bert.types()));
    }

    /**
     * The source's own tokenizer.json, or one that says the same; and the tokens for llama.cpp. No tokenizer.json gives
     * SentencePiece's own answers: such a tokenizer has llama.cpp's keys and Kanmon's only.
     */
    private static void tokenizer(GgufWriter writer, ModelFiles model, boolean bert) throws IOException {
        Optional<String> json = model.tokenizerJson();
        if (!bert && json.isPresent()) {
            writer.metadata(ModelFiles.TOKENIZER_JSON, GgufValue.of(json.get()));
            return;
        }
        Tokenizer tokenizer = model.tokenizer();
        boolean whole = json.isPresent() || !tokenizer.kind().equals("SentencePiece");
        SequencedMap<String, GgufValue> keys = tokenizer.toGguf();
        if (whole) {
            keys.remove(SHORT_TOKENIZER);
            keys.put(ModelFiles.TOKENIZER_JSON, GgufValue.of(json.orElseGet(tokenizer::toJson)));
        }
        keys.forEach(writer::metadata);
    }
}
