package dev.kanmon.engine.weights;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.PytorchFile;
import dev.kanmon.formats.RenamedTensors;
import dev.kanmon.formats.SafetensorsFile;
import dev.kanmon.formats.ShardedCheckpoint;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorflowCheckpoint;

/** Checkpoints of other frameworks as Hugging Face would have named and laid them out. */
public final class ForeignNames {

    private ForeignNames() {}

    /**
     * The tensors by Hugging Face's names, each linear layer's weight as (outputs, inputs).
     *
     * @param file belongs to the result; it is the result itself where its names are Hugging Face's already
     * @throws ModelFormatException if the file holds no weights that can be named
     */
    public static TensorFile huggingFace(TensorFile file) throws ModelFormatException {
        return switch (file) {
            case OnnxFile onnx -> OnnxNames.huggingFace(onnx);
            case TensorflowCheckpoint checkpoint -> TensorflowNames.huggingFace(checkpoint);
            case SafetensorsFile _, ShardedCheckpoint _, GgufFile _, PytorchFile _, RenamedTensors _ -> file;
        };
    }
}
