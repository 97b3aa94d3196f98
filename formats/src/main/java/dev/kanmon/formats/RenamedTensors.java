package dev.kanmon.formats;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The tensors of another file under other names, some of them transposed: how a checkpoint of one framework looks to a
 * reader that knows the names and the layout of another. A matrix is turned while it is read; nothing is copied before.
 */
public final class RenamedTensors implements TensorFile {
    private final TensorFile file;
    private final SequencedMap<String, Source> sources;
    private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();

    /**
     * Where a tensor comes from.
     *
     * @param tensor its name in the other file
     * @param transposed whether rows and columns are exchanged, which a matrix of whole-byte scalars allows
     */
    public record Source(String tensor, boolean transposed) {}

    private RenamedTensors(TensorFile file, SequencedMap<String, Source> sources) {
        this.file = file;
        this.sources = new LinkedHashMap<>(sources);
    }

    /**
     * Renames tensors; those that no name stands for are left out.
     *
     * @param file belongs to the result, which closes it
     * @param sources by the new name; several may come from one tensor
     * @throws IllegalArgumentException if the file has no such tensor, or one cannot be transposed
     */
    public static RenamedTensors of(TensorFile file, SequencedMap<String, Source> sources) {
        var renamed = new RenamedTensors(file, sources);
        sources.forEach((name, source) -> {
            var info = file.tensors().get(source.tensor);
            if (info == null) {
                throw new IllegalArgumentException(file.path() + ": no tensor \"" + source.tensor + "\"");
            }
            if (source.transposed && (info.shape().size() != 2 || info.dtype().blockSize() != 1)) {
                throw new IllegalArgumentException("tensor \"" + source.tensor + "\": " + info.dtype() + " "
                        + info.shape() + " cannot be transposed, expected a matrix of whole-byte scalars");
            }
            renamed.tensors.put(
                    name,
                    new TensorInfo(
                            name,
                            info.dtype(),
                            source.transposed ? info.shape().reversed() : info.shape(),
                            info.offset(),
                            info.byteSize()));
        });
        return renamed;
    }

    /** The file whose tensors these are. */
    public TensorFile file() {
        return file;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    @Override
    public TensorView tensor(String name) {
        var info = tensors.get(name);
        if (info == null) {
            throw new IllegalArgumentException(path() + ": no tensor \"" + name + "\"");
        }
        var source = sources.get(name);
        var view = file.tensor(source.tensor);
        return source.transposed ? view.transposed(info) : view.renamed(info);
    }

    @Override
    public void close() {
        file.close();
    }
}
