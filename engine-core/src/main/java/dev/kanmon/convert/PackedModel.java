package dev.kanmon.convert;

import dev.kanmon.convert.ModelConverter.Progress;
import dev.kanmon.convert.ModelConverter.Report;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.engine.weights.PackedWeights;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorView;
import dev.kanmon.formats.json.Json;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Writes what {@link PackedWeights} reads: configuration and tokenizer in the form that starts fastest, small tensors and
 * tables as they are, and each matrix as the bytes that kernels compute on.
 */
final class PackedModel {

    private record Matrix(String name, WeightType type, int n, int k, RowSource rows) {
        long bytes() {
            return StoredMatrix.byteSize(type, n, k);
        }
    }

    private PackedModel() {}

    static Report write(ModelFiles model, Path target, WeightPlan weights, Optional<DType> tables, Progress progress)
            throws IOException {
        List<Matrix> matrices = new ArrayList<>();
        SequencedMap<String, TensorView> others =
                model.separate(weights, (name, type, n, k, rows) -> matrices.add(new Matrix(name, type, n, k, rows)));
        GgufTypes types = new GgufTypes(model.config(), tables, false);
        Map<String, DType> stored = new HashMap<>();
        others.forEach((name, view) ->
                stored.put(name, types.of(name, view.info().shape(), view.info().dtype())));
        try (GgufWriter writer = GgufWriter.create(target, StoredMatrix.ALIGNMENT)) {
            describe(writer, model, weights, target);
            long all = 0;
            for (Map.Entry<String, TensorView> other : others.entrySet()) {
                TensorInfo info = other.getValue().info();
                long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
                writer.declare(fullName(model, other.getKey()), stored.get(other.getKey()), shape);
                all += stored.get(other.getKey()).byteSize(shape);
            }
            for (Matrix matrix : matrices) {
                writer.declare(matrix.name, DType.I8, matrix.bytes());
                all += matrix.bytes();
            }
            ModelConverter.report(writer, all, progress);
            for (Map.Entry<String, TensorView> other : others.entrySet()) {
                ModelConverter.write(
                        writer, fullName(model, other.getKey()), other.getValue(), stored.get(other.getKey()));
            }
            write(writer, matrices);
            writer.finish();
            return new Report(
                    others.size() + matrices.size(), all, model.check().unused(), true);
        }
    }

    private static String fullName(ModelFiles model, String tensor) {
        return model.config().encoder().fullName(tensor);
    }

    private static void describe(GgufWriter writer, ModelFiles model, WeightPlan weights, Path target)
            throws IOException {
        GgufModel.identify(writer, model.config(), target);
        GgufSizes.describe(writer, model.config().encoder());
        writer.metadata(PackedWeights.LAYOUT_KEY, GgufValue.of(StoredMatrix.LAYOUT));
        writer.metadata(PackedWeights.TYPE_KEY, GgufValue.of(weights.type().spelling()));
        writer.metadata(GgufConfig.CONFIG_JSON, GgufValue.of(Json.write(model.configJson())));
        if (model.hasTokenizer()) {
            model.tokenizer().toGguf().forEach(writer::metadata);
        }
        GgufModel.sidecar(writer, model);
    }

    /** Packs one matrix after the other, all in the same memory. */
    private static void write(GgufWriter writer, List<Matrix> matrices) throws IOException {
        long longest = matrices.stream().mapToLong(Matrix::bytes).max().orElse(0);
        try (Arena arena = Arena.ofShared();
                Parallel threads = Parallel.ofThreads(Runtime.getRuntime().availableProcessors())) {
            MemorySegment memory = arena.allocate(longest, StoredMatrix.ALIGNMENT);
            for (Matrix matrix : matrices) {
                MemorySegment bytes = memory.asSlice(0, matrix.bytes());
                StoredMatrix.of(matrix.type, matrix.n, matrix.k, matrix.rows, threads::runPieces, bytes);
                writer.writeBytes(matrix.name, bytes);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
