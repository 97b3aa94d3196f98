package dev.kanmon.formats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * LevelDB's sorted string table, as TensorFlow writes the index of a checkpoint: blocks of keys and values, each with a
 * checksum, an index block that lists them, and a footer that points at the index.
 *
 * <p>Format: <a href="https://github.com/google/leveldb/blob/1.23/doc/table_format.md">table_format.md</a>; the checksum is
 * CRC-32C, masked as in LevelDB's <a href="https://github.com/google/leveldb/blob/1.23/util/crc32c.h">crc32c.h</a>.
 */
final class SortedTable {
    /** A checkpoint's keys are names of variables; keys share prefixes, so that long ones cost a file next to nothing. */
    static final int MAX_KEY_BYTES = 4096;

    private static final long MAGIC = 0xDB47_7524_8B80_FB57L;
    private static final int FOOTER_BYTES = 48;
    private static final int TRAILER_BYTES = 5;

    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Takes the entries in their order. */
    @FunctionalInterface
    interface Entries {
        /**
         * An entry.
         *
         * @param at offset in the file of the value
         */
        void accept(byte[] key, long at, MemorySegment value) throws ModelFormatException;
    }

    private final String source;
    private final MemorySegment file;
    private byte[] lastKey;

    private SortedTable(String source, MemorySegment file) {
        this.source = source;
        this.file = file;
    }

    /** Checks a table and hands out its entries in the order of their keys, each key once. */
    static void read(String source, MemorySegment file, Entries entries) throws ModelFormatException {
        new SortedTable(source, file).read(entries);
    }

    private void read(Entries entries) throws ModelFormatException {
        long footer = file.byteSize() - FOOTER_BYTES;
        if (footer < 0 || file.get(I64, file.byteSize() - Long.BYTES) != MAGIC) {
            throw error(
                    file.byteSize(), "does not end with the magic number of a table, expected a checkpoint's index");
        }
        var handles = new Varints(footer, file.byteSize() - Long.BYTES);
        handles.next(); // the metaindex block, which TensorFlow leaves empty
        handles.next();
        readBlock(footer, handles.next(), handles.next(), footer, (_, at, value) -> {
            var handle = new Varints(at, at + value.byteSize());
            readBlock(at, handle.next(), handle.next(), footer, (key, keyAt, found) -> {
                if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
                    throw error(keyAt, "keys are not in ascending order");
                }
                lastKey = key;
                entries.accept(key, keyAt, found);
            });
        });
    }

    private void readBlock(long handleAt, long at, long bytes, long limit, Entries entries)
            throws ModelFormatException {
        if (at < 0 || bytes < Integer.BYTES || at > limit || bytes > limit - at - TRAILER_BYTES) {
            throw error(
                    handleAt,
                    "a block of " + Long.toUnsignedString(bytes) + " bytes at byte " + Long.toUnsignedString(at)
                            + ", expected one before the footer at byte " + limit);
        }
        long end = at + bytes;
        int stored = file.get(I32, end + 1);
        int computed = masked(file.asSlice(at, bytes + 1));
        if (stored != computed) {
            throw error(at, "checksum 0x%08X of the block, computed 0x%08X".formatted(stored, computed));
        }
        int compression = file.get(ValueLayout.JAVA_BYTE, end);
        if (compression != 0) {
            throw error(
                    end,
                    "a block compressed by method " + compression + (compression == 1 ? " (snappy)" : "")
                            + ", expected a plain one, as TensorFlow writes");
        }
        long restarts = file.get(I32, end - Integer.BYTES) & 0xFFFF_FFFFL;
        if (restarts > (bytes - Integer.BYTES) / Integer.BYTES) {
            throw error(end - Integer.BYTES, restarts + " restart points exceed the block of " + bytes + " bytes");
        }
        readEntries(at, end - Integer.BYTES - restarts * Integer.BYTES, entries);
    }

    /** Restart points serve the search for a key; reading all of them needs none. */
    private void readEntries(long begin, long end, Entries entries) throws ModelFormatException {
        var in = new Varints(begin, end);
        var previous = new byte[0];
        while (in.position < end) {
            long at = in.position;
            long shared = in.next();
            long fresh = in.next();
            long valueBytes = in.next();
            if (shared < 0 || shared > previous.length) {
                throw error(
                        at, "a key shares " + Long.toUnsignedString(shared) + " bytes with one of " + previous.length);
            }
            if (fresh < 0 || fresh > MAX_KEY_BYTES - shared) {
                throw error(at, "a key of more than " + MAX_KEY_BYTES + " bytes");
            }
            long left = end - in.position;
            if (fresh > left || valueBytes < 0 || valueBytes > left - fresh) {
                throw error(
                        at,
                        "an entry of " + fresh + " and " + Long.toUnsignedString(valueBytes) + " bytes exceeds the "
                                + left + " bytes left in its block");
            }
            var key = Arrays.copyOf(previous, (int) (shared + fresh));
            MemorySegment.copy(file, ValueLayout.JAVA_BYTE, in.position, key, (int) shared, (int) fresh);
            in.position += fresh;
            entries.accept(key, in.position, file.asSlice(in.position, valueBytes));
            in.position += valueBytes;
            previous = key;
        }
    }

    /** The checksum of bytes as the format stores it, so that a checksum of data that holds one is not degenerate. */
    static int masked(MemorySegment bytes) {
        var crc = new CRC32C();
        for (long done = 0; done < bytes.byteSize(); done += 1 << 30) {
            ByteBuffer piece = bytes.asSlice(done, Math.min(1 << 30, bytes.byteSize() - done))
                    .asByteBuffer();
            crc.update(piece);
        }
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + 0xA282_EAD8;
    }

    private ModelFormatException error(long at, String detail) {
        return ModelFormatException.at(source, at, detail);
    }

    /** Numbers in seven bits a byte. */
    private final class Varints {
        private final long end;
        private long position;

        Varints(long begin, long end) {
            this.position = begin;
            this.end = end;
        }

        long next() throws ModelFormatException {
            long at = position;
            long bits = 0;
            for (int shift = 0; shift < Long.SIZE && position < end; shift += 7) {
                byte b = file.get(ValueLayout.JAVA_BYTE, position++);
                bits |= (b & 0x7FL) << shift;
                if (b >= 0) {
                    return bits;
                }
            }
            throw error(at, "a varint that does not end");
        }
    }
}
