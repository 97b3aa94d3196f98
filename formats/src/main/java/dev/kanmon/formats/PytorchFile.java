package dev.kanmon.formats;

import dev.kanmon.formats.pickle.PickleReader;
import dev.kanmon.formats.pickle.PickleValue.OfBoolean;
import dev.kanmon.formats.pickle.PickleValue.OfDict;
import dev.kanmon.formats.pickle.PickleValue.OfInteger;
import dev.kanmon.formats.pickle.PickleValue.OfList;
import dev.kanmon.formats.pickle.PickleValue.OfString;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A PyTorch checkpoint: what {@code torch.save} writes for a state dict, either as a ZIP file (since 1.6) or as a row of
 * pickles with the data behind.
 *
 * <p>The pickle is read as data: an {@code OrderedDict} or dictionary of tensors over plain storages. Nothing in it is
 * ever called, and whatever else it asks for is refused by name. If no value of the dictionary is a tensor, the dictionary
 * under {@code "state_dict"}, {@code "model_state_dict"} or {@code "model"}, the first that has tensors, is taken instead;
 * values beside tensors that are none (counters, settings) are left out.
 *
 * <p>Storages are views of the mapped file. Tensors may share one, as tied weights do. A transposed tensor is copied into
 * row-major order by each call of {@link #tensor}; other strides (overlapping, with gaps) are refused. ZIP checksums are
 * not compared, as PyTorch itself does not require them.
 *
 * <p>Format: <a href="https://github.com/pytorch/pytorch/blob/v2.5.1/torch/serialization.py">torch/serialization.py</a>,
 * {@code _save} and {@code _legacy_save}.
 */
public final class PytorchFile implements TensorFile {
    private static final String PICKLE = "/data.pkl";
    /** A pickle of the number 0x1950a86a20f9469cfc6c. */
    private static final byte[] LEGACY_MAGIC = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e");

    private static final long LEGACY_PROTOCOL = 1001;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final TensorTable table;

    private PytorchFile(Path path, TensorTable table) {
        this.path = path;
        this.table = table;
    }

    /**
     * Opens and checks a checkpoint.
     *
     * @throws ModelFormatException if it is not a well-formed checkpoint, or holds anything but tensors
     * @throws IOException if it cannot be read
     */
    public static PytorchFile open(Path path) throws IOException {
        var file = FileBytes.map(path);
        try {
            return new PytorchFile(path, table(file));
        } catch (ModelFormatException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Checks bytes that the caller owns.
     *
     * @param name what error messages and {@link #path} call it
     * @param bytes must stay valid and unchanged while the file is used
     */
    public static PytorchFile of(String name, MemorySegment bytes) throws ModelFormatException {
        return new PytorchFile(Path.of(name), table(FileBytes.lent(name, bytes)));
    }

    /** Whether a file begins as one of the two kinds of checkpoints does. */
    static boolean recognises(MemorySegment file) {
        return isZip(file) || startsWith(file, LEGACY_MAGIC);
    }

    private static boolean isZip(MemorySegment file) {
        return file.byteSize() >= 4
                && file.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0)
                        == ZipDirectory.LOCAL_HEADER;
    }

    private static boolean startsWith(MemorySegment file, byte[] magic) {
        return file.byteSize() >= magic.length
                && file.asSlice(0, magic.length).mismatch(MemorySegment.ofArray(magic)) < 0;
    }

    /** Where a storage lies. */
    @FunctionalInterface
    private interface Storages {
        /** The place of a storage, or null if there is none of this key. */
        ZipDirectory.Place find(String key) throws ModelFormatException;
    }

    private static TensorTable table(FileBytes file) throws ModelFormatException {
        if (isZip(file.bytes())) {
            return fromZip(file);
        }
        if (startsWith(file.bytes(), LEGACY_MAGIC)) {
            return fromPickles(file);
        }
        throw ModelFormatException.at(
                file.source(),
                0,
                "starts neither as a ZIP file nor with the magic number of torch.save, expected a PyTorch checkpoint");
    }

    private static TensorTable fromZip(FileBytes file) throws ModelFormatException {
        var zip = ZipDirectory.read(file.source(), file.bytes());
        var pickles = zip.sizes().keySet().stream()
                .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length())
                .toList();
        if (pickles.size() != 1) {
            throw ModelFormatException.in(
                    file.source(),
                    "a ZIP file with " + pickles.size() + " entries */data.pkl, expected one, as torch.save writes");
        }
        var top = pickles.getFirst().substring(0, pickles.getFirst().length() - PICKLE.length());
        if (zip.has(top + "/constants.pkl")) {
            throw ModelFormatException.in(file.source(), "a TorchScript program, expected a dictionary of tensors");
        }
        var byteOrder = zip.stored(top + "/byteorder");
        if (byteOrder != null) {
            var bytes = file.bytes().asSlice(byteOrder.at(), Math.min(byteOrder.bytes(), 16));
            var order = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
            if (!order.equals("little")) {
                throw ModelFormatException.at(
                        file.source(), byteOrder.at(), "byte order \"" + order + "\", expected \"little\"");
            }
        }
        var pickle = zip.stored(pickles.getFirst());
        var reader = new PickleReader(
                file.source(), file.bytes(), pickle.at(), pickle.at() + pickle.bytes(), PytorchState.GLOBALS);
        var tensors = PytorchState.tensors(file.source(), reader.read());
        return table(file, tensors, key -> zip.stored(top + "/data/" + key));
    }

    /** Magic number, protocol, facts about the machine, the object, the keys of storages; then their data. */
    private static TensorTable fromPickles(FileBytes file) throws ModelFormatException {
        var source = file.source();
        var bytes = file.bytes();
        var reader = new PickleReader(source, bytes, LEGACY_MAGIC.length, bytes.byteSize(), PytorchState.GLOBALS);
        long at = reader.position();
        if (!(reader.read() instanceof OfInteger(long protocol)) || protocol != LEGACY_PROTOCOL) {
            throw ModelFormatException.at(source, at, "expected the protocol number " + LEGACY_PROTOCOL);
        }
        at = reader.position();
        if (!(reader.read() instanceof OfDict machine)
                || !(machine.values().get("little_endian") instanceof OfBoolean(boolean littleEndian))
                || !littleEndian) {
            throw ModelFormatException.at(source, at, "expected the facts of a little-endian machine");
        }
        var tensors = PytorchState.tensors(source, reader.read());
        var storages = PytorchState.storages(source, reader.references());
        at = reader.position();
        if (!(reader.read() instanceof OfList keys)) {
            throw ModelFormatException.at(source, at, "expected a list of the keys of storages");
        }
        var places = new LinkedHashMap<String, ZipDirectory.Place>();
        long position = reader.position();
        for (var value : keys.values()) {
            if (!(value instanceof OfString(var key)) || !storages.containsKey(key)) {
                throw ModelFormatException.at(
                        source,
                        at,
                        "the key of a storage is " + value.describe() + ", expected one that the tensors use");
            }
            if (bytes.byteSize() - position < Long.BYTES) {
                throw ModelFormatException.at(
                        source,
                        position,
                        "the file ends before the storage \"" + ModelFormatException.abbreviate(key) + "\"");
            }
            long elements = bytes.get(I64, position);
            int size = storages.get(key).dtype().blockBytes();
            if (elements < 0 || elements > (bytes.byteSize() - position - Long.BYTES) / size) {
                throw ModelFormatException.at(
                        source,
                        position,
                        "a storage of " + elements + " elements of " + size + " bytes exceeds the "
                                + (bytes.byteSize() - position - Long.BYTES) + " bytes left");
            }
            if (places.put(key, new ZipDirectory.Place(position + Long.BYTES, elements * size)) != null) {
                throw ModelFormatException.at(source, at, "the key of a storage occurs twice, expected it once");
            }
            position += Long.BYTES + elements * size;
        }
        if (position != bytes.byteSize()) {
            throw ModelFormatException.at(
                    source, position, (bytes.byteSize() - position) + " bytes after the last storage, expected none");
        }
        return table(file, tensors, places::get);
    }

    private static TensorTable table(
            FileBytes file, SequencedMap<String, PytorchState.Tensor> tensors, Storages storages)
            throws ModelFormatException {
        var stored = new LinkedHashMap<String, TensorTable.Stored>();
        for (var entry : tensors.entrySet()) {
            stored.put(entry.getKey(), stored(file, entry.getKey(), entry.getValue(), storages));
        }
        return new TensorTable(file, List.of(), stored);
    }

    private static TensorTable.Stored stored(FileBytes file, String name, PytorchState.Tensor tensor, Storages storages)
            throws ModelFormatException {
        var storage = tensor.storage();
        var dtype = storage.dtype();
        var place = storages.find(storage.key());
        if (place == null) {
            throw error(
                    file,
                    name,
                    tensor,
                    "its storage \"" + ModelFormatException.abbreviate(storage.key()) + "\" is not in the file");
        }
        int size = dtype.blockBytes();
        if (place.bytes() % size != 0 || place.bytes() / size != storage.elements()) {
            throw error(
                    file,
                    name,
                    tensor,
                    "its storage of " + storage.elements() + " elements " + dtype + " has " + place.bytes() + " bytes");
        }
        var shape = tensor.shape();
        var strides = tensor.strides();
        if (strides.length != shape.length) {
            throw error(file, name, tensor, shape.length + " sizes and " + strides.length + " strides");
        }
        long bytes;
        try {
            bytes = dtype.byteSize(shape);
        } catch (ArithmeticException e) {
            throw error(file, name, tensor, "the size of " + dtype + " " + Arrays.toString(shape) + " exceeds 64 bits");
        }
        if (tensor.first() < 0
                || tensor.first() > storage.elements()
                || bytes / size > storage.elements() - tensor.first()) {
            throw error(
                    file,
                    name,
                    tensor,
                    dtype + " " + Arrays.toString(shape) + " from element " + tensor.first() + " on exceeds the "
                            + storage.elements() + " elements of its storage");
        }
        long at = place.at() + tensor.first() * size;
        var info = new TensorInfo(name, dtype, Arrays.stream(shape).boxed().toList(), at, bytes);
        if (bytes == 0 || Strides.rowMajor(shape, strides)) {
            return TensorTable.Stored.inPlace(info, file);
        }
        if (!Strides.transposed(shape, strides)) {
            throw error(
                    file,
                    name,
                    tensor,
                    "strides " + Arrays.toString(strides) + " of shape " + Arrays.toString(shape)
                            + " are neither row-major nor a transposition, which is not supported");
        }
        return new TensorTable.Stored(
                info,
                file,
                () -> Strides.toRowMajor(file.bytes().asSlice(at, bytes), size, shape, strides),
                TensorView.Check.NONE);
    }

    private static ModelFormatException error(FileBytes file, String name, PytorchState.Tensor tensor, String detail) {
        return ModelFormatException.at(
                file.source(), tensor.at(), "tensor \"" + ModelFormatException.abbreviate(name) + "\": " + detail);
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
