/** Model files: safetensors, GGUF, PyTorch, ONNX, TensorFlow checkpoints and JSON, read with validation; written atomically. */
module dev.kanmon.formats {
    requires tools.jackson.core;

    exports dev.kanmon.formats;
    exports dev.kanmon.formats.json;
    exports dev.kanmon.formats.protobuf;
}
