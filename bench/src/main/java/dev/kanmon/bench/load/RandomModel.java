package dev.kanmon.bench.load;

import dev.kanmon.engine.Shapes;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.family.Graph;
import dev.kanmon.engine.weights.EmbeddingTable;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.SafetensorsWriter;
import dev.kanmon.formats.json.Json;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Pieces;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/** Writes a model directory of a known shape with two labels and random f32 weights. */
public final class RandomModel {

    private static final float SCALE = 0.05f;

    private RandomModel() {}

    /** Writes {@code config.json} and {@code model.safetensors} into {@code directory}; the same bytes every time. */
    public static void write(String shape, Path directory) throws IOException {
        Files.createDirectories(directory);
        String config = Shapes.configJson(shape).replaceFirst("\\{", "{\"num_labels\": 2, ");
        Files.writeString(directory.resolve("config.json"), config);
        ModelConfig parsed = HuggingFaceConfig.read(Json.parse(shape, config).asObject());
        Names names = new Names();
        Graph.build(parsed, names);
        SplittableRandom random = new SplittableRandom(42);
        try (SafetensorsWriter file = SafetensorsWriter.create(directory.resolve("model.safetensors"))) {
            file.metadata("format", "pt");
            names.shapes.forEach(
                    (name, dimensions) -> file.declare(parsed.encoder().fullName(name), DType.F32, dimensions));
            for (Map.Entry<String, long[]> tensor : names.shapes.entrySet()) {
                float centre = isScale(tensor.getKey()) ? 1 : 0;
                file.write(parsed.encoder().fullName(tensor.getKey()), (from, count, dst, dstPos) -> {
                    for (int i = 0; i < count; i++) {
                        dst[dstPos + i] = centre + (random.nextFloat() - 0.5f) * 2 * SCALE;
                    }
                });
            }
            file.finish();
        }
    }

    private static boolean isScale(String tensor) {
        return tensor.toLowerCase(Locale.ROOT).contains("norm") && tensor.endsWith(".weight");
    }

    /** Notes what a graph asks for. */
    private static final class Names implements WeightSource {
        final SequencedMap<String, long[]> shapes = new LinkedHashMap<>();

        @Override
        public Optional<Kernels> kernels() {
            return Optional.empty();
        }

        @Override
        public Pieces pieces() {
            return Pieces.inOrder();
        }

        @Override
        public MemorySegment vector(String tensor, int size) {
            shapes.put(tensor, new long[] {size});
            return null;
        }

        @Override
        public MemorySegment table(String tensor, int rows, int columns) {
            shapes.put(tensor, new long[] {rows, columns});
            return null;
        }

        @Override
        public EmbeddingTable embedding(String tensor, int rows, int columns) {
            shapes.put(tensor, new long[] {rows, columns});
            return null;
        }

        @Override
        public Dense sideBySide(List<Part> parts, int inputs) {
            for (Part part : parts) {
                shapes.put(part.prefix() + ".weight", new long[] {part.outputs(), inputs});
                if (part.biased()) {
                    vector(part.prefix() + ".bias", part.outputs());
                }
            }
            return new Dense(null, null, Activation.NONE);
        }

        @Override
        public Dense convolution(String prefix, int size, int width, int groups) {
            shapes.put(prefix + ".weight", new long[] {size, size / groups, width});
            vector(prefix + ".bias", size);
            return new Dense(null, null, Activation.NONE);
        }
    }
}
