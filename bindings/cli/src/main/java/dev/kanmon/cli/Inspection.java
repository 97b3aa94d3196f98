package dev.kanmon.cli;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.PytorchFile;
import dev.kanmon.formats.RenamedTensors;
import dev.kanmon.formats.SafetensorsFile;
import dev.kanmon.formats.ShardedCheckpoint;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorflowCheckpoint;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What is in a file or a directory; it does not own the files.
 *
 * @param file the tensors
 * @param model what they belong to; empty for tensors alone
 * @param tokenizer of the model, or of a GGUF file that holds a vocabulary alone
 * @param refusal why a vocabulary's tokenizer cannot be used; empty if it can
 * @param unused tensors that the model has no place for
 * @param parameters numbers in the weights that are used, or in all of them where no model says which are
 */
record Inspection(
        TensorFile file,
        Optional<ModelFiles> model,
        Optional<Tokenizer> tokenizer,
        Optional<String> refusal,
        List<String> unused,
        long parameters) {

    /** A model, checked as one. */
    static Inspection of(ModelFiles model) throws IOException {
        ModelFiles.Tensors tensors = model.check();
        return new Inspection(
                model.tensors(),
                Optional.of(model),
                model.hasTokenizer() ? Optional.of(model.tokenizer()) : Optional.empty(),
                Optional.empty(),
                tensors.unused(),
                tensors.parameters());
    }

    /** A file that need not be a model. */
    static Inspection of(TensorFile file) {
        Optional<Tokenizer> tokenizer = Optional.empty();
        Optional<String> refusal = Optional.empty();
        if (file instanceof GgufFile gguf && gguf.metadata().containsKey("tokenizer.ggml.model")) {
            try {
                tokenizer = Optional.of(Tokenizer.fromGguf(gguf));
            } catch (ModelFormatException e) {
                refusal = Optional.of(e.getMessage()); // The file may still be a good one of a kind not known here.
            }
        }
        long parameters = file.tensors().values().stream()
                .filter(info -> info.dtype().isReadable())
                .mapToLong(TensorInfo::elements)
                .sum();
        return new Inspection(file, Optional.empty(), tokenizer, refusal, List.of(), parameters);
    }

    /** Bytes of all tensors. */
    long bytes() {
        return file.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum();
    }

    /** What kind of file holds the tensors. */
    String format() {
        return format(file);
    }

    private static String format(TensorFile file) {
        return switch (file) {
            case GgufFile _ -> "GGUF";
            case OnnxFile _ -> "ONNX";
            case PytorchFile _ -> "PyTorch";
            case RenamedTensors renamed -> format(renamed.file());
            case SafetensorsFile _ -> "safetensors";
            case ShardedCheckpoint sharded ->
                sharded.path().toString().endsWith(".bin.index.json") ? "PyTorch in shards" : "safetensors in shards";
            case TensorflowCheckpoint _ -> "TensorFlow checkpoint";
        };
    }
}
