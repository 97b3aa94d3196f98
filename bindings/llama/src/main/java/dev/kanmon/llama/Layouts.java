package dev.kanmon.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kanmon.augment.GenerationException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Structures of llama.cpp b4916, the build in {@code de.kherud:llama:4.2.0} (its CMakeLists.txt names it). Fields have the
 * names of {@code llama.h}.
 */
final class Layouts {
    static final StructLayout MODEL_PARAMS = MemoryLayout.structLayout(
            ADDRESS.withName("devices"),
            JAVA_INT.withName("n_gpu_layers"),
            JAVA_INT.withName("split_mode"),
            JAVA_INT.withName("main_gpu"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("tensor_split"),
            ADDRESS.withName("progress_callback"),
            ADDRESS.withName("progress_callback_user_data"),
            ADDRESS.withName("kv_overrides"),
            JAVA_BOOLEAN.withName("vocab_only"),
            JAVA_BOOLEAN.withName("use_mmap"),
            JAVA_BOOLEAN.withName("use_mlock"),
            JAVA_BOOLEAN.withName("check_tensors"),
            MemoryLayout.paddingLayout(4));

    static final StructLayout CONTEXT_PARAMS = MemoryLayout.structLayout(
            JAVA_INT.withName("n_ctx"),
            JAVA_INT.withName("n_batch"),
            JAVA_INT.withName("n_ubatch"),
            JAVA_INT.withName("n_seq_max"),
            JAVA_INT.withName("n_threads"),
            JAVA_INT.withName("n_threads_batch"),
            JAVA_INT.withName("rope_scaling_type"),
            JAVA_INT.withName("pooling_type"),
            JAVA_INT.withName("attention_type"),
            JAVA_FLOAT.withName("rope_freq_base"),
            JAVA_FLOAT.withName("rope_freq_scale"),
            JAVA_FLOAT.withName("yarn_ext_factor"),
            JAVA_FLOAT.withName("yarn_attn_factor"),
            JAVA_FLOAT.withName("yarn_beta_fast"),
            JAVA_FLOAT.withName("yarn_beta_slow"),
            JAVA_INT.withName("yarn_orig_ctx"),
            JAVA_FLOAT.withName("defrag_thold"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("cb_eval"),
            ADDRESS.withName("cb_eval_user_data"),
            JAVA_INT.withName("type_k"),
            JAVA_INT.withName("type_v"),
            JAVA_BOOLEAN.withName("logits_all"),
            JAVA_BOOLEAN.withName("embeddings"),
            JAVA_BOOLEAN.withName("offload_kqv"),
            JAVA_BOOLEAN.withName("flash_attn"),
            JAVA_BOOLEAN.withName("no_perf"),
            MemoryLayout.paddingLayout(3),
            ADDRESS.withName("abort_callback"),
            ADDRESS.withName("abort_callback_data"));

    static final StructLayout BATCH = MemoryLayout.structLayout(
            JAVA_INT.withName("n_tokens"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("token"),
            ADDRESS.withName("embd"),
            ADDRESS.withName("pos"),
            ADDRESS.withName("n_seq_id"),
            ADDRESS.withName("seq_id"),
            ADDRESS.withName("logits"));

    static final StructLayout CHAT_MESSAGE =
            MemoryLayout.structLayout(ADDRESS.withName("role"), ADDRESS.withName("content"));

    private Layouts() {}

    static int getInt(MemorySegment struct, StructLayout layout, String field) {
        return struct.get(JAVA_INT, offset(layout, field));
    }

    static void setInt(MemorySegment struct, StructLayout layout, String field, int value) {
        struct.set(JAVA_INT, offset(layout, field), value);
    }

    static void setAddress(MemorySegment struct, StructLayout layout, String field, MemorySegment value) {
        struct.set(ADDRESS, offset(layout, field), value);
    }

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    /**
     * Compares defaults that llama.cpp gave with those of the build whose layouts these are: where another library has been
     * put in its place, fields written to the wrong bytes would be worse than an error.
     *
     * @throws GenerationException if a default is another one
     */
    static void verify(MemorySegment modelParams, MemorySegment contextParams) {
        expect("use_mmap", 1, modelParams.get(JAVA_BOOLEAN, offset(MODEL_PARAMS, "use_mmap")) ? 1 : 0);
        expect("n_ctx", 512, getInt(contextParams, CONTEXT_PARAMS, "n_ctx"));
        expect("n_batch", 2048, getInt(contextParams, CONTEXT_PARAMS, "n_batch"));
        expect("n_ubatch", 512, getInt(contextParams, CONTEXT_PARAMS, "n_ubatch"));
        expect("n_seq_max", 1, getInt(contextParams, CONTEXT_PARAMS, "n_seq_max"));
        expect("n_threads", 4, getInt(contextParams, CONTEXT_PARAMS, "n_threads"));
        expect("n_threads_batch", 4, getInt(contextParams, CONTEXT_PARAMS, "n_threads_batch"));
        expect("type_k", 1, getInt(contextParams, CONTEXT_PARAMS, "type_k"));
        expect("type_v", 1, getInt(contextParams, CONTEXT_PARAMS, "type_v"));
        expect("no_perf", 1, contextParams.get(JAVA_BOOLEAN, offset(CONTEXT_PARAMS, "no_perf")) ? 1 : 0);
    }

    private static void expect(String field, int expected, int found) {
        if (found != expected) {
            throw new GenerationException("llama.cpp: the library's default of " + field + " is " + found
                    + ", expected " + expected + "; it is not the one in de.kherud:llama:4.2.0");
        }
    }
}
