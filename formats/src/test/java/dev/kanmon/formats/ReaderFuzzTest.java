package dev.kanmon.formats;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.fuzz.FuzzCampaign;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a file holds, reading it ends in tensors or in a {@link ModelFormatException} that says where and why. {@code
 * scripts/fuzz} runs more cases.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReaderFuzzTest {
    private static final String NAME = "fuzzed";
    private static final int CASES = 30_000;

    @TempDir
    private Path dir;

    private static Optional<String> fault(Throwable thrown, String source) {
        if (!(thrown instanceof ModelFormatException refused)) {
            return Optional.of("threw " + thrown + ", expected a ModelFormatException");
        }
        var message = refused.getMessage();
        if (!message.startsWith(source) || message.length() > source.length() + 1200) {
            return Optional.of("a message of " + message.length() + " characters: " + message);
        }
        return message.chars().anyMatch(Character::isISOControl)
                ? Optional.of("a message with control characters: " + message)
                : Optional.empty();
    }

    private static void campaign(String name, int cases, List<byte[]> seeds, FuzzCampaign.Target target) {
        FuzzCampaign.run(name, seeds, cases, target, thrown -> fault(thrown, NAME));
    }

    /** Describes every tensor and reads some of its elements. */
    private static void readTensors(TensorFile file) throws IOException {
        var floats = new float[64];
        for (var info : file.tensors().values()) {
            var view = file.tensor(info.name());
            if (view.bytes().byteSize() != info.byteSize()
                    || info.elements() < 0
                    || info.shape().isEmpty() && info.elements() != 1) {
                throw new AssertionError(info + " has " + view.bytes().byteSize() + " bytes");
            }
            if (info.dtype().isInteger()) {
                view.toLongs();
            } else if (info.dtype().isReadable()) {
                int count = (int) Math.min(floats.length, info.elements());
                view.read(0, count, floats, 0);
                view.read(info.elements() - count, count, floats, 0);
                view.read(info.elements() / 3, (int) Math.min(7, info.elements() - info.elements() / 3), floats, 0);
            }
        }
    }

    private static List<byte[]> resources(String... names) {
        return Arrays.stream(names)
                .map(name -> Bytes.read(Bytes.resource(name)))
                .toList();
    }

    @Test
    void safetensors() {
        var seeds = resources(
                "malformed/safetensors/load__valid_basic.safetensors",
                "malformed/safetensors/load__valid_all_dtypes.safetensors",
                "malformed/safetensors/load__valid_metadata.safetensors",
                "malformed/safetensors/load__valid_escaped_names.safetensors",
                "malformed/safetensors/load__valid_scalar.safetensors");
        campaign("safetensors", CASES, seeds, bytes -> {
            try (var file = SafetensorsFile.of(NAME, MemorySegment.ofArray(bytes))) {
                readTensors(file);
                file.metadata();
            }
        });
    }

    /** A tensor of every type of ggml's, with random blocks. */
    private static byte[] everyGgmlType() {
        var random = new Random(1);
        var types = Arrays.stream(DType.values())
                .filter(type -> DType.ofGgml(ggmlId(type)).isPresent())
                .toList();
        var file = Bytes.gguf(types.size(), 0);
        var data = new LittleEndianBytes();
        for (var type : types) {
            int elements = 2 * type.blockSize();
            file.string(type.name())
                    .i32(2)
                    .i64(elements)
                    .i64(1)
                    .i32(ggmlId(type))
                    .i64(data.size());
            var bytes = new byte[2 * type.blockBytes()];
            random.nextBytes(bytes);
            data.bytes(bytes).align(32);
        }
        return file.align(32).bytes(data.toByteArray()).toByteArray();
    }

    private static int ggmlId(DType type) {
        for (int id = 0; id < 256; id++) {
            if (DType.ofGgml(id).equals(Optional.of(type))) {
                return id;
            }
        }
        return -1;
    }

    @Test
    void gguf() {
        var seeds = new ArrayList<>(resources(
                "malformed/gguf/load__valid_basic.gguf",
                "malformed/gguf/load__valid_all_kv_types.gguf",
                "malformed/gguf/load__valid_alignment_64.gguf"));
        seeds.add(everyGgmlType());
        campaign("GGUF", 2 * CASES, seeds, bytes -> {
            try (var file = GgufFile.of(NAME, MemorySegment.ofArray(bytes))) {
                readTensors(file);
                for (var value : file.metadata().values()) {
                    readValue(value);
                }
            }
        });
    }

    private static void readValue(GgufValue value) throws ModelFormatException {
        switch (value) {
            case GgufValue.OfStrings strings -> strings.strings();
            case GgufValue.OfNumbers numbers -> numbers.doubles();
            case GgufValue.OfArrays arrays -> {
                for (var element : arrays.values()) {
                    readValue(element);
                }
            }
            case GgufValue.OfInteger _, GgufValue.OfFloat _, GgufValue.OfBoolean _, GgufValue.OfString _ ->
                value.describe();
        }
    }

    @Test
    void json() {
        var seeds = List.of(
                """
                {"a": [1, -2.5e-3, 1e400, 123456789012345678901234567890], "b": {"c": null, "d": [true, false]}, "é\\u00e9\\ud83d\\ude00": "\\n\\"x"}
                """,
                "[[[[[[[[[[{\"a\":[{}]}]]]]]]]]]]",
                "{\"weight_map\": {\"encoder.layer.0.weight\": \"model-00001-of-00002.safetensors\"}, \"total\":"
                        + " 1234}");
        campaign(
                "JSON",
                CASES,
                seeds.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                bytes -> {
                    walk(Json.parse(NAME, bytes));
                });
    }

    /** Asks for everything in every form; a wrong form must be refused like a wrong file. */
    private static void walk(JsonValue value) throws ModelFormatException {
        value.describe();
        switch (value) {
            case JsonObject object -> {
                for (var member : object.members().values()) {
                    walk(member);
                }
            }
            case JsonArray array -> {
                for (var element : array.values()) {
                    walk(element);
                }
            }
            case JsonNumber number -> {
                if (number.isLong()) {
                    number.asLong();
                }
                number.doubleValue();
            }
            case JsonString string -> string.value();
            case JsonBoolean bool -> bool.value();
            case JsonNull _ -> {}
        }
    }

    @Test
    void onnx() {
        var seeds = List.of(OnnxFileTest.everyField(), OnnxFileTest.nodes());
        campaign("ONNX", 2 * CASES, seeds, bytes -> {
            try (var file = OnnxFile.of(NAME, MemorySegment.ofArray(bytes))) {
                readTensors(file);
                file.nodes().forEach(node -> file.readers(String.valueOf(node.outputs())));
            }
        });
    }

    @Test
    void pytorch() {
        campaign(
                "PyTorch",
                2 * CASES,
                resources("pytorch/state.bin", "pytorch/legacy.bin", "pytorch/wrapped.bin"),
                bytes -> {
                    try (var file = PytorchFile.of(NAME, MemorySegment.ofArray(bytes))) {
                        readTensors(file);
                    }
                });
    }

    @Test
    void tensorflow() {
        var bundle = TensorflowCheckpointTest.small();
        var shards = bundle.shards().stream().map(MemorySegment::ofArray).toList();
        campaign("TensorFlow index", CASES, List.of(bundle.index()), bytes -> {
            try (var file = TensorflowCheckpoint.of(NAME, MemorySegment.ofArray(bytes), shards)) {
                readTensors(file);
            }
        });
        // With checksums that are right again, the damage gets past them.
        campaign("TensorFlow index, signed", CASES, List.of(bundle.index()), bytes -> {
            BundleBytes.sign(bytes);
            try (var file = TensorflowCheckpoint.of(NAME, MemorySegment.ofArray(bytes), shards)) {
                readTensors(file);
            }
        });
        var index = bundle.index();
        campaign("TensorFlow data", CASES / 3, List.of(bundle.shards().getFirst()), bytes -> {
            try (var file = TensorflowCheckpoint.of(
                    NAME, MemorySegment.ofArray(index), List.of(MemorySegment.ofArray(bytes), shards.get(1)))) {
                file.verify();
                readTensors(file);
            }
        });
    }

    @Test
    void indexOfShards() throws IOException {
        var shard =
                resources("malformed/safetensors/load__valid_basic.safetensors").getFirst();
        Files.write(dir.resolve("a.safetensors"), shard);
        Files.write(dir.resolve("b.bin"), resources("pytorch/state.bin").getFirst());
        String tensor;
        try (var file = SafetensorsFile.of("a", MemorySegment.ofArray(shard))) {
            tensor = file.tensors().firstEntry().getKey();
        }
        var seed =
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {\"%s\": \"a.safetensors\", \"part\": \"b.bin\"}}"
                        .formatted(tensor)
                        .getBytes(StandardCharsets.UTF_8);
        var index = dir.resolve("model.safetensors.index.json");
        FuzzCampaign.run(
                "index of shards",
                List.of(seed),
                CASES / 10,
                bytes -> {
                    Files.write(index, bytes);
                    try (var file = ShardedCheckpoint.open(index)) {
                        readTensors(file);
                    }
                },
                thrown -> fault(thrown, dir.toString()));
    }
}
