package dev.kanmon.convert;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.SafetensorsWriter;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorView;
import dev.kanmon.formats.TensorWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a model again, in another file form and with another type of weights. The source is checked as a whole
 * first; the destination appears only when it is complete.
 */
public final class ModelConverter {

    /** Told how far a conversion is. */
    @FunctionalInterface
    public interface Progress {
        /** {@code done} of {@code all} bytes are written. */
        void update(long done, long all);
    }

    /**
     * What was written.
     *
     * @param tensors number of tensors
     * @param bytes of their data
     * @param leftOut tensors of the source that the model has no place for
     * @param tokenizer whether the model has one; true for a file of tensors alone, which could hold none
     */
    public record Report(int tensors, long bytes, List<String> leftOut, boolean tokenizer) {

        Report withTokenizer(boolean present) {
            return new Report(tensors, bytes, leftOut, present);
        }
    }

    private ModelConverter() {}

    /**
     * Converts a model.
     *
     * @param source what {@link ModelFiles#open(Path)} opens
     * @param target a name that ends in {@code .gguf} for one GGUF file with configuration, tokenizer and weights;
     *     one that ends in {@code .safetensors} for the tensors alone; any other for a Hugging Face directory,
     *     which is created. Files of these names are replaced
     * @param type of the large tensors; empty to keep each as it is. In GGUF vectors, small tables and the last layer of
     *     the head are F32 then, as llama.cpp has it (without a type only BERT's), and rows that are not a whole number of
     *     blocks get the type that llama.cpp falls back to
     * @param progress told how far it is; null for nobody
     * @throws ModelFormatException if the source is malformed
     * @throws IOException if reading or writing fails
     * @throws IllegalArgumentException if the target cannot hold the type
     */
    public static Report convert(Path source, Path target, Optional<DType> type, Progress progress) throws IOException {
        return convert(source, ModelFiles.Supplement.NONE, target, type, progress);
    }

    /**
     * Converts a model whose files may not say everything, such as weights out of a Maven artifact.
     *
     * @param supplement what the source does not say
     * @see #convert(Path, Path, Optional, Progress)
     * @throws ModelFormatException if the source is malformed, or something is not said anywhere
     * @throws IOException if reading or writing fails
     * @throws IllegalArgumentException if the target cannot hold the type
     */
    public static Report convert(
            Path source, ModelFiles.Supplement supplement, Path target, Optional<DType> type, Progress progress)
            throws IOException {
        requireWritable(type);
        try (ModelFiles model = ModelFiles.open(source, supplement)) {
            model.requireUnpacked();
            ModelFiles.Tensors tensors = model.check();
            String name = target.getFileName().toString();
            if (name.endsWith(".gguf")) {
                return GgufModel.write(model, tensors, target, type, progress).withTokenizer(model.hasTokenizer());
            }
            if (type.isPresent() && !type.get().inSafetensors()) {
                throw new IllegalArgumentException(
                        "safetensors has no type " + type.get() + "; name a file that ends in .gguf for it");
            }
            if (name.endsWith(".safetensors")) {
                return safetensors(model, tensors, target, type, progress);
            }
            Files.createDirectories(target);
            Report report = safetensors(model, tensors, target.resolve("model.safetensors"), type, progress);
            boolean decoded = tensors.written().values().stream()
                    .anyMatch(view -> !view.info().dtype().inSafetensors());
            HuggingFaceFiles.write(model, target, decoded ? Optional.of(type.orElse(DType.F32)) : type);
            return report.withTokenizer(model.hasTokenizer());
        }
    }

    /**
     * Packs a model: a GGUF file whose matrices are in the order that machine code computes on, so that they need only be
     * mapped. A model that is loaded from it has the bits of one that is loaded from {@code source} with these weights.
     *
     * @param supplement what the source does not say
     * @param target a name that ends in {@code .gguf}; a file of this name is replaced
     * @param weights how matrices are kept, with the exceptions of the sidecar if it says so
     * @param tables type of large embedding tables, which are read row by row where they are mapped; empty to keep what
     *     they have
     * @param progress told how far it is; null for nobody
     * @throws ModelFormatException if the source is malformed, or something is not said anywhere
     * @throws IOException if reading or writing fails
     * @throws IllegalArgumentException if the target has another name, {@code tables} cannot be written, or the source is
     *     packed itself
     */
    public static Report pack(
            Path source,
            ModelFiles.Supplement supplement,
            Path target,
            WeightPlan weights,
            Optional<DType> tables,
            Progress progress)
            throws IOException {
        requireWritable(tables);
        if (!target.getFileName().toString().endsWith(".gguf")) {
            throw new IllegalArgumentException(target + ": a packed model is a GGUF file; name one that ends in .gguf");
        }
        try (ModelFiles model = ModelFiles.open(source, supplement)) {
            return PackedModel.write(model, target, weights, tables, progress).withTokenizer(model.hasTokenizer());
        }
    }

    private static void requireWritable(Optional<DType> type) {
        if (type.isPresent() && !type.get().isWritable()) {
            throw new IllegalArgumentException(
                    "weights of type " + type.get() + " cannot be written, expected one of " + DType.writableNames());
        }
    }

    private static Report safetensors(
            ModelFiles model, ModelFiles.Tensors tensors, Path target, Optional<DType> type, Progress progress)
            throws IOException {
        // A bare encoder is saved without the prefix that it has inside a classifier.
        boolean bare = model.config().classifier().isEmpty();
        try (SafetensorsWriter writer = SafetensorsWriter.create(target)) {
            writer.metadata("format", "pt");
            return write(
                    writer,
                    tensors,
                    progress,
                    tensor -> bare ? tensor : model.config().encoder().fullName(tensor),
                    (_, info) -> type.orElse(info.dtype().inSafetensors() ? info.dtype() : DType.F32));
        }
    }

    /** How a tensor is called in the target. */
    @FunctionalInterface
    interface Naming {
        String of(String tensor);
    }

    /** Which type a tensor has in the target. */
    @FunctionalInterface
    interface Typing {
        DType of(String tensor, TensorInfo stored);
    }

    /** Has {@code progress} hear how many of {@code total} bytes are written; null for nobody. */
    static void report(TensorWriter writer, long total, Progress progress) {
        long[] done = {0};
        writer.onTensor(info -> {
            done[0] += info.byteSize();
            if (progress != null) {
                progress.update(done[0], total);
            }
        });
    }

    /** Declares and writes all tensors, and finishes the file. */
    static Report write(
            TensorWriter writer, ModelFiles.Tensors tensors, Progress progress, Naming naming, Typing typing)
            throws IOException {
        long all = 0;
        for (Map.Entry<String, TensorView> entry : tensors.written().entrySet()) {
            TensorInfo info = entry.getValue().info();
            DType type = typing.of(entry.getKey(), info);
            long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
            writer.declare(naming.of(entry.getKey()), type, shape);
            all += type.byteSize(shape);
        }
        report(writer, all, progress);
        for (Map.Entry<String, TensorView> entry : tensors.written().entrySet()) {
            TensorView view = entry.getValue();
            write(writer, naming.of(entry.getKey()), view, typing.of(entry.getKey(), view.info()));
        }
        writer.finish();
        return new Report(tensors.written().size(), all, tensors.unused(), true);
    }

    /** Writes the next tensor, which was declared to have {@code type}. */
    static void write(TensorWriter writer, String name, TensorView view, DType type) throws IOException {
        if (type == view.info().dtype()) {
            writer.writeBytes(name, view.bytes()); // The same type: the same bytes, not a second rounding of them.
        } else {
            writer.write(name, view::read);
        }
    }
}
