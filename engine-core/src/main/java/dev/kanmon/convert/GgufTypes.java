package dev.kanmon.convert;

import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.formats.DType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which type a tensor has in a GGUF file.
 *
 * <p>Where a type is asked for, some tensors stay F32, as llama.cpp's converter and quantiser leave them (<a
 * href="https://github.com/ggml-org/llama.cpp/blob/b4000/src/llama.cpp#L18400">{@code llama_model_quantize_internal}</a>):
 * vectors, among them all biases and norms; the tables of positions and token types and, by the same reason, those of
 * relative positions: they are small, every layer or every token uses them, and what they get wrong no longer sum
 * averages out. The last layer of a head stays too: a few rows that decide alone.
 */
final class GgufTypes {

    /** Parts of the names of tables that are small and used everywhere. */
    private static final List<String> TABLES = List.of(
            "position_embeddings", "token_type_embeddings", "rel_embeddings.weight", "relative_attention_bias.weight");

    private static final List<String> HEADS = List.of("classifier", "score");

    private final ModelConfig config;
    private final Optional<DType> wished;
    private final boolean llamaCpp;

    /**
     * @param wished type of the large tensors; empty to keep what the source has
     * @param llamaCpp whether llama.cpp shall read the file, which wants F32 for small tensors in any case
     */
    GgufTypes(ModelConfig config, Optional<DType> wished, boolean llamaCpp) {
        this.config = config;
        this.wished = wished;
        this.llamaCpp = llamaCpp;
    }

    /** The type of {@code tensor}, which has {@code shape} and is stored as {@code stored} now. */
    DType of(String tensor, List<Long> shape, DType stored) {
        if ((wished.isPresent() || llamaCpp) && isSmall(tensor, shape)) {
            return DType.F32;
        }
        if (wished.isPresent()) {
            return fitting(wished.get(), shape.getLast());
        }
        return stored.ggmlId() >= 0 ? stored : DType.F32;
    }

    private boolean isSmall(String tensor, List<Long> shape) {
        return shape.size() < 2 || TABLES.stream().anyMatch(tensor::contains) || isLastLayer(tensor, shape);
    }

    private boolean isLastLayer(String tensor, List<Long> shape) {
        return config.classifier().isPresent()
                && HEADS.contains(tensor.substring(0, tensor.indexOf('.')))
                && shape.getFirst() == config.classifier().get().labels().size();
    }

    /** The type itself, or what llama.cpp takes where a row is not a whole number of its blocks. */
    private static DType fitting(DType type, long row) {
        if (row % type.blockSize() == 0) {
            return type;
        }
        DType smaller =
                switch (type) {
                    case Q4_K -> DType.Q5_0;
                    case Q6_K -> DType.Q8_0;
                    default -> DType.F16;
                };
        return row % smaller.blockSize() == 0 ? smaller : DType.F16;
    }

    /** llama.cpp's number for a file most of whose weights have the type ({@code enum llama_ftype} of llama.h). */
    static OptionalInt fileType(DType type) {
        return switch (type) {
            case F32 -> OptionalInt.of(0);
            case F16 -> OptionalInt.of(1);
            case Q4_0 -> OptionalInt.of(2);
            case Q4_1 -> OptionalInt.of(3);
            case Q8_0 -> OptionalInt.of(7);
            case Q5_0 -> OptionalInt.of(8);
            case Q5_1 -> OptionalInt.of(9);
            case Q2_K -> OptionalInt.of(10);
            case Q4_K -> OptionalInt.of(14); // Q4_K_S: few tensors have another type, as in Q4_K_M.
            case Q5_K -> OptionalInt.of(16);
            case Q6_K -> OptionalInt.of(18);
            case IQ4_NL -> OptionalInt.of(25);
            case IQ4_XS -> OptionalInt.of(30);
            case BF16 -> OptionalInt.of(32);
            default -> OptionalInt.empty();
        };
    }
}
