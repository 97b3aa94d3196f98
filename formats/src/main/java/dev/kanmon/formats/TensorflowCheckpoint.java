package dev.kanmon.formats;

import dev.kanmon.formats.TensorflowBundle.Entry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A TensorFlow checkpoint: {@code X.index}, which describes the variables, and {@code X.data-00000-of-0000N}, which hold
 * them. Names and shapes are TensorFlow's: {@code bert/encoder/layer_0/attention/self/query/kernel} is the transposed of
 * what PyTorch calls {@code query.weight}.
 *
 * <p>Tensors of strings, in which newer versions keep the graph of objects, are left out. Partitioned variables are
 * refused. The index is compared with its checksums by {@link #open}; the elements of a tensor are when they are first read
 * as floats or integers, or all at once by {@link #verify}. {@link TensorView#bytes} compares nothing.
 *
 * <p>Format: <a
 * href="https://github.com/tensorflow/tensorflow/blob/v2.18.0/tensorflow/core/util/tensor_bundle/tensor_bundle.h">tensor_bundle.h</a>.
 */
public final class TensorflowCheckpoint implements TensorFile {
    static final String INDEX_SUFFIX = ".index";

    private final Path path;
    private final TensorTable table;

    private TensorflowCheckpoint(Path path, TensorTable table) {
        this.path = path;
        this.table = table;
    }

    /**
     * Opens and checks an index and the data files beside it.
     *
     * @param index a file named {@code X.index}
     * @throws ModelFormatException if the index is malformed, a data file is missing or too short, or a variable has a
     *     type that {@link DType} lacks
     * @throws IOException if a file cannot be read
     */
    public static TensorflowCheckpoint open(Path index) throws IOException {
        var name = index.getFileName().toString();
        var prefix = name.endsWith(INDEX_SUFFIX) ? name.substring(0, name.length() - INDEX_SUFFIX.length()) : name;
        var file = FileBytes.map(index);
        return open(index, file, (shard, of) -> {
            var data = index.resolveSibling("%s.data-%05d-of-%05d".formatted(prefix, shard, of));
            if (!Files.isRegularFile(data)) {
                throw ModelFormatException.in(
                        index.toString(), "needs the data file " + data.getFileName() + ", which does not exist");
            }
            return FileBytes.map(data);
        });
    }

    /** The same for bytes in memory; shards in their order. */
    static TensorflowCheckpoint of(String name, MemorySegment index, List<MemorySegment> shards) throws IOException {
        return open(Path.of(name), FileBytes.lent(name, index), (shard, of) -> {
            if (of != shards.size()) {
                throw ModelFormatException.in(name, "needs " + of + " data files, given " + shards.size());
            }
            return FileBytes.lent(name + ".data-" + shard, shards.get(shard));
        });
    }

    /** Finds data files. */
    @FunctionalInterface
    private interface Shards {
        FileBytes open(int shard, int of) throws IOException;
    }

    private static TensorflowCheckpoint open(Path path, FileBytes index, Shards shards) throws IOException {
        var data = new LinkedHashMap<Integer, FileBytes>();
        try {
            var bundle = TensorflowBundle.read(index.source(), index.bytes());
            var tensors = new LinkedHashMap<String, TensorTable.Stored>();
            for (var entry : bundle.entries()) {
                var file = data.get(entry.shard());
                if (file == null) {
                    file = shards.open(entry.shard(), bundle.shards());
                    data.put(entry.shard(), file);
                }
                tensors.put(entry.name(), stored(index.source(), entry, file));
            }
            return new TensorflowCheckpoint(path, new TensorTable(index, new ArrayList<>(data.values()), tensors));
        } catch (IOException | RuntimeException e) {
            index.close();
            data.values().forEach(FileBytes::close);
            throw e;
        }
    }

    private static TensorTable.Stored stored(String source, Entry entry, FileBytes file) throws ModelFormatException {
        long size = file.bytes().byteSize();
        if (entry.offset() > size || entry.byteSize() > size - entry.offset()) {
            throw ModelFormatException.at(
                    source,
                    entry.at(),
                    "tensor \"" + entry.name() + "\": " + entry.byteSize() + " bytes at byte " + entry.offset() + " of "
                            + file.source() + ", which has " + size);
        }
        var info = new TensorInfo(entry.name(), entry.dtype(), entry.shape(), entry.offset(), entry.byteSize());
        return new TensorTable.Stored(info, file, null, new Checksum(info, file, entry.checksum()));
    }

    /** Compares the elements of a tensor with their checksum, once. */
    private static final class Checksum implements TensorView.Check {
        private final TensorInfo info;
        private final FileBytes file;
        private final int expected;
        private volatile boolean right;

        Checksum(TensorInfo info, FileBytes file, int expected) {
            this.info = info;
            this.file = file;
            this.expected = expected;
        }

        @Override
        public void run() throws ModelFormatException {
            if (right) {
                return;
            }
            int computed = SortedTable.masked(file.bytes().asSlice(info.offset(), info.byteSize()));
            if (computed != expected) {
                throw ModelFormatException.at(
                        file.source(),
                        info.offset(),
                        "tensor \"" + info.name()
                                + "\": checksum 0x%08X, computed 0x%08X".formatted(expected, computed));
            }
            right = true;
        }
    }

    /**
     * Compares every tensor with its checksum, which reads all data files.
     *
     * @throws ModelFormatException if one differs
     * @throws IllegalStateException after {@link #close}
     */
    public void verify() throws ModelFormatException {
        for (var name : table.tensors().keySet()) {
            table.stored(name).check().run();
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return table.tensors();
    }

    @Override
    public TensorView tensor(String name) {
        return table.view(name);
    }

    @Override
    public void close() {
        table.close();
    }
}
