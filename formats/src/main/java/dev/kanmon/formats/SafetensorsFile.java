package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.SequencedMap;

/** A safetensors file: the length of a JSON header as a u64, the header, the data. */
public final class SafetensorsFile implements TensorFile {
    private final Path path;
    private final FileBytes file;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, FileBytes file, SafetensorsHeader header) {
        this.path = path;
        this.file = file;
        this.header = header;
    }

    /**
     * Opens and checks a file.
     *
     * @throws ModelFormatException if it is not a well-formed safetensors file
     * @throws IOException if it cannot be read
     */
    public static SafetensorsFile open(Path path) throws IOException {
        var file = FileBytes.map(path);
        try {
            return new SafetensorsFile(path, file, SafetensorsHeader.validate(file.source(), file.bytes()));
        } catch (ModelFormatException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Checks bytes that the caller owns, such as a model inside a jar.
     *
     * @param name what error messages and {@link #path} call it
     * @param bytes must stay valid and unchanged while the file is used
     */
    public static SafetensorsFile of(String name, MemorySegment bytes) throws ModelFormatException {
        return new SafetensorsFile(Path.of(name), FileBytes.lent(name, bytes), SafetensorsHeader.validate(name, bytes));
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** The strings under {@code __metadata__}, in the order of the file; often {@code format=pt}. */
    public SequencedMap<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public TensorView tensor(String name) {
        return file.view(header.tensors(), name);
    }

    @Override
    public void close() {
        file.close();
    }
}
