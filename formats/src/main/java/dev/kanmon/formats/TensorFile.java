package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SequencedMap;

/**
 * An open file of tensors, or several that belong together. Everything that the file says about its tensors
 * was checked against its size before {@code open} returned.
 *
 * <p>Files are memory-mapped: opening reads headers only, and a file must not be changed while it is open.
 * Safe to use from several threads, but {@link #close} must not run while another thread reads.
 */
public sealed interface TensorFile extends AutoCloseable permits SafetensorsFile, ShardedSafetensors, GgufFile {
    /** The file that a Hugging Face directory keeps its weights in, unless they are sharded. */
    String SINGLE_FILE = "model.safetensors";
    /** The file that says which shard holds which tensor. */
    String INDEX_FILE = "model.safetensors.index.json";

    /**
     * Opens weights: a directory with {@code model.safetensors} or, if that is absent, {@code
     * model.safetensors.index.json}; such an index itself; a file named {@code .safetensors}; or a GGUF file,
     * told by its name or its first bytes.
     *
     * @throws ModelFormatException if it is none of these, or broken
     * @throws IOException if it cannot be read
     */
    static TensorFile open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            // The order of transformers: PreTrainedModel.from_pretrained takes the single file if there is one.
            if (Files.exists(path.resolve(SINGLE_FILE))) {
                return SafetensorsFile.open(path.resolve(SINGLE_FILE));
            }
            if (Files.exists(path.resolve(INDEX_FILE))) {
                return ShardedSafetensors.open(path.resolve(INDEX_FILE));
            }
            throw ModelFormatException.in(
                    path.toString(),
                    "the directory has neither " + SINGLE_FILE + " nor " + INDEX_FILE + ", expected one of them");
        }
        var name = String.valueOf(path.getFileName());
        if (name.endsWith(".safetensors")) {
            return SafetensorsFile.open(path);
        }
        if (name.endsWith(".index.json")) {
            return ShardedSafetensors.open(path);
        }
        if (name.endsWith(".gguf") || startsWithGguf(path)) {
            return GgufFile.open(path);
        }
        throw ModelFormatException.in(
                path.toString(), "not a file of weights, expected a directory, a .safetensors file or a GGUF file");
    }

    private static boolean startsWithGguf(Path path) throws IOException {
        try (var file = FileBytes.map(path)) {
            var magic = "GGUF".getBytes(StandardCharsets.US_ASCII);
            var bytes = file.bytes();
            return bytes.byteSize() >= magic.length
                    && bytes.asSlice(0, magic.length).mismatch(MemorySegment.ofArray(magic)) < 0;
        }
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
