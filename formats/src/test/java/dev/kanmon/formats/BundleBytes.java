package dev.kanmon.formats;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a TensorFlow checkpoint: blocks of two entries, keys with shared prefixes. */
final class BundleBytes {
    private final List<ByteArrayOutputStream> data = new ArrayList<>();
    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();
    private List<byte[]> written;
    private int compression;
    private int metaindexAt;

    BundleBytes(int shards) {
        for (int i = 0; i < shards; i++) {
            data.add(new ByteArrayOutputStream());
        }
        entry("", new ProtobufBytes().integer(1, shards).message(3, new ProtobufBytes().integer(1, 1)));
    }

    BundleBytes compression(int method) {
        compression = method;
        return this;
    }

    private BundleBytes entry(String key, ProtobufBytes value) {
        keys.add(key.getBytes(StandardCharsets.UTF_8));
        values.add(value.toByteArray());
        return this;
    }

    /** A tensor whose bytes go to a shard. */
    BundleBytes tensor(String name, int type, int shard, byte[] bytes, long... shape) {
        long offset = data.get(shard).size();
        data.get(shard).writeBytes(bytes);
        return at(name, type, shard, offset, bytes, shape);
    }

    /** A tensor whose bytes are said to be somewhere. */
    BundleBytes at(String name, int type, int shard, long offset, byte[] bytes, long... shape) {
        var dims = new ProtobufBytes();
        for (long dim : shape) {
            dims.message(2, new ProtobufBytes().integer(1, dim));
        }
        return entry(
                name,
                new ProtobufBytes()
                        .integer(1, type)
                        .message(2, dims)
                        .integer(3, shard)
                        .integer(4, offset)
                        .integer(5, bytes.length)
                        .fixed32(6, SortedTable.masked(MemorySegment.ofArray(bytes))));
    }

    /** A variable that is partitioned. */
    BundleBytes sliced(String name, long size) {
        var shape = new ProtobufBytes().message(2, new ProtobufBytes().integer(1, size));
        return entry(name, new ProtobufBytes().integer(1, 1).message(2, shape).message(7, new ProtobufBytes()));
    }

    /** The data files; the same arrays each time. */
    List<byte[]> shards() {
        if (written == null) {
            written = data.stream().map(ByteArrayOutputStream::toByteArray).toList();
        }
        return written;
    }

    int metaindexAt() {
        return metaindexAt;
    }

    byte[] index() {
        var out = new LittleEndianBytes();
        var handles = new ArrayList<byte[]>();
        var lastKeys = new ArrayList<byte[]>();
        for (int i = 0; i < keys.size(); i += 2) {
            int to = Math.min(i + 2, keys.size());
            handles.add(block(out, keys.subList(i, to), values.subList(i, to)));
            lastKeys.add(keys.get(to - 1));
        }
        metaindexAt = out.size();
        var metaindex = block(out, List.of(), List.of());
        var index = block(out, lastKeys, handles);
        var footer = new LittleEndianBytes().bytes(metaindex).bytes(index);
        return out.bytes(Arrays.copyOf(footer.toByteArray(), 40))
                .i64(0xDB47_7524_8B80_FB57L)
                .toByteArray();
    }

    /** Appends a block; the result is its handle. */
    private byte[] block(LittleEndianBytes out, List<byte[]> keys, List<byte[]> values) {
        var block = new LittleEndianBytes();
        var previous = new byte[0];
        for (int i = 0; i < keys.size(); i++) {
            var key = keys.get(i);
            int shared = Math.max(0, Arrays.mismatch(previous, key));
            varint(block, shared);
            varint(block, key.length - shared);
            varint(block, values.get(i).length);
            block.bytes(Arrays.copyOfRange(key, shared, key.length)).bytes(values.get(i));
            previous = key;
        }
        block.i32(0).i32(1);
        var handle = new LittleEndianBytes();
        varint(handle, out.size());
        varint(handle, block.size());
        var bytes = block.i8(compression).toByteArray();
        out.bytes(bytes).i32(SortedTable.masked(MemorySegment.ofArray(bytes)));
        return handle.toByteArray();
    }

    private static void varint(LittleEndianBytes out, long value) {
        for (; (value & ~0x7FL) != 0; value >>>= 7) {
            out.i8(value & 0x7F | 0x80);
        }
        out.i8(value);
    }
}
