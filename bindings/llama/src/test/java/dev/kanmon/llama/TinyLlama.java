package dev.kanmon.llama;

import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A causal language model of two layers with random weights: written as a GGUF file for llama.cpp, and computed here as the
 * formulas read, in double. Its tokens are single characters (nothing merges), and a few longer ones that no text becomes.
 */
final class TinyLlama {
    static final String CHAT_ML =
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";
    static final int CONTEXT = 160;

    private static final int LAYERS = 2;
    private static final int HIDDEN = 64;
    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int HEAD = HIDDEN / HEADS;
    private static final int INNER = 96;
    private static final double EPSILON = 1e-5;
    private static final double ROPE_BASE = 10_000;

    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    final List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"));
    private final List<Integer> types = new ArrayList<>(List.of(UNKNOWN, CONTROL, CONTROL, CONTROL, CONTROL));
    private final Map<String, float[]> weights = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    TinyLlama(long seed) {
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
            types.add(BYTE);
        }
        for (char c = '!'; c <= '~'; c++) {
            tokens.add(String.valueOf(c));
            types.add(1);
        }
        for (var word : List.of("\u2581", "\n", "safe", "unsafe", "\u2581safe", "é")) {
            tokens.add(word);
            types.add(1);
        }
        var random = new Random(seed);
        add(random, "token_embd.weight", 1, tokens.size(), HIDDEN);
        for (int l = 0; l < LAYERS; l++) {
            var blk = "blk." + l + ".";
            add(random, blk + "attn_norm.weight", 0, HIDDEN);
            add(random, blk + "attn_q.weight", 2, HEADS * HEAD, HIDDEN);
            add(random, blk + "attn_k.weight", 2, KEY_HEADS * HEAD, HIDDEN);
            add(random, blk + "attn_v.weight", 1, KEY_HEADS * HEAD, HIDDEN);
            add(random, blk + "attn_output.weight", 1, HIDDEN, HEADS * HEAD);
            add(random, blk + "ffn_norm.weight", 0, HIDDEN);
            add(random, blk + "ffn_gate.weight", 1, INNER, HIDDEN);
            add(random, blk + "ffn_up.weight", 1, INNER, HIDDEN);
            add(random, blk + "ffn_down.weight", 1, HIDDEN, INNER);
        }
        add(random, "output_norm.weight", 0, HIDDEN);
        add(random, "output.weight", 3, tokens.size(), HIDDEN);
        // Only characters and the end are likely, so that its texts can be read in a failure.
        var output = weights.get("output.weight");
        for (int t = 0; t < tokens.size(); t++) {
            if (types.get(t) != 1 && t != 2) {
                Arrays.fill(output, t * HIDDEN, (t + 1) * HIDDEN, 0);
            }
        }
    }

    /** A matrix keeps the size of what it multiplies, times {@code gain}; a vector of a norm is around one. */
    private void add(Random random, String name, double gain, int... shape) {
        int size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float)
                    (shape.length == 1
                            ? 1 + 0.2 * random.nextGaussian()
                            : gain * random.nextGaussian() / Math.sqrt(shape[1]));
        }
        weights.put(name, values);
        shapes.put(name, Arrays.stream(shape).asLongStream().toArray());
    }

    /** Writes the model. @param chatTemplate null for none */
    Path write(Path file, String chatTemplate) throws IOException {
        try (var writer = GgufWriter.create(file)) {
            writer.metadata("general.architecture", GgufValue.of("llama"));
            writer.metadata("general.name", GgufValue.of("tiny"));
            writer.metadata("llama.context_length", GgufValue.u32(CONTEXT));
            writer.metadata("llama.embedding_length", GgufValue.u32(HIDDEN));
            writer.metadata("llama.block_count", GgufValue.u32(LAYERS));
            writer.metadata("llama.feed_forward_length", GgufValue.u32(INNER));
            writer.metadata("llama.attention.head_count", GgufValue.u32(HEADS));
            writer.metadata("llama.attention.head_count_kv", GgufValue.u32(KEY_HEADS));
            writer.metadata("llama.attention.layer_norm_rms_epsilon", GgufValue.f32((float) EPSILON));
            writer.metadata("llama.rope.dimension_count", GgufValue.u32(HEAD));
            writer.metadata("llama.rope.freq_base", GgufValue.f32((float) ROPE_BASE));
            writer.metadata("tokenizer.ggml.model", GgufValue.of("llama"));
            writer.metadata("tokenizer.ggml.tokens", GgufValue.ofStrings(tokens));
            writer.metadata("tokenizer.ggml.scores", GgufValue.ofFloats(new float[tokens.size()]));
            writer.metadata(
                    "tokenizer.ggml.token_type",
                    GgufValue.ofInts(types.stream().mapToInt(t -> t).toArray()));
            writer.metadata("tokenizer.ggml.bos_token_id", GgufValue.u32(1));
            writer.metadata("tokenizer.ggml.eos_token_id", GgufValue.u32(2));
            writer.metadata("tokenizer.ggml.unknown_token_id", GgufValue.u32(0));
            writer.metadata("tokenizer.ggml.add_space_prefix", GgufValue.of(false));
            if (chatTemplate != null) {
                writer.metadata("tokenizer.chat_template", GgufValue.of(chatTemplate));
            }
            for (var name : weights.keySet()) {
                writer.declare(name, DType.F32, shapes.get(name));
            }
            for (var tensor : weights.entrySet()) {
                writer.write(tensor.getKey(), tensor.getValue());
            }
            writer.finish();
        }
        return file;
    }

    /** The tokens of a text, the one that starts it included; the names of special tokens are these tokens. */
    int[] encode(String text) {
        var ids = new ArrayList<>(List.of(1));
        int at = 0;
        while (at < text.length()) {
            var rest = text.substring(at);
            var special = tokens.subList(1, 5).stream().filter(rest::startsWith).findFirst();
            var token = special.orElse(rest.charAt(0) == ' ' ? "\u2581" : rest.substring(0, 1));
            ids.add(tokens.indexOf(token));
            at += token.length();
        }
        if (ids.contains(-1)) {
            throw new IllegalArgumentException("a character without a token: " + text);
        }
        return ids.stream().mapToInt(i -> i).toArray();
    }

    /** What a token adds to a text. */
    String text(int token) {
        return tokens.get(token).replace('\u2581', ' ');
    }

    /** Logarithms of the probabilities of each token to follow these. */
    double[] next(int[] ids) {
        var x = new double[ids.length][];
        for (int i = 0; i < ids.length; i++) {
            x[i] = row("token_embd.weight", ids[i], HIDDEN);
        }
        for (int l = 0; l < LAYERS; l++) {
            var blk = "blk." + l + ".";
            var keys = new double[ids.length][];
            var values = new double[ids.length][];
            for (int i = 0; i < ids.length; i++) {
                var norm = norm(x[i], blk + "attn_norm.weight");
                var q = rotate(multiply(blk + "attn_q.weight", norm), i);
                keys[i] = rotate(multiply(blk + "attn_k.weight", norm), i);
                values[i] = multiply(blk + "attn_v.weight", norm);
                addTo(x[i], multiply(blk + "attn_output.weight", attend(q, keys, values, i)));
            }
            for (int i = 0; i < ids.length; i++) {
                var norm = norm(x[i], blk + "ffn_norm.weight");
                var gate = multiply(blk + "ffn_gate.weight", norm);
                var up = multiply(blk + "ffn_up.weight", norm);
                for (int j = 0; j < INNER; j++) {
                    up[j] *= gate[j] / (1 + Math.exp(-gate[j]));
                }
                addTo(x[i], multiply(blk + "ffn_down.weight", up));
            }
        }
        var logits = multiply("output.weight", norm(x[ids.length - 1], "output_norm.weight"));
        double most = Arrays.stream(logits).max().orElseThrow();
        double all = most
                + Math.log(Arrays.stream(logits).map(v -> Math.exp(v - most)).sum());
        return Arrays.stream(logits).map(v -> v - all).toArray();
    }

    private static double[] attend(double[] q, double[][] keys, double[][] values, int last) {
        var out = new double[HEADS * HEAD];
        for (int h = 0; h < HEADS; h++) {
            int of = h / (HEADS / KEY_HEADS) * HEAD;
            var p = new double[last + 1];
            double sum = 0;
            for (int t = 0; t <= last; t++) {
                double dot = 0;
                for (int j = 0; j < HEAD; j++) {
                    dot += q[h * HEAD + j] * keys[t][of + j];
                }
                p[t] = Math.exp(dot / Math.sqrt(HEAD));
                sum += p[t];
            }
            for (int t = 0; t <= last; t++) {
                for (int j = 0; j < HEAD; j++) {
                    out[h * HEAD + j] += p[t] / sum * values[t][of + j];
                }
            }
        }
        return out;
    }

    /** Neighbouring elements are a pair, as in the layout that llama.cpp wants of this architecture. */
    private static double[] rotate(double[] x, int position) {
        for (int at = 0; at < x.length; at += 2) {
            double angle = position * Math.pow(ROPE_BASE, -(double) (at % HEAD) / HEAD);
            double a = x[at];
            double b = x[at + 1];
            x[at] = a * Math.cos(angle) - b * Math.sin(angle);
            x[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
        }
        return x;
    }

    private double[] norm(double[] x, String name) {
        var weight = weights.get(name);
        double squares = Arrays.stream(x).map(v -> v * v).sum();
        double scale = 1 / Math.sqrt(squares / x.length + EPSILON);
        var out = new double[x.length];
        Arrays.setAll(out, i -> x[i] * scale * weight[i]);
        return out;
    }

    private double[] multiply(String name, double[] x) {
        var out = new double[(int) shapes.get(name)[0]];
        for (int i = 0; i < out.length; i++) {
            var row = row(name, i, x.length);
            for (int j = 0; j < x.length; j++) {
                out[i] += row[j] * x[j];
            }
        }
        return out;
    }

    private double[] row(String name, int row, int columns) {
        var values = weights.get(name);
        var out = new double[columns];
        Arrays.setAll(out, j -> values[row * columns + j]);
        return out;
    }

    private static void addTo(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
