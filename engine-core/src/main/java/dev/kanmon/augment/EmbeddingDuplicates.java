package dev.kanmon.augment;

import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Near duplicates by meaning: two texts are near when the cosine of their embeddings reaches a bound. An embedding is the
 * mean of an encoder's last hidden states over all tokens, as sentence-transformers has it for MiniLM.
 *
 * <p>Each text is compared with all that were added before: meant for some ten thousand.
 */
public final class EmbeddingDuplicates implements NearDuplicates, AutoCloseable {

    /** Where nothing else is said. */
    public static final double DEFAULT_BOUND = 0.9;

    private final String name;
    private final Model model;
    private final Tokenizer tokenizer;
    private final double bound;
    private final List<float[]> embeddings = new ArrayList<>();

    private EmbeddingDuplicates(String name, Model model, Tokenizer tokenizer, double bound) {
        this.name = name;
        this.model = model;
        this.tokenizer = tokenizer;
        this.bound = bound;
    }

    /**
     * Loads the encoder.
     *
     * @param encoder a Hugging Face directory or a GGUF file; a classification head is passed over
     * @param bound of the cosine from which on texts are near, above 0, at most 1
     * @throws dev.kanmon.formats.ModelFormatException if a file is malformed
     * @throws IOException if a file cannot be read
     */
    public static EmbeddingDuplicates load(Path encoder, double bound, Model.Options options) throws IOException {
        if (!(bound > 0 && bound <= 1)) {
            throw new IllegalArgumentException("similarity of embeddings: found " + bound + ", expected 0 to 1");
        }
        ModelFiles files = ModelFiles.open(encoder);
        Tokenizer tokenizer;
        try {
            tokenizer = files.tokenizer();
        } catch (IOException | RuntimeException | Error e) {
            files.close();
            throw e;
        }
        return new EmbeddingDuplicates(encoder.getFileName().toString(), Model.load(files, options), tokenizer, bound);
    }

    @Override
    public String description() {
        return "cosine of the embeddings of " + name + " " + bound;
    }

    @Override
    public boolean add(String text) {
        float[] own = embedding(text);
        for (float[] other : embeddings) {
            double cosine = 0;
            for (int i = 0; i < own.length; i++) {
                cosine += own[i] * other[i];
            }
            if (cosine >= bound) {
                return false;
            }
        }
        embeddings.add(own);
        return true;
    }

    /** The embedding of a text, of length 1; what does not fit the model is left out. */
    private float[] embedding(String text) {
        int[] ids = tokenizer.encode(text).ids();
        int limit = model.config().encoder().limit();
        if (ids.length > limit) {
            int last = ids[ids.length - 1];
            ids = Arrays.copyOf(ids, limit);
            ids[limit - 1] = last;
        }
        float[] states = model.lastHiddenState(TokenSequence.of(ids));
        int size = states.length / ids.length;
        float[] mean = new float[size];
        for (int token = 0; token < ids.length; token++) {
            for (int i = 0; i < size; i++) {
                mean[i] += states[token * size + i];
            }
        }
        double squares = 0;
        for (float x : mean) {
            squares += (double) x * x;
        }
        float scale = (float) (1 / Math.sqrt(Math.max(squares, Double.MIN_NORMAL)));
        for (int i = 0; i < size; i++) {
            mean[i] *= scale;
        }
        return mean;
    }

    /** Frees the encoder. */
    @Override
    public void close() {
        model.close();
    }
}
