package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The weights in an ONNX model, and the nodes that read them.
 *
 * <p>Tensors are the initializers of the main graph and the tensors of its Constant nodes, the latter by the name of the
 * node's output. Names and shapes are the graph's: an exporter of PyTorch keeps the names of biases, norms and embeddings,
 * and stores the weight of a linear layer transposed under a name like {@code onnx::MatMul_889}; {@link #nodes} say which
 * operation reads it. Subgraphs (of If and Loop) and functions are not looked into.
 *
 * <p>Raw data, and floats stored as such, are views of the mapped file, or of the files of external data beside it; data
 * stored as varints is decoded by each call of {@link #tensor}.
 *
 * <p>Format: <a href="https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto3">onnx.proto3</a>; external data:
 * <a href="https://github.com/onnx/onnx/blob/v1.17.0/docs/ExternalData.md">ExternalData.md</a>.
 */
public final class OnnxFile implements TensorFile {
    /** Each is an open mapping. */
    private static final int MAX_EXTERNAL_FILES = 4096;

    private final Path path;
    private final TensorTable table;
    private final List<OnnxNode> nodes;

    private OnnxFile(Path path, TensorTable table, List<OnnxNode> nodes) {
        this.path = path;
        this.table = table;
        this.nodes = nodes;
    }

    /**
     * Opens and checks a model and the files of external data that it names, which must lie in its directory or below.
     *
     * @throws ModelFormatException if it is not a well-formed ONNX model, or a tensor has a type that {@link DType} lacks
     * @throws IOException if a file cannot be read
     */
    public static OnnxFile open(Path path) throws IOException {
        return open(path, FileBytes.map(path), true);
    }

    /**
     * Checks bytes that the caller owns, such as a model inside a jar; its tensors must all be inside.
     *
     * @param name what error messages and {@link #path} call it
     * @param bytes must stay valid and unchanged while the file is used
     */
    public static OnnxFile of(String name, MemorySegment bytes) throws ModelFormatException {
        try {
            return open(Path.of(name), FileBytes.lent(name, bytes), false);
        } catch (ModelFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be read", e);
        }
    }

    private static OnnxFile open(Path path, FileBytes file, boolean onDisk) throws IOException {
        var external = new LinkedHashMap<String, FileBytes>();
        try {
            var graph = OnnxGraph.read(file.source(), file.bytes());
            var tensors = new LinkedHashMap<String, TensorTable.Stored>();
            for (var tensor : graph.tensors()) {
                tensors.put(
                        tensor.name(),
                        tensor.external() == null
                                ? tensor.stored(file)
                                : stored(tensor, external(path, onDisk, tensor, external)));
            }
            return new OnnxFile(path, new TensorTable(file, external.values(), tensors), graph.nodes());
        } catch (IOException | RuntimeException e) {
            file.close();
            external.values().forEach(FileBytes::close);
            throw e;
        }
    }

    private static FileBytes external(
            Path path, boolean onDisk, OnnxTensor tensor, SequencedMap<String, FileBytes> open) throws IOException {
        var location = tensor.external().location();
        var known = open.get(location);
        if (known != null) {
            return known;
        }
        if (!onDisk) {
            throw tensor.error("its data is in the file \"" + location + "\", expected a model that holds its data");
        }
        var file = Siblings.resolve(path, location);
        if (file == null) {
            throw tensor.error(
                    "its data is in \"" + location + "\", expected a file name within the directory of the model");
        }
        if (!Files.isRegularFile(file)) {
            throw tensor.error("its data is in \"" + location + "\", which does not exist");
        }
        if (open.size() == MAX_EXTERNAL_FILES) {
            throw tensor.error("more than " + MAX_EXTERNAL_FILES + " files of external data");
        }
        var mapped = FileBytes.map(file);
        open.put(location, mapped);
        return mapped;
    }

    private static TensorTable.Stored stored(OnnxTensor tensor, FileBytes file) throws ModelFormatException {
        var external = tensor.external();
        long size = file.bytes().byteSize();
        long length = external.length() < 0 ? tensor.byteSize() : external.length();
        if (length != tensor.byteSize()) {
            throw tensor.error("needs " + tensor.byteSize() + " bytes, the length of its external data is " + length);
        }
        if (external.offset() > size || length > size - external.offset()) {
            throw tensor.error("its data is bytes " + external.offset() + " to "
                    + Long.toUnsignedString(external.offset() + length) + " of \"" + external.location()
                    + "\", which has " + size);
        }
        return TensorTable.Stored.inPlace(
                new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape(), external.offset(), length), file);
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

    /** The nodes of the main graph in the order of the file, which is a topological one; readable after closing. */
    public List<OnnxNode> nodes() {
        return nodes;
    }

    /** The nodes that have the value as an input, in the order of the file. */
    public List<OnnxNode> readers(String value) {
        return nodes.stream().filter(node -> node.inputs().contains(value)).toList();
    }

    @Override
    public void close() {
        table.close();
    }
}
