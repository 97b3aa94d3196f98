package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Writes a GGUF file, version 3, little-endian, each tensor at a multiple of 32 bytes or of the alignment asked
 * for. llama.cpp refuses names of tensors longer than 63 bytes; here they are allowed, as in gguf-py.
 */
public final class GgufWriter extends TensorWriter {
    private static final int VERSION = 3;
    /** docs/gguf.md asks for a multiple of 8. */
    private static final int LEAST_ALIGNMENT = 8;
    /** A huge page of any machine; padding is made in memory. */
    private static final int MOST_ALIGNMENT = 1 << 24;

    private final int alignment;
    private final SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();

    private GgufWriter(Path target, int alignment) throws IOException {
        super(target);
        this.alignment = alignment;
        if (alignment != GgufHeader.DEFAULT_ALIGNMENT) {
            metadata.put(GgufHeader.ALIGNMENT_KEY, GgufValue.u32(alignment));
        }
    }

    /**
     * Starts a file.
     *
     * @param target replaced by {@link #finish}; its directory must exist
     */
    public static GgufWriter create(Path target) throws IOException {
        return create(target, GgufHeader.DEFAULT_ALIGNMENT);
    }

    /**
     * Starts a file whose tensors lie at multiples of an alignment; {@code general.alignment} says so unless it is
     * the usual 32.
     *
     * @param target replaced by {@link #finish}; its directory must exist
     * @param alignment in bytes: a power of two from 8 to 16 MiB
     */
    public static GgufWriter create(Path target, int alignment) throws IOException {
        if (Integer.bitCount(alignment) != 1 || alignment < LEAST_ALIGNMENT || alignment > MOST_ALIGNMENT) {
            throw new IllegalArgumentException("alignment " + alignment + ", expected a power of two from "
                    + LEAST_ALIGNMENT + " to " + MOST_ALIGNMENT);
        }
        return new GgufWriter(target, alignment);
    }

    /**
     * Adds metadata, in the order of the calls.
     *
     * @param value arrays from an open file are copied when the first tensor is written, and must be valid until then
     * @throws IllegalArgumentException if the key is there already or is {@code general.alignment}, which is
     *     the writer's own, or if a text cannot be written as UTF-8
     */
    public void metadata(String key, GgufValue value) {
        requireHeaderOpen();
        if (key.equals(GgufHeader.ALIGNMENT_KEY) || Utf8.encode(key).length > GgufHeader.MAX_NAME_BYTES) {
            throw new IllegalArgumentException("metadata key " + key + " is not for callers, or longer than "
                    + GgufHeader.MAX_NAME_BYTES + " bytes");
        }
        if (value instanceof GgufValue.OfString(var text)) {
            Utf8.encode(text);
        }
        if (metadata.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException("metadata \"" + key + "\" is given twice");
        }
    }

    @Override
    void check(Declared tensor) {
        if (tensor.dtype().ggmlId() < 0) {
            throw new IllegalArgumentException("tensor \"" + tensor.name() + "\": GGUF has no " + tensor.dtype());
        }
        if (tensor.shape().size() > GgufHeader.MAX_RANK) {
            throw new IllegalArgumentException("tensor \"" + tensor.name() + "\" has "
                    + tensor.shape().size() + " dimensions, GGUF allows " + GgufHeader.MAX_RANK);
        }
        if (Utf8.encode(tensor.name()).length > GgufHeader.MAX_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "a tensor's name is longer than " + GgufHeader.MAX_NAME_BYTES + " bytes");
        }
    }

    @Override
    Layout layOut(List<Declared> tensors) {
        var out = new LittleEndianBytes()
                .i32(GgufHeader.MAGIC)
                .i32(VERSION)
                .i64(tensors.size())
                .i64(metadata.size());
        metadata.forEach((key, value) -> write(out.string(key).i32(value.type().ordinal()), value));
        long end = 0;
        var offsets = new long[tensors.size()];
        for (int t = 0; t < offsets.length; t++) {
            var tensor = tensors.get(t);
            var shape = tensor.shape();
            out.string(tensor.name()).i32(shape.size());
            for (int i = shape.size() - 1; i >= 0; i--) {
                out.i64(shape.get(i));
            }
            out.i32(tensor.dtype().ggmlId()).i64(end);
            offsets[t] = end;
            end = Math.addExact(end, tensor.byteSize());
            end = Math.multiplyExact(Math.ceilDiv(end, (long) alignment), alignment);
        }
        var header = out.align(alignment).toByteArray();
        var infos = new ArrayList<TensorInfo>();
        for (int t = 0; t < offsets.length; t++) {
            var tensor = tensors.get(t);
            infos.add(new TensorInfo(
                    tensor.name(), tensor.dtype(), tensor.shape(), header.length + offsets[t], tensor.byteSize()));
        }
        return new Layout(header, infos, Math.addExact(header.length, end));
    }

    private static void write(LittleEndianBytes out, GgufValue value) {
        switch (value) {
            case GgufValue.OfInteger(var type, long integer) -> {
                switch (type) {
                    case U8, I8 -> out.i8(integer);
                    case U16, I16 -> out.i16(integer);
                    case U32, I32 -> out.i32(integer);
                    case U64, I64 -> out.i64(integer);
                    case F32, F64, BOOL, STRING, ARRAY ->
                        throw new IllegalStateException(type + " is not an integer type");
                }
            }
            case GgufValue.OfFloat(var type, double number) -> {
                if (type == GgufType.F32) {
                    out.i32(Float.floatToRawIntBits((float) number));
                } else {
                    out.i64(Double.doubleToRawLongBits(number));
                }
            }
            case GgufValue.OfBoolean(boolean bool) -> out.i8(bool ? 1 : 0);
            case GgufValue.OfString(var text) -> out.string(text);
            case GgufValue.OfNumbers numbers ->
                out.i32(numbers.elementType().ordinal())
                        .i64(numbers.size())
                        .bytes(numbers.bytes().toArray(ValueLayout.JAVA_BYTE));
            case GgufValue.OfStrings strings ->
                out.i32(GgufType.STRING.ordinal())
                        .i64(strings.size())
                        .bytes(strings.bytes().toArray(ValueLayout.JAVA_BYTE));
            case GgufValue.OfArrays(var arrays) -> {
                out.i32(GgufType.ARRAY.ordinal()).i64(arrays.size());
                arrays.forEach(array -> write(out, array));
            }
        }
    }
}
