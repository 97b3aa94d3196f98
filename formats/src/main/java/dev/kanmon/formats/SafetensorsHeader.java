package dev.kanmon.formats;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What the header of a safetensors file says, checked against the file.
 *
 * <p>The rules are those of the reference implementation ({@code safetensors/src/tensor.rs}, {@code
 * Metadata::validate}): tensors lie one after another without hole or overlap and use every byte.
 */
record SafetensorsHeader(SequencedMap<String, TensorInfo> tensors, SequencedMap<String, String> metadata) {
    /** The limit of the reference implementation. */
    static final int MAX_BYTES = 100_000_000;
    /** PyTorch's limit; more is an attack, not a tensor. */
    static final int MAX_RANK = 64;

    static final String METADATA = "__metadata__";

    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** One tensor as the JSON has it: types right, values not checked yet. */
    private record Entry(String name, JsonValue json, String dtype, long[] shape, long begin, long end) {}

    static SafetensorsHeader validate(String source, MemorySegment file) throws ModelFormatException {
        long size = file.byteSize();
        if (size < Long.BYTES) {
            throw ModelFormatException.at(source, 0, "the file has " + size + " bytes, expected at least 8");
        }
        long headerBytes = file.get(U64, 0);
        if (headerBytes < 0 || headerBytes > MAX_BYTES) {
            throw ModelFormatException.at(
                    source,
                    0,
                    "header length " + Long.toUnsignedString(headerBytes) + ", expected at most " + MAX_BYTES
                            + " in a safetensors file");
        }
        if (headerBytes > size - Long.BYTES) {
            throw ModelFormatException.at(
                    source, 0, "header length " + headerBytes + " exceeds the " + (size - Long.BYTES) + " bytes left");
        }
        var json = file.asSlice(Long.BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        if (json.length == 0 || json[0] != '{') {
            throw ModelFormatException.at(
                    source, Long.BYTES, "the header does not start with {, expected a JSON object");
        }
        var entries = new ArrayList<Entry>();
        var metadata = new LinkedHashMap<String, String>();
        try {
            read(Json.parse(source, json).asObject(), entries, metadata);
        } catch (ModelFormatException e) {
            // A position in the JSON becomes one in the file.
            throw ModelFormatException.at(source, e.offset() + Long.BYTES, "header: " + e.detail());
        }
        long dataStart = Long.BYTES + headerBytes;
        var tensors = new LinkedHashMap<String, TensorInfo>();
        for (var entry : entries) {
            tensors.put(entry.name, checked(source, entry, dataStart));
        }
        checkLayout(source, entries, size - dataStart);
        return new SafetensorsHeader(
                Collections.unmodifiableSequencedMap(tensors), Collections.unmodifiableSequencedMap(metadata));
    }

    private static void read(JsonObject header, List<Entry> entries, SequencedMap<String, String> metadata)
            throws ModelFormatException {
        for (var member : header.members().entrySet()) {
            var value = member.getValue();
            if (!member.getKey().equals(METADATA)) {
                entries.add(entry(member.getKey(), value.asObject()));
            } else if (!(value instanceof JsonNull)) {
                for (var pair : value.asObject().members().entrySet()) {
                    metadata.put(pair.getKey(), pair.getValue().asString());
                }
            }
        }
    }

    private static Entry entry(String name, JsonObject tensor) throws ModelFormatException {
        var dtype = tensor.string("dtype");
        var shape = tensor.array("shape");
        if (shape.size() > MAX_RANK) {
            throw shape.error("has " + shape.size() + " dimensions, expected at most " + MAX_RANK);
        }
        var offsets = tensor.array("data_offsets");
        if (offsets.size() != 2) {
            throw offsets.error("has " + offsets.size() + " elements, expected begin and end");
        }
        var range = unsigned(offsets);
        return new Entry(name, tensor, dtype, unsigned(shape), range[0], range[1]);
    }

    private static long[] unsigned(JsonArray array) throws ModelFormatException {
        for (var value : array) {
            if (value instanceof JsonNumber number
                    && number.isLong()
                    && number.text().startsWith("-")) {
                throw value.error("is " + number.text() + ", expected at least 0");
            }
        }
        return array.longs();
    }

    private static TensorInfo checked(String source, Entry entry, long dataStart) throws ModelFormatException {
        var dtype = DType.ofSafetensors(entry.dtype)
                .orElseThrow(() -> fault(
                        source,
                        entry,
                        "dtype \"" + ModelFormatException.abbreviate(entry.dtype) + "\" is not supported; known: "
                                + DType.safetensorsNames()));
        if (entry.begin > entry.end) {
            throw fault(source, entry, "data_offsets [" + entry.begin + ", " + entry.end + ") end before they begin");
        }
        long needed;
        try {
            needed = dtype.byteSize(entry.shape);
        } catch (IllegalArgumentException e) {
            throw fault(source, entry, e.getMessage());
        } catch (ArithmeticException e) {
            throw fault(
                    source,
                    entry,
                    "the size of " + dtype + " " + Arrays.toString(entry.shape)
                            + " exceeds 64 bits, expected a size that the file can hold");
        }
        if (needed != entry.end - entry.begin) {
            throw fault(
                    source,
                    entry,
                    dtype + " " + Arrays.toString(entry.shape) + " needs " + needed + " bytes, data_offsets ["
                            + entry.begin + ", " + entry.end + ") hold " + (entry.end - entry.begin));
        }
        // An offset beyond the file wraps at worst; checkLayout refuses it before it is used.
        return new TensorInfo(
                entry.name, dtype, Arrays.stream(entry.shape).boxed().toList(), dataStart + entry.begin, needed);
    }

    private static void checkLayout(String source, List<Entry> entries, long dataBytes) throws ModelFormatException {
        var sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (var entry : sorted) {
            if (entry.begin != end) {
                throw fault(
                        source,
                        entry,
                        "data_offsets [" + entry.begin + ", " + entry.end + ") "
                                + (entry.begin > end ? "leave a hole after" : "overlap")
                                + " the data before, expected begin " + end);
            }
            if (entry.end > dataBytes) {
                throw fault(
                        source,
                        entry,
                        "data_offsets [" + entry.begin + ", " + entry.end + ") exceed the " + dataBytes
                                + " bytes of data in the file");
            }
            end = entry.end;
        }
        if (end != dataBytes) {
            throw ModelFormatException.in(
                    source,
                    "tensors use " + end + " of the " + dataBytes
                            + " bytes of data, expected every byte to belong to one");
        }
    }

    private static ModelFormatException fault(String source, Entry entry, String detail) {
        return ModelFormatException.at(
                source,
                Long.BYTES + entry.json.position().byteOffset(),
                "tensor \"" + ModelFormatException.abbreviate(entry.name) + "\": " + detail);
    }
}
