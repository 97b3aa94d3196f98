package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * A GGUF file, version 2 or 3, little-endian: typed metadata and tensors, possibly in ggml's block types.
 *
 * <p>A getter of metadata named for a type refuses an absent key; its {@code optional…} form gives empty then.
 * Both refuse a value of another type. Integers may have any width, a number may be an integer.
 */
public final class GgufFile implements TensorFile {
    private final Path path;
    private final FileBytes file;
    private final GgufHeader header;

    private GgufFile(Path path, FileBytes file, GgufHeader header) {
        this.path = path;
        this.file = file;
        this.header = header;
    }

    /**
     * Opens and checks a file. Tensors of types that are not readable yet are listed; only decoding one fails.
     *
     * @throws ModelFormatException if it is not a well-formed GGUF file
     * @throws IOException if it cannot be read
     */
    public static GgufFile open(Path path) throws IOException {
        var file = FileBytes.map(path);
        try {
            return new GgufFile(path, file, GgufHeader.validate(file.source(), file.bytes()));
        } catch (ModelFormatException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Checks bytes that the caller owns, such as a model inside a jar.
     *
     * @param name what error messages and {@link #path} call it
     * @param bytes must stay valid and unchanged while the file is used
     */
    public static GgufFile of(String name, MemorySegment bytes) throws ModelFormatException {
        return new GgufFile(Path.of(name), FileBytes.lent(name, bytes), GgufHeader.validate(name, bytes));
    }

    @Override
    public Path path() {
        return path;
    }

    /** 2 or 3. */
    public int version() {
        return header.version();
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return header.tensors();
    }

    @Override
    public TensorView tensor(String name) {
        return file.view(header.tensors(), name);
    }

    /** All metadata in the order of the file; unmodifiable. Arrays in it are valid until the file is closed. */
    public SequencedMap<String, GgufValue> metadata() {
        return header.metadata();
    }

    /** The string of a key. */
    public String string(String key) throws ModelFormatException {
        return optionalString(key).orElseThrow(() -> absent(key, "a string"));
    }

    /** The integer of a key, of any width, within the range of a long. */
    public long longInteger(String key) throws ModelFormatException {
        return optionalLong(key).orElseThrow(() -> absent(key, "an integer"));
    }

    /** The integer of a key, of any width, within the range of an int. */
    public int integer(String key) throws ModelFormatException {
        long value = longInteger(key);
        if (value != (int) value) {
            throw mismatch(key, header.metadata().get(key), "an integer of at most 32 bits");
        }
        return (int) value;
    }

    /** The number of a key. */
    public double number(String key) throws ModelFormatException {
        return optionalDouble(key).orElseThrow(() -> absent(key, "a number"));
    }

    /** The boolean of a key. */
    public boolean bool(String key) throws ModelFormatException {
        return optionalBoolean(key).orElseThrow(() -> absent(key, "a boolean"));
    }

    /** The strings of a key; decoded anew by each call. */
    public List<String> strings(String key) throws ModelFormatException {
        return optionalStrings(key).orElseThrow(() -> absent(key, "an array of strings"));
    }

    /** The integers of a key. */
    public long[] longs(String key) throws ModelFormatException {
        return optionalLongs(key).orElseThrow(() -> absent(key, "an array of integers"));
    }

    /** The integers of a key, each within the range of an int. */
    public int[] ints(String key) throws ModelFormatException {
        return optionalInts(key).orElseThrow(() -> absent(key, "an array of integers"));
    }

    /** The numbers of a key. */
    public double[] doubles(String key) throws ModelFormatException {
        return optionalDoubles(key).orElseThrow(() -> absent(key, "an array of numbers"));
    }

    /** The string of a key, if there is one. */
    public Optional<String> optionalString(String key) throws ModelFormatException {
        return switch (header.metadata().get(key)) {
            case null -> Optional.empty();
            case GgufValue.OfString(var value) -> Optional.of(value);
            case GgufValue other -> throw mismatch(key, other, "a string");
        };
    }

    /** The integer of a key, if there is one. */
    public OptionalLong optionalLong(String key) throws ModelFormatException {
        return switch (header.metadata().get(key)) {
            case null -> OptionalLong.empty();
            case GgufValue.OfInteger integer when integer.fitsLong() -> OptionalLong.of(integer.value());
            case GgufValue other -> throw mismatch(key, other, "an integer of at most 63 bits");
        };
    }

    /** The number of a key, if there is one. */
    public OptionalDouble optionalDouble(String key) throws ModelFormatException {
        return switch (header.metadata().get(key)) {
            case null -> OptionalDouble.empty();
            case GgufValue.OfFloat(_, double value) -> OptionalDouble.of(value);
            case GgufValue.OfInteger integer when integer.fitsLong() -> OptionalDouble.of(integer.value());
            case GgufValue other -> throw mismatch(key, other, "a number");
        };
    }

    /** The boolean of a key, if there is one. */
    public Optional<Boolean> optionalBoolean(String key) throws ModelFormatException {
        return switch (header.metadata().get(key)) {
            case null -> Optional.empty();
            case GgufValue.OfBoolean(boolean value) -> Optional.of(value);
            case GgufValue other -> throw mismatch(key, other, "a boolean");
        };
    }

    /** The strings of a key, if there are; decoded anew by each call. */
    public Optional<List<String>> optionalStrings(String key) throws ModelFormatException {
        file.ensureOpen();
        return switch (header.metadata().get(key)) {
            case null -> Optional.empty();
            case GgufValue.OfStrings strings -> Optional.of(strings.strings());
            // An empty list is written with whatever element type its writer fell back to.
            case GgufValue.OfNumbers numbers when numbers.size() == 0 -> Optional.of(List.of());
            case GgufValue other -> throw mismatch(key, other, "an array of strings");
        };
    }

    /** The integers of a key, if there are. */
    public Optional<long[]> optionalLongs(String key) throws ModelFormatException {
        file.ensureOpen();
        return switch (header.metadata().get(key)) {
            case null -> Optional.empty();
            case GgufValue.OfNumbers numbers when numbers.isInteger() || numbers.size() == 0 ->
                    Optional.of(numbers.size() == 0 ? new long[0] : numbers.longs());
            case GgufValue other -> throw mismatch(key, other, "an array of integers");
        };
    }

    /** The integers of a key, if there are, each within the range of an int. */
    public Optional<int[]> optionalInts(String key) throws ModelFormatException {
        var longs = optionalLongs(key);
        if (longs.isEmpty()) {
            return Optional.empty();
        }
        var ints = new int[longs.get().length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) longs.get()[i];
            if (ints[i] != longs.get()[i]) {
                throw mismatch(key, header.metadata().get(key), "integers of at most 32 bits, but element " + i + " has more");
            }
        }
        return Optional.of(ints);
    }

    /** The numbers of a key, if there are; 64-bit integers are rounded. */
    public Optional<double[]> optionalDoubles(String key) throws ModelFormatException {
        file.ensureOpen();
        return switch (header.metadata().get(key)) {
            case null -> Optional.empty();
            case GgufValue.OfNumbers numbers -> Optional.of(numbers.doubles());
            case GgufValue other -> throw mismatch(key, other, "an array of numbers");
        };
    }

    private ModelFormatException mismatch(String key, GgufValue value, String expected) {
        return ModelFormatException.in(file.source(),
                "metadata \"" + key + "\" is " + value.describe() + ", expected " + expected);
    }

    private ModelFormatException absent(String key, String expected) {
        return ModelFormatException.in(file.source(), "no metadata \"" + key + "\", expected " + expected);
    }

    @Override
    public void close() {
        file.close();
    }
}
