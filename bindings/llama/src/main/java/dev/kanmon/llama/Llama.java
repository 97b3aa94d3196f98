package dev.kanmon.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/**
 * The functions of {@code llama.h} that are used here, with its arguments; one object for the whole JVM, since the library
 * has state of its own. Safe for use by several threads as far as llama.cpp is: one thread at a time for each context.
 */
final class Llama {
    private static final Object DECODE = new Object();

    private static Llama loaded;

    private final NativeLog log;
    private final MethodHandle modelDefaultParams;
    private final MethodHandle contextDefaultParams;
    private final MethodHandle loadModel;
    private final MethodHandle freeModel;
    private final MethodHandle newContext;
    private final MethodHandle freeContext;
    private final MethodHandle getVocab;
    private final MethodHandle trainedContext;
    private final MethodHandle chatTemplate;
    private final MethodHandle applyTemplate;
    private final MethodHandle vocabularySize;
    private final MethodHandle beginToken;
    private final MethodHandle isEnd;
    private final MethodHandle tokenize;
    private final MethodHandle piece;
    private final MethodHandle decode;
    private final MethodHandle logits;
    private final MethodHandle clearCache;
    private final MethodHandle removeSequence;

    private Llama(Functions link) {
        modelDefaultParams = link.function("llama_model_default_params", FunctionDescriptor.of(Layouts.MODEL_PARAMS));
        contextDefaultParams =
                link.function("llama_context_default_params", FunctionDescriptor.of(Layouts.CONTEXT_PARAMS));
        loadModel = link.function(
                "llama_model_load_from_file", FunctionDescriptor.of(ADDRESS, ADDRESS, Layouts.MODEL_PARAMS));
        freeModel = link.function("llama_model_free", FunctionDescriptor.ofVoid(ADDRESS));
        newContext =
                link.function("llama_init_from_model", FunctionDescriptor.of(ADDRESS, ADDRESS, Layouts.CONTEXT_PARAMS));
        freeContext = link.function("llama_free", FunctionDescriptor.ofVoid(ADDRESS));
        getVocab = link.function("llama_model_get_vocab", FunctionDescriptor.of(ADDRESS, ADDRESS));
        trainedContext = link.function("llama_model_n_ctx_train", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        chatTemplate = link.function("llama_model_chat_template", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
        applyTemplate = link.function(
                "llama_chat_apply_template",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_BOOLEAN, ADDRESS, JAVA_INT));
        vocabularySize = link.function("llama_vocab_n_tokens", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        beginToken = link.function("llama_vocab_bos", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        isEnd = link.function("llama_vocab_is_eog", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT));
        tokenize = link.function(
                "llama_tokenize",
                FunctionDescriptor.of(
                        JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_BOOLEAN, JAVA_BOOLEAN));
        piece = link.function(
                "llama_token_to_piece",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_BOOLEAN));
        decode = link.function("llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, Layouts.BATCH));
        logits = link.function("llama_get_logits_ith", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        clearCache = link.function("llama_kv_self_clear", FunctionDescriptor.ofVoid(ADDRESS));
        removeSequence = link.function(
                "llama_kv_self_seq_rm", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
        var init = link.function("llama_backend_init", FunctionDescriptor.ofVoid());
        log = NativeLog.install(link);
        Functions.call(() -> {
            init.invokeExact();
            return null;
        });
        try (var arena = Arena.ofConfined()) {
            Layouts.verify(modelDefaultParams(arena), contextDefaultParams(arena));
        }
    }

    /** The library, loaded at the first call. */
    static synchronized Llama load() {
        if (loaded == null) {
            loaded = new Llama(new Functions(NativeLibrary.load()));
        }
        return loaded;
    }

    NativeLog log() {
        return log;
    }

    MemorySegment modelDefaultParams(Arena arena) {
        return Functions.call(() -> (MemorySegment) modelDefaultParams.invokeExact((SegmentAllocator) arena));
    }

    MemorySegment contextDefaultParams(Arena arena) {
        return Functions.call(() -> (MemorySegment) contextDefaultParams.invokeExact((SegmentAllocator) arena));
    }

    /** A model, or NULL; the log says why. */
    MemorySegment loadModel(MemorySegment path, MemorySegment params) {
        return Functions.call(() -> (MemorySegment) loadModel.invokeExact(path, params));
    }

    void freeModel(MemorySegment model) {
        Functions.call(() -> {
            freeModel.invokeExact(model);
            return null;
        });
    }

    /** A context, or NULL; the log says why. */
    MemorySegment newContext(MemorySegment model, MemorySegment params) {
        return Functions.call(() -> (MemorySegment) newContext.invokeExact(model, params));
    }

    void freeContext(MemorySegment context) {
        Functions.call(() -> {
            freeContext.invokeExact(context);
            return null;
        });
    }

    MemorySegment vocabulary(MemorySegment model) {
        return Functions.call(() -> (MemorySegment) getVocab.invokeExact(model));
    }

    /** How many tokens the model was trained on at once. */
    int trainedContext(MemorySegment model) {
        return Functions.call(() -> (int) trainedContext.invokeExact(model));
    }

    /** The model's chat template as a string of C, or NULL if it has none. */
    MemorySegment chatTemplate(MemorySegment model) {
        return Functions.call(() -> (MemorySegment) chatTemplate.invokeExact(model, MemorySegment.NULL));
    }

    /** Bytes of the whole prompt, of which as many as fit were written; negative for a template that llama.cpp does not know. */
    int applyTemplate(MemorySegment template, MemorySegment messages, int count, MemorySegment text) {
        return Functions.call(() ->
                (int) applyTemplate.invokeExact(template, messages, (long) count, true, text, (int) text.byteSize()));
    }

    int vocabularySize(MemorySegment vocabulary) {
        return Functions.call(() -> (int) vocabularySize.invokeExact(vocabulary));
    }

    /** The token that starts a text, or -1. */
    int beginToken(MemorySegment vocabulary) {
        return Functions.call(() -> (int) beginToken.invokeExact(vocabulary));
    }

    /** Whether an answer ends with this token. */
    boolean isEnd(MemorySegment vocabulary, int token) {
        return Functions.call(() -> (boolean) isEnd.invokeExact(vocabulary, token));
    }

    /**
     * Tokens written, or minus the number that there would be.
     *
     * @param addSpecial with the tokens that the model wants around a text
     */
    int tokenize(MemorySegment vocabulary, MemorySegment text, MemorySegment tokens, int room, boolean addSpecial) {
        return Functions.call(() ->
                (int) tokenize.invokeExact(vocabulary, text, (int) text.byteSize(), tokens, room, addSpecial, true));
    }

    /** Bytes written, or minus the number that there would be; the text of special tokens too. */
    int piece(MemorySegment vocabulary, int token, MemorySegment text) {
        return Functions.call(() -> (int) piece.invokeExact(vocabulary, token, text, (int) text.byteSize(), 0, true));
    }

    /**
     * 0 done, anything else an error. One at a time in the whole JVM: the products of this build count their pieces in a
     * static variable ({@code current_chunk} of {@code sgemm.cpp}), so that two contexts at once compute nonsense.
     */
    int decode(MemorySegment context, MemorySegment batch) {
        synchronized (DECODE) {
            return Functions.call(() -> (int) decode.invokeExact(context, batch));
        }
    }

    /** Logits of the token at this index of the last batch; NULL if they were not asked for. Valid until the next decode. */
    MemorySegment logits(MemorySegment context, int index) {
        return Functions.call(() -> (MemorySegment) logits.invokeExact(context, index));
    }

    void clearCache(MemorySegment context) {
        Functions.call(() -> {
            clearCache.invokeExact(context);
            return null;
        });
    }

    /** Frees what the cache holds of a sequence. */
    void removeSequence(MemorySegment context, int sequence) {
        if (!Functions.call(() -> (boolean) removeSequence.invokeExact(context, sequence, -1, -1))) {
            throw new IllegalStateException("llama_kv_self_seq_rm: sequence " + sequence + " cannot be removed");
        }
    }
}
