package dev.kanmon.formats;

import dev.kanmon.formats.protobuf.ProtobufMessage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A TensorProto whose type, shape and amount of data agree.
 *
 * @param at offset of the message, for error messages
 * @param place where the data is in the model; null if it is external or must be decoded
 * @param message the TensorProto, for decoding
 * @param external null unless the data is in another file
 */
record OnnxTensor(
        String source,
        String name,
        long at,
        DType dtype,
        List<Long> shape,
        long byteSize,
        Place place,
        ProtobufMessage message,
        External external) {
    private static final int DIMS = 1;
    private static final int DATA_TYPE = 2;
    private static final int SEGMENT = 3;
    private static final int FLOAT_DATA = 4;
    private static final int INT32_DATA = 5;
    private static final int STRING_DATA = 6;
    private static final int INT64_DATA = 7;
    private static final int NAME = 8;
    private static final int RAW_DATA = 9;
    private static final int DOUBLE_DATA = 10;
    private static final int UINT64_DATA = 11;
    private static final int EXTERNAL_DATA = 13;
    private static final int DATA_LOCATION = 14;
    private static final int EXTERNAL = 1;

    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bytes of the model's own file. */
    record Place(long at, long bytes) {}

    /** Data in another file; {@code length} is -1 if the model does not say it. */
    record External(String location, long offset, long length) {}

    /** What the fields say, not checked yet. */
    private static final class Fields {
        String name = "";
        long dataType;
        final List<Long> dims = new ArrayList<>();
        Place raw;
        /** The only piece of packed floats or doubles, which can be shown as it is. */
        Place fixed;

        int fixedPieces;
        /** The field of typed data that occurs, or 0, and how many numbers are in it. */
        int typedField;

        long typedCount;
        boolean external;
        String location = "";
        long offset;
        long length = -1;
    }

    /**
     * @param message not read yet
     * @param alias the name to use instead of the tensor's own, or null
     */
    static OnnxTensor read(String source, long at, ProtobufMessage message, String alias) throws ModelFormatException {
        var fields = new Fields();
        var cursor = message.restart();
        while (cursor.next()) {
            switch (cursor.field()) {
                case DIMS ->
                    cursor.integers(dim -> {
                        if (fields.dims.size() == SafetensorsHeader.MAX_RANK) {
                            throw cursor.error("more than " + SafetensorsHeader.MAX_RANK + " dimensions");
                        }
                        fields.dims.add(dim);
                    });
                case DATA_TYPE -> fields.dataType = cursor.integer();
                case NAME -> fields.name = cursor.string(OnnxGraph.MAX_STRING_BYTES);
                case RAW_DATA ->
                    fields.raw = new Place(cursor.bytesAt(), cursor.bytes().byteSize());
                case FLOAT_DATA, DOUBLE_DATA, INT32_DATA, INT64_DATA, UINT64_DATA -> countTyped(cursor, fields);
                case EXTERNAL_DATA -> external(cursor.message("StringStringEntryProto"), fields);
                case DATA_LOCATION -> fields.external = cursor.integer() == EXTERNAL;
                case SEGMENT, STRING_DATA -> throw cursor.error("data in segments or strings is not supported");
                default -> {}
            }
        }
        return checked(source, at, message, alias == null ? fields.name : alias, fields);
    }

    private static void countTyped(ProtobufMessage cursor, Fields fields) throws ModelFormatException {
        if (fields.typedField != 0 && fields.typedField != cursor.field()) {
            throw cursor.error("a second kind of data beside field " + fields.typedField);
        }
        fields.typedField = cursor.field();
        int size =
                switch (cursor.field()) {
                    case FLOAT_DATA -> Float.BYTES;
                    case DOUBLE_DATA -> Double.BYTES;
                    default -> 0;
                };
        if (size == 0) {
            cursor.integers(_ -> fields.typedCount++);
        } else if (cursor.isBytes()) {
            long bytes = cursor.bytes().byteSize();
            if (bytes % size != 0) {
                throw cursor.error(bytes + " bytes, expected a multiple of " + size);
            }
            fields.fixed = new Place(cursor.bytesAt(), bytes);
            fields.fixedPieces++;
            fields.typedCount += bytes / size;
        } else {
            fields.fixedPieces = 2;
            fields.typedCount++;
        }
    }

    private static void external(ProtobufMessage entry, Fields fields) throws ModelFormatException {
        String key = "";
        String value = "";
        while (entry.next()) {
            switch (entry.field()) {
                case 1 -> key = entry.string(OnnxGraph.MAX_STRING_BYTES);
                case 2 -> value = entry.string(OnnxGraph.MAX_STRING_BYTES);
                default -> {}
            }
        }
        switch (key) {
            case "location" -> fields.location = value;
            case "offset" -> fields.offset = count(entry, key, value);
            case "length" -> fields.length = count(entry, key, value);
            default -> {} // a checksum, which nobody writes, or a writer's own
        }
    }

    private static long count(ProtobufMessage entry, String key, String value) throws ModelFormatException {
        // Digits only: Long.parseLong would take a sign, and digits of other scripts.
        if (!value.isEmpty() && value.length() <= 18 && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Long.parseLong(value);
        }
        throw entry.error(key + " \"" + ModelFormatException.abbreviate(value) + "\", expected a number of bytes");
    }

    private static OnnxTensor checked(String source, long at, ProtobufMessage message, String name, Fields fields)
            throws ModelFormatException {
        if (name.isEmpty()) {
            throw ModelFormatException.at(source, at, "a tensor without a name");
        }
        var dtype = dtype(fields.dataType);
        if (dtype == null) {
            throw fault(source, at, name, "data type " + fields.dataType + " is not supported");
        }
        var shape = fields.dims.stream().mapToLong(Long::longValue).toArray();
        long bytes;
        try {
            bytes = dtype.byteSize(shape);
        } catch (IllegalArgumentException e) {
            throw fault(source, at, name, e.getMessage());
        } catch (ArithmeticException e) {
            throw fault(source, at, name, "the size of " + dtype + " " + fields.dims + " exceeds 64 bits");
        }
        var tensor = new OnnxTensor(
                source,
                name,
                at,
                dtype,
                List.copyOf(fields.dims),
                bytes,
                place(fields),
                message,
                fields.external ? new External(fields.location, fields.offset, fields.length) : null);
        tensor.checkAmount(fields);
        return tensor;
    }

    private static Place place(Fields fields) {
        if (fields.raw != null && fields.typedField == 0) {
            return fields.raw;
        }
        return fields.fixedPieces == 1 ? fields.fixed : null;
    }

    private void checkAmount(Fields fields) throws ModelFormatException {
        if (external != null) {
            if (fields.raw != null && fields.raw.bytes > 0 || fields.typedField != 0) {
                throw error("has data of its own beside external data, expected one of them");
            }
            return;
        }
        if (fields.raw != null && fields.raw.bytes > 0 && fields.typedField != 0) {
            throw error("has raw data beside field " + fields.typedField + ", expected one of them");
        }
        if (fields.typedField == 0) {
            long raw = fields.raw == null ? 0 : fields.raw.bytes;
            if (raw != byteSize) {
                throw error(dtype + " " + shape + " needs " + byteSize + " bytes, its raw data has " + raw);
            }
            return;
        }
        if (fields.typedField != typedField(dtype)) {
            throw error(dtype + " in field " + fields.typedField + ", expected field " + typedField(dtype));
        }
        long needed = byteSize / dtype.blockBytes() * (dtype == DType.C64 ? 2 : 1);
        if (fields.typedCount != needed) {
            throw error(dtype + " " + shape + " needs " + needed + " numbers, field " + fields.typedField + " has "
                    + fields.typedCount);
        }
    }

    ModelFormatException error(String detail) {
        return fault(source, at, name, detail);
    }

    private static ModelFormatException fault(String source, long at, String name, String detail) {
        return ModelFormatException.at(
                source, at, "tensor \"" + ModelFormatException.abbreviate(name) + "\": " + detail);
    }

    /** The tensor as one of the model's file. */
    TensorTable.Stored stored(FileBytes file) {
        var info = new TensorInfo(name, dtype, shape, place == null ? at : place.at, byteSize);
        return place != null || byteSize == 0
                ? TensorTable.Stored.inPlace(info, file)
                : new TensorTable.Stored(info, file, this::decode, TensorView.Check.NONE);
    }

    private MemorySegment decode() {
        var out = TensorTable.allocate(byteSize);
        var position = new long[1];
        var cursor = message.restart();
        try {
            while (cursor.next()) {
                switch (cursor.field()) {
                    case FLOAT_DATA, DOUBLE_DATA -> {
                        if (cursor.isBytes()) {
                            var piece = cursor.bytes();
                            MemorySegment.copy(piece, 0, out, position[0], piece.byteSize());
                            position[0] += piece.byteSize();
                        } else if (cursor.field() == FLOAT_DATA) {
                            out.set(I32, position[0], cursor.fixed32());
                            position[0] += Float.BYTES;
                        } else {
                            out.set(I64, position[0], cursor.fixed64());
                            position[0] += Double.BYTES;
                        }
                    }
                    case INT32_DATA, INT64_DATA, UINT64_DATA ->
                        cursor.integers(value -> {
                            set(out, position[0], value);
                            position[0] += dtype.blockBytes();
                        });
                    default -> {}
                }
            }
        } catch (ModelFormatException e) {
            throw new IllegalStateException(source + " was changed while it was open", e);
        }
        return out;
    }

    /** The low bits of the number, as ONNX's own numpy_helper takes them. */
    private void set(MemorySegment out, long at, long value) {
        switch (dtype.blockBytes()) {
            case 1 -> out.set(ValueLayout.JAVA_BYTE, at, (byte) value);
            case 2 -> out.set(I16, at, (short) value);
            case 4 -> out.set(I32, at, (int) value);
            default -> out.set(I64, at, value);
        }
    }

    /** {@code TensorProto.DataType}; null for those that no {@link DType} stands for. */
    private static DType dtype(long type) {
        return switch (Math.clamp(type, -1, Integer.MAX_VALUE)) {
            case 1 -> DType.F32;
            case 2 -> DType.U8;
            case 3 -> DType.I8;
            case 4 -> DType.U16;
            case 5 -> DType.I16;
            case 6 -> DType.I32;
            case 7 -> DType.I64;
            case 9 -> DType.BOOL;
            case 10 -> DType.F16;
            case 11 -> DType.F64;
            case 12 -> DType.U32;
            case 13 -> DType.U64;
            case 14 -> DType.C64;
            case 16 -> DType.BF16;
            case 17 -> DType.F8_E4M3;
            case 19 -> DType.F8_E5M2;
            case 24 -> DType.F8_E8M0;
            default -> null;
        };
    }

    /** Which field holds the elements of a type when they are not raw. */
    private static int typedField(DType dtype) {
        return switch (dtype) {
            case F32, C64 -> FLOAT_DATA;
            case F64 -> DOUBLE_DATA;
            case I64 -> INT64_DATA;
            case U32, U64 -> UINT64_DATA;
            default -> INT32_DATA;
        };
    }
}
