package dev.kanmon.formats;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a TensorFlow checkpoint; keys share prefixes, as they do there. */
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
        return index(2);
    }

    /** An index whose entries are all in one block. */
    byte[] oneBlock() {
        return index(keys.size());
    }

    private byte[] index(int entriesInBlock) {
        var out = new LittleEndianBytes();
        var handles = new ArrayList<byte[]>();
        var lastKeys = new ArrayList<byte[]>();
        for (int i = 0; i < keys.size(); i += entriesInBlock) {
            int to = Math.min(i + entriesInBlock, keys.size());
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

    /** Makes the checksums of an index right that was damaged, as far as its blocks can be found. */
    static void sign(byte[] index) {
        int footer = index.length - 48;
        if (footer < 0) {
            return;
        }
        var at = new int[] {footer};
        varint(index, at);
        varint(index, at);
        long block = varint(index, at);
        long bytes = varint(index, at);
        sign(index, block, bytes);
        if (block < 0 || bytes < 8 || block + bytes > footer) {
            return;
        }
        // An entry of the index block: three lengths, the key, the handle.
        at[0] = (int) block;
        while (at[0] < block + bytes - 8) {
            varint(index, at);
            long key = varint(index, at);
            long value = varint(index, at);
            if (key < 0 || value < 0 || key > index.length || value > index.length) {
                return;
            }
            int next = at[0] + (int) (key + value);
            at[0] += (int) key;
            sign(index, varint(index, at), varint(index, at));
            at[0] = next;
        }
    }

    private static void sign(byte[] index, long block, long bytes) {
        if (block < 0 || bytes < 0 || block > index.length || bytes > index.length - block - 5) {
            return;
        }
        int end = (int) (block + bytes);
        int checksum = SortedTable.masked(MemorySegment.ofArray(index).asSlice(block, bytes + 1));
        for (int i = 0; i < 4; i++) {
            index[end + 1 + i] = (byte) (checksum >>> 8 * i);
        }
    }

    private static long varint(byte[] bytes, int[] at) {
        long value = 0;
        for (int shift = 0; shift < 64 && at[0] >= 0 && at[0] < bytes.length; shift += 7) {
            byte b = bytes[at[0]++];
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        return -1;
    }
}
