package dev.kanmon.formats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A value of GGUF metadata. */
public sealed interface GgufValue {

    /** The type that the value has in the file. */
    GgufType type();

    /** The value in a few words for an error message. */
    String describe();

    /**
     * An integer of any width.
     *
     * @param value of a {@code U64} the same 64 bits, so that one of 2⁶³ and more is negative here
     */
    record OfInteger(GgufType type, long value) implements GgufValue {
        /** Refuses a value outside the range of the type. */
        public OfInteger {
            boolean fits =
                    switch (type) {
                        case U8 -> value >= 0 && value <= 0xFF;
                        case I8 -> value == (byte) value;
                        case U16 -> value >= 0 && value <= 0xFFFF;
                        case I16 -> value == (short) value;
                        case U32 -> value >= 0 && value <= 0xFFFF_FFFFL;
                        case I32 -> value == (int) value;
                        case U64, I64 -> true;
                        case F32, F64, BOOL, STRING, ARRAY -> false;
                    };
            if (!fits) {
                throw new IllegalArgumentException(value + " is not a value of " + type);
            }
        }

        /** Whether {@link #value} is the number itself, which only a U64 of 2⁶³ and more is not. */
        public boolean fitsLong() {
            return type != GgufType.U64 || value >= 0;
        }

        @Override
        public String describe() {
            return "the " + type + " " + (type == GgufType.U64 ? Long.toUnsignedString(value) : Long.toString(value));
        }
    }

    /** A floating-point number; of an {@code F32} exactly the float. */
    record OfFloat(GgufType type, double value) implements GgufValue {
        /** Refuses other types, and an F32 that is not a float. */
        public OfFloat {
            if (type != GgufType.F64 && (type != GgufType.F32 || Double.compare((float) value, value) != 0)) {
                throw new IllegalArgumentException(value + " is not a value of " + type);
            }
        }

        @Override
        public String describe() {
            return "the " + type + " " + value;
        }
    }

    /** True or false. */
    record OfBoolean(boolean value) implements GgufValue {
        @Override
        public GgufType type() {
            return GgufType.BOOL;
        }

        @Override
        public String describe() {
            return Boolean.toString(value);
        }
    }

    /** A text. */
    record OfString(String value) implements GgufValue {
        /** Refuses null. */
        public OfString {
            Objects.requireNonNull(value);
        }

        @Override
        public GgufType type() {
            return GgufType.STRING;
        }

        @Override
        public String describe() {
            return "the string \"" + (value.length() <= 60 ? value : value.substring(0, 60) + "…") + "\"";
        }
    }

    /** An array of numbers or booleans; it may lie in the file, and is then valid until the file is closed. */
    final class OfNumbers implements GgufValue {
        private final GgufType elementType;
        private final MemorySegment bytes;

        OfNumbers(GgufType elementType, MemorySegment bytes) {
            this.elementType = elementType;
            this.bytes = bytes;
        }

        @Override
        public GgufType type() {
            return GgufType.ARRAY;
        }

        /** The type of the elements. */
        public GgufType elementType() {
            return elementType;
        }

        /** The number of elements. */
        public int size() {
            return (int) (bytes.byteSize() / elementType.bytes());
        }

        /** The stored elements, little-endian. */
        MemorySegment bytes() {
            return bytes;
        }

        /** Whether {@link #longs} is allowed: the elements are integers or booleans. */
        public boolean isInteger() {
            return elementType != GgufType.F32 && elementType != GgufType.F64;
        }

        /**
         * The elements as longs: of U64 the same bits, of BOOL 0 and 1.
         *
         * @throws IllegalStateException if they are floating-point numbers
         */
        public long[] longs() {
            var in = buffer();
            var longs = new long[size()];
            for (int i = 0; i < longs.length; i++) {
                longs[i] = switch (elementType) {
                    case U8 -> Byte.toUnsignedLong(in.get());
                    case I8 -> in.get();
                    case U16 -> Short.toUnsignedLong(in.getShort());
                    case I16 -> in.getShort();
                    case U32 -> Integer.toUnsignedLong(in.getInt());
                    case I32 -> in.getInt();
                    case U64, I64 -> in.getLong();
                    case BOOL -> in.get() == 0 ? 0 : 1;
                    case F32, F64, STRING, ARRAY ->
                        throw new IllegalStateException("an array of " + elementType + " does not hold integers");
                };
            }
            return longs;
        }

        /** The elements as doubles; 64-bit integers are rounded. */
        public double[] doubles() {
            if (isInteger()) {
                var longs = longs();
                var doubles = new double[longs.length];
                for (int i = 0; i < doubles.length; i++) {
                    doubles[i] = elementType == GgufType.U64 && longs[i] < 0
                            ? new java.math.BigDecimal(Long.toUnsignedString(longs[i])).doubleValue()
                            : longs[i];
                }
                return doubles;
            }
            var in = buffer();
            var doubles = new double[size()];
            for (int i = 0; i < doubles.length; i++) {
                doubles[i] = elementType == GgufType.F32 ? in.getFloat() : in.getDouble();
            }
            return doubles;
        }

        private ByteBuffer buffer() {
            return ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE)).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public String describe() {
            return "an array of " + size() + " " + elementType;
        }
    }

    /**
     * An array of strings, decoded on demand; it may lie in the file, and is then valid until the file is
     * closed. A vocabulary of 30,000 tokens costs nothing here until it is asked for, then one copy and one pass.
     */
    final class OfStrings implements GgufValue {
        private final String source;
        private final long offset;
        private final MemorySegment bytes;
        private final int size;

        /** Elements as in the file, each preceded by its length, which the reader has checked. */
        OfStrings(String source, long offset, MemorySegment bytes, int size) {
            this.source = source;
            this.offset = offset;
            this.bytes = bytes;
            this.size = size;
        }

        @Override
        public GgufType type() {
            return GgufType.ARRAY;
        }

        /** The number of elements. */
        public int size() {
            return size;
        }

        /** The stored elements, each a u64 length and that many bytes. */
        MemorySegment bytes() {
            return bytes;
        }

        /**
         * The elements; decoded anew by each call.
         *
         * @throws ModelFormatException if one is not UTF-8
         */
        public List<String> strings() throws ModelFormatException {
            var raw = bytes.toArray(ValueLayout.JAVA_BYTE);
            var in = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
            var strings = new String[size];
            int at = 0;
            for (int i = 0; i < size; i++) {
                int length = (int) in.getLong(at);
                strings[i] = Utf8.decode(raw, at + Long.BYTES, length);
                if (strings[i] == null) {
                    throw ModelFormatException.at(source, offset + at, "string " + i + " of an array is not UTF-8");
                }
                at += Long.BYTES + length;
            }
            return List.of(strings);
        }

        @Override
        public String describe() {
            return "an array of " + size + " strings";
        }
    }

    /** An array of arrays; each element is an {@link OfNumbers}, {@link OfStrings} or {@link OfArrays}. */
    record OfArrays(List<GgufValue> values) implements GgufValue {
        /** Copies the list; refuses an element that is not an array. */
        public OfArrays {
            values = List.copyOf(values);
            if (values.stream().anyMatch(value -> value.type() != GgufType.ARRAY)) {
                throw new IllegalArgumentException("an element is not an array");
            }
        }

        @Override
        public GgufType type() {
            return GgufType.ARRAY;
        }

        @Override
        public String describe() {
            return "an array of " + values.size() + " arrays";
        }
    }

    /** A text made in code. */
    static GgufValue of(String value) {
        return new OfString(value);
    }

    /** A boolean made in code. */
    static GgufValue of(boolean value) {
        return new OfBoolean(value);
    }

    /** A U32 made in code, the type of most sizes in GGUF; 0 to 2³² − 1. */
    static GgufValue u32(long value) {
        return new OfInteger(GgufType.U32, value);
    }

    /** An F32 made in code. */
    static GgufValue f32(float value) {
        return new OfFloat(GgufType.F32, value);
    }

    /** An array of strings made in code; lone surrogates are refused. */
    static GgufValue ofStrings(List<String> values) {
        var encoded = new ArrayList<byte[]>();
        int size = 0;
        for (var value : values) {
            var bytes = Utf8.encode(value);
            encoded.add(bytes);
            size = Math.addExact(size, Long.BYTES + bytes.length);
        }
        var out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        encoded.forEach(bytes -> out.putLong(bytes.length).put(bytes));
        return new OfStrings("metadata made in code", 0, MemorySegment.ofArray(out.array()), encoded.size());
    }

    /** An array of I32 made in code. */
    static GgufValue ofInts(int... values) {
        var out = ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        out.asIntBuffer().put(values);
        return new OfNumbers(GgufType.I32, MemorySegment.ofArray(out.array()));
    }

    /** An array of U8 made in code; not copied. */
    static GgufValue ofBytes(byte... values) {
        return new OfNumbers(GgufType.U8, MemorySegment.ofArray(values));
    }

    /** An array of F32 made in code. */
    static GgufValue ofFloats(float... values) {
        var out = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        out.asFloatBuffer().put(values);
        return new OfNumbers(GgufType.F32, MemorySegment.ofArray(out.array()));
    }
}
