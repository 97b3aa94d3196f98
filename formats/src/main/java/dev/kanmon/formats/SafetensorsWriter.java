package dev.kanmon.formats;

import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Writes a safetensors file. Tensors lie in the order in which they are declared; the data starts at a
 * multiple of 8 bytes.
 */
public final class SafetensorsWriter extends TensorWriter {
    private static final int HEADER_ALIGNMENT = 8;

    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

    private SafetensorsWriter(Path target) throws IOException {
        super(target);
    }

    /**
     * Starts a file.
     *
     * @param target replaced by {@link #finish}; its directory must exist
     */
    public static SafetensorsWriter create(Path target) throws IOException {
        return new SafetensorsWriter(target);
    }

    /** Adds a string under {@code __metadata__}; transformers asks for {@code format} to be {@code pt}. */
    public void metadata(String key, String value) {
        requireHeaderOpen();
        Utf8.encode(key);
        Utf8.encode(value);
        if (metadata.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException("metadata \"" + key + "\" is given twice");
        }
    }

    @Override
    void check(Declared tensor) {
        if (!tensor.dtype().inSafetensors()) {
            throw new IllegalArgumentException("tensor \"" + tensor.name() + "\": safetensors has no " + tensor.dtype()
                    + "; known: " + DType.safetensorsNames());
        }
        if (tensor.name().equals(SafetensorsHeader.METADATA) || tensor.shape().size() > SafetensorsHeader.MAX_RANK) {
            throw new IllegalArgumentException("a tensor cannot be named \"" + SafetensorsHeader.METADATA
                    + "\" or have more than " + SafetensorsHeader.MAX_RANK + " dimensions");
        }
    }

    @Override
    Layout layOut(List<Declared> tensors) {
        var json = JsonWriter.compact().beginObject();
        if (!metadata.isEmpty()) {
            json.name(SafetensorsHeader.METADATA).beginObject();
            metadata.forEach((key, value) -> json.name(key).value(value));
            json.endObject();
        }
        long end = 0;
        for (var tensor : tensors) {
            json.name(tensor.name())
                    .beginObject()
                    .name("dtype")
                    .value(tensor.dtype().name())
                    .name("shape")
                    .beginArray();
            for (long dimension : tensor.shape()) {
                json.value(dimension);
            }
            json.endArray().name("data_offsets").beginArray().value(end);
            end = Math.addExact(end, tensor.byteSize());
            json.value(end).endArray().endObject();
        }
        var text = json.endObject().toString().getBytes(StandardCharsets.UTF_8);
        int length = Math.ceilDiv(text.length, HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
        if (length > SafetensorsHeader.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "the header takes " + length + " bytes, safetensors allows " + SafetensorsHeader.MAX_BYTES);
        }
        var header =
                Arrays.copyOf(new LittleEndianBytes().i64(length).bytes(text).toByteArray(), Long.BYTES + length);
        Arrays.fill(header, Long.BYTES + text.length, header.length, (byte) ' ');
        var infos = new ArrayList<TensorInfo>();
        long offset = header.length;
        for (var tensor : tensors) {
            infos.add(new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape(), offset, tensor.byteSize()));
            offset += tensor.byteSize();
        }
        return new Layout(header, infos, offset);
    }
}
