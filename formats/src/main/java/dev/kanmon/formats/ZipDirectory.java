package dev.kanmon.formats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Where the entries of a ZIP file lie, so that stored ones can be used in place. Zip64 is understood; compressed and
 * encrypted entries are listed and refused by {@link #stored}.
 *
 * <p>Format: PKWARE's <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">APPNOTE.TXT</a> 6.3.10, 4.3.
 * Checksums are not compared: PyTorch can be told to write none ({@code torch.serialization.set_crc32_options}).
 */
final class ZipDirectory {
    static final int LOCAL_HEADER = 0x0403_4B50;
    private static final int CENTRAL_HEADER = 0x0201_4B50;
    private static final int END = 0x0605_4B50;
    private static final int END_64 = 0x0606_4B50;
    private static final int END_64_LOCATOR = 0x0706_4B50;
    private static final int END_BYTES = 22;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_BYTES = 20;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT = 0xFFFF;
    /** A checkpoint has one for each storage. */
    private static final int MAX_ENTRIES = 1 << 18;

    private static final long UNSAID = 0xFFFF_FFFFL;
    private static final int EXTRA_ZIP64 = 1;

    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** An entry: what the central directory says of it. */
    private record Entry(long at, int flags, int method, long bytes, long localHeader) {}

    /** The bytes of a stored entry. */
    record Place(long at, long bytes) {}

    private final String source;
    private final MemorySegment file;
    private final long directoryAt;
    private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();

    private ZipDirectory(String source, MemorySegment file, long directoryAt) {
        this.source = source;
        this.file = file;
        this.directoryAt = directoryAt;
    }

    static ZipDirectory read(String source, MemorySegment file) throws ModelFormatException {
        long end = findEnd(source, file);
        long count = u16(file, end + 10);
        long bytes = u32(file, end + 12);
        long at = u32(file, end + 16);
        long directoryEnd = end;
        long locator = end - LOCATOR_BYTES;
        if (locator >= 0 && file.get(U32, locator) == END_64_LOCATOR) {
            long end64 = file.get(U64, locator + 8);
            if (end64 < 0 || end64 > locator - END_64_BYTES || file.get(U32, end64) != END_64) {
                throw ModelFormatException.at(
                        source, locator, "no end record of a ZIP64 directory where its locator says it is");
            }
            count = file.get(U64, end64 + 32);
            bytes = file.get(U64, end64 + 40);
            at = file.get(U64, end64 + 48);
            directoryEnd = end64;
        }
        if (at < 0 || bytes < 0 || at > directoryEnd || bytes != directoryEnd - at) {
            throw ModelFormatException.at(
                    source,
                    end,
                    "the ZIP directory of " + bytes + " bytes at byte " + at + ", expected it to end at byte "
                            + directoryEnd);
        }
        var directory = new ZipDirectory(source, file, at);
        directory.readEntries(directoryEnd, count);
        return directory;
    }

    private static long findEnd(String source, MemorySegment file) throws ModelFormatException {
        long last = file.byteSize() - END_BYTES;
        for (long at = last; at >= 0 && at >= last - MAX_COMMENT; at--) {
            if (file.get(U32, at) == END && u16(file, at + 20) == last - at) {
                return at;
            }
        }
        throw ModelFormatException.at(
                source, file.byteSize(), "no end record of a ZIP directory: the file is not complete, or no ZIP file");
    }

    private void readEntries(long end, long count) throws ModelFormatException {
        long position = directoryAt;
        while (position < end) {
            if (entries.size() == MAX_ENTRIES) {
                throw error(position, "more than " + MAX_ENTRIES + " entries");
            }
            if (end - position < CENTRAL_BYTES || file.get(U32, position) != CENTRAL_HEADER) {
                throw error(position, "expected an entry of the ZIP directory");
            }
            int nameBytes = u16(file, position + 28);
            int extraBytes = u16(file, position + 30);
            long size = CENTRAL_BYTES + nameBytes + extraBytes + (long) u16(file, position + 32);
            if (size > end - position) {
                throw error(
                        position,
                        "an entry of " + size + " bytes exceeds the " + (end - position)
                                + " bytes left of the ZIP directory");
            }
            var name = name(position + CENTRAL_BYTES, nameBytes, position);
            if (entries.putIfAbsent(name, entry(position, position + CENTRAL_BYTES + nameBytes, extraBytes)) != null) {
                throw error(
                        position,
                        "the entry \"" + ModelFormatException.abbreviate(name) + "\" occurs twice, expected it once");
            }
            position += size;
        }
        if (entries.size() != count) {
            throw error(
                    directoryAt,
                    "the ZIP directory has " + entries.size() + " entries, its end record says "
                            + Long.toUnsignedString(count));
        }
    }

    private String name(long at, int bytes, long header) throws ModelFormatException {
        var array = file.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE);
        var name = Utf8.decode(array, 0, bytes);
        if (name == null) {
            throw error(header, "the name of an entry is not UTF-8");
        }
        return name;
    }

    private Entry entry(long header, long extraAt, int extraBytes) throws ModelFormatException {
        long stored = u32(file, header + 20);
        long bytes = u32(file, header + 24);
        long localHeader = u32(file, header + 42);
        if (stored == UNSAID || bytes == UNSAID || localHeader == UNSAID) {
            long at = zip64(header, extraAt, extraBytes);
            long left = u16(file, at - 2);
            // Only what did not fit is there, in this order.
            int needed = (bytes == UNSAID ? 8 : 0) + (stored == UNSAID ? 8 : 0) + (localHeader == UNSAID ? 8 : 0);
            if (left < needed) {
                throw error(header, "a ZIP64 field of " + left + " bytes, expected at least " + needed);
            }
            if (bytes == UNSAID) {
                bytes = file.get(U64, at);
                at += 8;
            }
            if (stored == UNSAID) {
                stored = file.get(U64, at);
                at += 8;
            }
            if (localHeader == UNSAID) {
                localHeader = file.get(U64, at);
            }
        }
        int method = u16(file, header + 10);
        if (method == 0 && stored != bytes) {
            throw error(header, "a stored entry of " + bytes + " bytes takes " + stored + ", expected the same");
        }
        return new Entry(header, u16(file, header + 8), method, bytes, localHeader);
    }

    /** Where the content of the ZIP64 field begins; its length is in the two bytes before. */
    private long zip64(long header, long at, int extraBytes) throws ModelFormatException {
        long end = at + extraBytes;
        while (end - at >= 4) {
            int bytes = u16(file, at + 2);
            if (bytes > end - at - 4) {
                break;
            }
            if (u16(file, at) == EXTRA_ZIP64) {
                return at + 4;
            }
            at += 4 + bytes;
        }
        throw error(header, "an entry whose sizes do not fit has no ZIP64 field");
    }

    /** Names in the order of the directory. */
    SequencedMap<String, Long> sizes() {
        var sizes = new LinkedHashMap<String, Long>();
        entries.forEach((name, entry) -> sizes.put(name, entry.bytes));
        return Collections.unmodifiableSequencedMap(sizes);
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** Where the bytes of an entry lie; null if there is no such entry. */
    Place stored(String name) throws ModelFormatException {
        var entry = entries.get(name);
        if (entry == null) {
            return null;
        }
        if (entry.method != 0 || (entry.flags & 1) != 0) {
            throw fault(
                    entry,
                    name,
                    entry.method == 0
                            ? "is encrypted, expected plain bytes"
                            : "is compressed by method " + entry.method
                                    + ", expected a stored one, as torch.save writes");
        }
        long local = entry.localHeader;
        if (local < 0 || local > directoryAt - LOCAL_BYTES || file.get(U32, local) != LOCAL_HEADER) {
            throw fault(entry, name, "has no local header at byte " + Long.toUnsignedString(local));
        }
        long data = local + LOCAL_BYTES + u16(file, local + 26) + u16(file, local + 28);
        if (data > directoryAt || entry.bytes < 0 || entry.bytes > directoryAt - data) {
            throw fault(
                    entry,
                    name,
                    "of " + Long.toUnsignedString(entry.bytes) + " bytes at byte " + data
                            + " reaches into the directory at byte " + directoryAt);
        }
        return new Place(data, entry.bytes);
    }

    private ModelFormatException fault(Entry entry, String name, String detail) {
        return error(entry.at, "entry \"" + ModelFormatException.abbreviate(name) + "\" " + detail);
    }

    private ModelFormatException error(long at, String detail) {
        return ModelFormatException.at(source, at, detail);
    }

    private static int u16(MemorySegment file, long at) {
        return file.get(U16, at) & 0xFFFF;
    }

    private static long u32(MemorySegment file, long at) {
        return file.get(U32, at) & 0xFFFF_FFFFL;
    }
}
