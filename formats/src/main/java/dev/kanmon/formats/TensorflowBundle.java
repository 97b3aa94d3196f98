package dev.kanmon.formats;

import dev.kanmon.formats.protobuf.ProtobufMessage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the index of a TensorFlow checkpoint says; each entry is consistent in itself. Messages:
 * <a href="https://github.com/tensorflow/tensorflow/blob/v2.18.0/tensorflow/core/protobuf/tensor_bundle.proto">tensor_bundle.proto</a>.
 *
 * @param shards how many data files there are
 * @param entries in the order of their names
 */
record TensorflowBundle(int shards, List<Entry> entries) {
    /** Each may be an open mapping. */
    static final int MAX_SHARDS = 4096;

    /** Keys share prefixes: a few bytes can make a name of thousands. */
    private static final int MAX_NAME_BYTES = 1 << 24;

    private static final int STRING = 7;
    private static final int LITTLE = 0;

    /**
     * A tensor.
     *
     * @param at where the index says so
     * @param checksum masked CRC-32C of its bytes
     */
    record Entry(
            String name, long at, DType dtype, List<Long> shape, int shard, long offset, long byteSize, int checksum) {}

    static TensorflowBundle read(String source, MemorySegment index) throws ModelFormatException {
        var entries = new ArrayList<Entry>();
        var shards = new int[1];
        var nameBytes = new int[1];
        SortedTable.read(source, index, (key, at, value) -> {
            // The header has the empty key, which comes before all others.
            if (key.length == 0) {
                shards[0] = header(cursor(source, index, at, value, "BundleHeaderProto"));
                return;
            }
            nameBytes[0] += key.length;
            if (nameBytes[0] > MAX_NAME_BYTES) {
                throw ModelFormatException.at(source, at, "names of more than " + MAX_NAME_BYTES + " bytes");
            }
            var name = Utf8.decode(key, 0, key.length);
            if (name == null) {
                throw ModelFormatException.at(source, at, "the name of a tensor is not UTF-8");
            }
            var entry = entry(name, at, shards[0], cursor(source, index, at, value, "BundleEntryProto"));
            if (entry != null) {
                entries.add(entry);
            }
        });
        if (shards[0] == 0) {
            throw ModelFormatException.in(source, "no header entry, expected the index of a checkpoint");
        }
        checkOverlap(source, entries);
        return new TensorflowBundle(shards[0], List.copyOf(entries));
    }

    private static ProtobufMessage cursor(
            String source, MemorySegment index, long at, MemorySegment value, String name) {
        return ProtobufMessage.within(source, index, at, value.byteSize(), name);
    }

    private static int header(ProtobufMessage header) throws ModelFormatException {
        long shards = 0;
        while (header.next()) {
            switch (header.field()) {
                case 1 -> shards = header.integer();
                case 2 -> {
                    if (header.integer() != LITTLE) {
                        throw header.error("a big-endian checkpoint, expected a little-endian one");
                    }
                }
                default -> {}
            }
        }
        if (shards < 1 || shards > MAX_SHARDS) {
            throw header.error(shards + " data files, expected 1 to " + MAX_SHARDS);
        }
        return (int) shards;
    }

    /** The entry, or null for a tensor of strings. */
    private static Entry entry(String name, long at, int shards, ProtobufMessage message) throws ModelFormatException {
        long type = 0;
        var shape = new ArrayList<Long>();
        long shard = 0;
        long offset = 0;
        long size = 0;
        int checksum = 0;
        while (message.next()) {
            switch (message.field()) {
                case 1 -> type = message.integer();
                case 2 -> shape(message.message("TensorShapeProto"), shape);
                case 3 -> shard = message.integer();
                case 4 -> offset = message.integer();
                case 5 -> size = message.integer();
                case 6 -> checksum = message.fixed32();
                case 7 -> throw fault(message, name, "is partitioned into slices, which is not supported");
                default -> {}
            }
        }
        if (type == STRING) {
            return null;
        }
        var dtype = dtype(type);
        if (dtype == null) {
            throw fault(message, name, "data type " + type + " is not supported");
        }
        if (shard < 0 || shard >= shards || offset < 0) {
            throw fault(message, name, "byte " + offset + " of data file " + shard + ", expected one of " + shards);
        }
        long needed;
        try {
            needed = dtype.byteSize(shape.stream().mapToLong(Long::longValue).toArray());
        } catch (IllegalArgumentException e) {
            throw fault(message, name, e.getMessage());
        } catch (ArithmeticException e) {
            throw fault(message, name, "the size of " + dtype + " " + shape + " exceeds 64 bits");
        }
        if (needed != size) {
            throw fault(message, name, dtype + " " + shape + " needs " + needed + " bytes, the entry has " + size);
        }
        return new Entry(name, at, dtype, List.copyOf(shape), (int) shard, offset, size, checksum);
    }

    private static ModelFormatException fault(ProtobufMessage message, String name, String detail) {
        return message.error("tensor \"" + name + "\": " + detail);
    }

    private static void shape(ProtobufMessage message, List<Long> shape) throws ModelFormatException {
        while (message.next()) {
            switch (message.field()) {
                case 2 -> {
                    if (shape.size() == SafetensorsHeader.MAX_RANK) {
                        throw message.error("more than " + SafetensorsHeader.MAX_RANK + " dimensions");
                    }
                    long size = 0;
                    var dimension = message.message("TensorShapeProto.Dim");
                    while (dimension.next()) {
                        if (dimension.field() == 1) {
                            size = dimension.integer();
                        }
                    }
                    shape.add(size);
                }
                case 3 -> {
                    if (message.integer() != 0) {
                        throw message.error("an unknown rank, expected a shape");
                    }
                }
                default -> {}
            }
        }
    }

    private static void checkOverlap(String source, List<Entry> entries) throws ModelFormatException {
        var sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingInt(Entry::shard)
                .thenComparingLong(Entry::offset)
                .thenComparingLong(Entry::byteSize));
        for (int i = 1; i < sorted.size(); i++) {
            var before = sorted.get(i - 1);
            var entry = sorted.get(i);
            // Sizes and offsets are not negative; the difference of the offsets cannot wrap.
            if (before.shard == entry.shard && entry.offset - before.offset < before.byteSize) {
                throw ModelFormatException.at(
                        source,
                        entry.at,
                        "tensor \"" + entry.name + "\" at byte " + entry.offset + " of data file " + entry.shard
                                + " overlaps \"" + before.name + "\"");
            }
        }
    }

    /** {@code DataType} of types.proto; null for those that no {@link DType} stands for. */
    private static DType dtype(long type) {
        return switch (Math.clamp(type, -1, Integer.MAX_VALUE)) {
            case 1 -> DType.F32;
            case 2 -> DType.F64;
            case 3 -> DType.I32;
            case 4 -> DType.U8;
            case 5 -> DType.I16;
            case 6 -> DType.I8;
            case 8 -> DType.C64;
            case 9 -> DType.I64;
            case 10 -> DType.BOOL;
            case 14 -> DType.BF16;
            case 17 -> DType.U16;
            case 19 -> DType.F16;
            case 22 -> DType.U32;
            case 23 -> DType.U64;
            case 24 -> DType.F8_E5M2;
            case 25 -> DType.F8_E4M3;
            default -> null;
        };
    }
}
