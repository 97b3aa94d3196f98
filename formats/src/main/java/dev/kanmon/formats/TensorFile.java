package dev.kanmon.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SequencedMap;

/**
 * An open file of tensors, or several that belong together. Everything that the file says about its tensors
 * was checked against its size before {@code open} returned.
 *
 * <p>Files are memory-mapped: opening reads headers only, and a file must not be changed while it is open.
 * Safe to use from several threads, but {@link #close} must not run while another thread reads.
 */
public sealed interface TensorFile extends AutoCloseable
        permits SafetensorsFile,
                ShardedCheckpoint,
                GgufFile,
                OnnxFile,
                PytorchFile,
                TensorflowCheckpoint,
                RenamedTensors {
    /**
     * Opens weights.
     *
     * <p>Of a directory it takes the first of: {@code model.safetensors}, {@code model.safetensors.index.json}, {@code
     * pytorch_model.bin}, {@code pytorch_model.bin.index.json}, {@code model.onnx}, {@code onnx/model.onnx}, the only {@code
     * *.index} file of a TensorFlow checkpoint, {@code variables/variables.index} of a SavedModel.
     *
     * <p>A file is told by its name: {@code .safetensors}, {@code .index.json}, {@code .gguf}, {@code .onnx}, {@code .index},
     * {@code .bin}, {@code .pt}, {@code .pth}; else, and before the last four, by its first bytes. The prefix of a TensorFlow
     * checkpoint, to which no file belongs, stands for its index.
     *
     * @throws ModelFormatException if it is none of these, or broken
     * @throws IOException if it cannot be read
     */
    static TensorFile open(Path path) throws IOException {
        return TensorFileKind.open(path);
    }

    /** What was opened: the file, or the index of sharded files. */
    Path path();

    /** Every tensor by name, in the order of the file; unmodifiable, and readable after closing. */
    SequencedMap<String, TensorInfo> tensors();

    /**
     * The elements of a tensor.
     *
     * @throws IllegalArgumentException if there is no tensor of this name
     * @throws IllegalStateException after {@link #close}
     */
    TensorView tensor(String name);

    /** Unmaps the file; what was read from it as arrays stays, views do not. Closing again does nothing. */
    @Override
    void close();
}
