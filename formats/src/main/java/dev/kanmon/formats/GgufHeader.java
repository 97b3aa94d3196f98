package dev.kanmon.formats;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What the header of a GGUF file says, checked against the file. Layout: ggml {@code docs/gguf.md}; the rules
 * follow {@code gguf_init_from_reader} of ggml ({@code ggml/src/gguf.cpp}), which is stricter than gguf-py.
 */
record GgufHeader(int version, SequencedMap<String, GgufValue> metadata, SequencedMap<String, TensorInfo> tensors) {
    static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    static final int DEFAULT_ALIGNMENT = 32;
    static final String ALIGNMENT_KEY = "general.alignment";
    /** docs/gguf.md: a key "must be at most 2^16-1 bytes long". Names of tensors are held to the same. */
    static final int MAX_NAME_BYTES = 0xFFFF;
    /** ggml's GGML_MAX_DIMS. */
    static final int MAX_RANK = 4;
    /** Arrays of arrays are allowed by the document and used by nobody; the cap keeps the recursion short. */
    static final int MAX_ARRAY_DEPTH = 8;
    /** A Java array holds no more; nor would anything sensible. */
    private static final int MAX_ARRAY_BYTES = Integer.MAX_VALUE - 8;

    private static final int LEAST_KEY_VALUE_BYTES = 8 + 4 + 1;
    private static final int LEAST_TENSOR_INFO_BYTES = 8 + 4 + 4 + 8;

    /** A tensor as declared, its offset still relative to the data. */
    private record Declared(String name, long at, DType dtype, long[] shape, long byteSize, long offset) {}

    static GgufHeader validate(String source, MemorySegment file) throws ModelFormatException {
        var in = new LittleEndianReader(source, file);
        int magic = in.i32();
        if (magic != MAGIC) {
            throw in.error(0, "starts with 0x%08X, expected the magic \"GGUF\"".formatted(Integer.reverseBytes(magic)));
        }
        int version = in.i32();
        if (version != 2 && version != 3) {
            throw in.error(
                    4,
                    "version " + Integer.toUnsignedString(version) + ", expected 2 or 3"
                            + ((version & 0xFFFF) == 0 && version != 0 ? " (big-endian files are not supported)" : ""));
        }
        long tensorCount = in.count("tensor count", LEAST_TENSOR_INFO_BYTES);
        long metadataCount = in.count("metadata count", LEAST_KEY_VALUE_BYTES);
        var metadata = new LinkedHashMap<String, GgufValue>();
        for (long i = 0; i < metadataCount; i++) {
            readMember(in, i, metadata);
        }
        int alignment = alignment(in, metadata);
        var declared = new ArrayList<Declared>();
        for (long i = 0; i < tensorCount; i++) {
            declared.add(readTensorInfo(in, i));
        }
        return new GgufHeader(
                version,
                Collections.unmodifiableSequencedMap(metadata),
                Collections.unmodifiableSequencedMap(place(in, declared, alignment)));
    }

    private static void readMember(LittleEndianReader in, long index, SequencedMap<String, GgufValue> metadata)
            throws ModelFormatException {
        in.enter("metadata " + index, null);
        long at = in.position();
        var key = in.string("key", MAX_NAME_BYTES);
        in.enter("metadata", key);
        if (metadata.putIfAbsent(key, readValue(in, type(in), 0)) != null) {
            throw in.error(at, "the key occurs twice, expected it once");
        }
    }

    private static GgufType type(LittleEndianReader in) throws ModelFormatException {
        long at = in.position();
        int id = in.i32();
        return GgufType.of(id)
                .orElseThrow(() -> in.error(
                        at,
                        "value type " + Integer.toUnsignedString(id) + " is unknown, expected 0 to "
                                + (GgufType.values().length - 1)));
    }

    private static GgufValue readValue(LittleEndianReader in, GgufType type, int depth) throws ModelFormatException {
        return switch (type) {
            case U8 -> new GgufValue.OfInteger(type, in.u8());
            case I8 -> new GgufValue.OfInteger(type, (byte) in.u8());
            case U16 -> new GgufValue.OfInteger(type, in.i16() & 0xFFFF);
            case I16 -> new GgufValue.OfInteger(type, in.i16());
            case U32 -> new GgufValue.OfInteger(type, in.i32() & 0xFFFF_FFFFL);
            case I32 -> new GgufValue.OfInteger(type, in.i32());
            case U64, I64 -> new GgufValue.OfInteger(type, in.i64());
            case F32 -> new GgufValue.OfFloat(type, Float.intBitsToFloat(in.i32()));
            case F64 -> new GgufValue.OfFloat(type, Double.longBitsToDouble(in.i64()));
            case BOOL -> new GgufValue.OfBoolean(in.u8() != 0);
            case STRING -> new GgufValue.OfString(in.string("string", MAX_ARRAY_BYTES));
            case ARRAY -> readArray(in, depth + 1);
        };
    }

    private static GgufValue readArray(LittleEndianReader in, int depth) throws ModelFormatException {
        long at = in.position();
        var elementType = type(in);
        if (depth > MAX_ARRAY_DEPTH) {
            throw in.error(at, "arrays are nested deeper than " + MAX_ARRAY_DEPTH + " levels");
        }
        return switch (elementType) {
            case STRING -> readStrings(in);
            case ARRAY -> {
                // Even an empty array takes type and length.
                long size = in.count("array length", 4 + 8);
                var values = new ArrayList<GgufValue>();
                for (long i = 0; i < size; i++) {
                    values.add(readArray(in, depth + 1));
                }
                yield new GgufValue.OfArrays(values);
            }
            case U8, I8, U16, I16, U32, I32, F32, BOOL, U64, I64, F64 -> {
                long bytes = in.count("array length", elementType.bytes()) * elementType.bytes();
                if (bytes > MAX_ARRAY_BYTES) {
                    throw in.error(at, "an array of " + bytes + " bytes, expected at most " + MAX_ARRAY_BYTES);
                }
                yield new GgufValue.OfNumbers(elementType, in.slice(bytes));
            }
        };
    }

    private static GgufValue readStrings(LittleEndianReader in) throws ModelFormatException {
        long size = in.count("array length", 8);
        long start = in.position();
        for (long i = 0; i < size; i++) {
            in.skip(in.count("length of a string in the array", 1));
        }
        long bytes = in.position() - start;
        if (bytes > MAX_ARRAY_BYTES) {
            throw in.error(start, "an array of " + bytes + " bytes, expected at most " + MAX_ARRAY_BYTES);
        }
        return new GgufValue.OfStrings(in.source(), start, in.sliceAt(start, bytes), (int) size);
    }

    private static int alignment(LittleEndianReader in, SequencedMap<String, GgufValue> metadata)
            throws ModelFormatException {
        in.enter("metadata", ALIGNMENT_KEY);
        return switch (metadata.get(ALIGNMENT_KEY)) {
            case null -> DEFAULT_ALIGNMENT;
            case GgufValue.OfInteger(var type, long value)
            when type == GgufType.U32 && Long.bitCount(value) == 1 && value <= 1 << 30 -> (int) value;
            case GgufValue value ->
                throw in.error(-1, "is " + value.describe() + ", expected a U32 that is a power of two");
        };
    }

    private static Declared readTensorInfo(LittleEndianReader in, long index) throws ModelFormatException {
        in.enter("tensor info " + index, null);
        long at = in.position();
        var name = in.string("name", MAX_NAME_BYTES);
        in.enter("tensor", name);
        int rank = in.i32();
        if (rank < 0 || rank > MAX_RANK) {
            throw in.error(at, Integer.toUnsignedString(rank) + " dimensions, expected at most " + MAX_RANK);
        }
        var shape = new long[rank];
        for (int i = rank - 1; i >= 0; i--) {
            // The file has the contiguous dimension first.
            shape[i] = in.i64();
        }
        int typeId = in.i32();
        var dtype = DType.ofGgml(typeId)
                .orElseThrow(() ->
                        in.error(at, "ggml type " + Integer.toUnsignedString(typeId) + " is unknown or was removed"));
        long offset = in.i64();
        try {
            return new Declared(name, at, dtype, shape, dtype.byteSize(shape), offset);
        } catch (IllegalArgumentException e) {
            throw in.error(at, e.getMessage());
        } catch (ArithmeticException e) {
            throw in.error(
                    at,
                    "the size of " + dtype + " " + Arrays.toString(shape)
                            + " exceeds 64 bits, expected a size that the file can hold");
        }
    }

    /** Tensors follow each other in the order of their infos, each padded to the alignment. */
    private static SequencedMap<String, TensorInfo> place(
            LittleEndianReader in, ArrayList<Declared> declared, int alignment) throws ModelFormatException {
        long dataStart = Math.ceilDiv(in.position(), (long) alignment) * alignment;
        long dataBytes = in.position() + in.remaining() - dataStart;
        var tensors = new LinkedHashMap<String, TensorInfo>();
        long expected = 0;
        for (var tensor : declared) {
            in.enter("tensor", tensor.name);
            if (tensor.offset != expected) {
                throw in.error(
                        tensor.at,
                        "data offset " + Long.toUnsignedString(tensor.offset) + ", expected " + expected
                                + ", where the tensor before ends, aligned to " + alignment);
            }
            if (tensor.byteSize > dataBytes - expected) {
                throw in.error(
                        tensor.at,
                        tensor.dtype + " " + Arrays.toString(tensor.shape) + " needs " + tensor.byteSize
                                + " bytes, the file has " + Math.max(0, dataBytes - expected) + " left");
            }
            var info = new TensorInfo(
                    tensor.name,
                    tensor.dtype,
                    Arrays.stream(tensor.shape).boxed().toList(),
                    dataStart + expected,
                    tensor.byteSize);
            if (tensors.putIfAbsent(tensor.name, info) != null) {
                throw in.error(tensor.at, "the name occurs twice, expected it once");
            }
            // No overflow: what was added so far lies within the file.
            expected = Math.ceilDiv(expected + tensor.byteSize, (long) alignment) * alignment;
        }
        return tensors;
    }
}
