package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * A classifier of sequences in double precision, one sequence at a time and with masked tokens left where they are. It is
 * written from Hugging Face's models and its file of settings, and shares nothing with the engine.
 */
abstract sealed class DoubleModel permits DoubleBert, DoubleDeberta, DoubleModernBert, DoubleLlama {

    private final JsonObject config;
    private final Map<String, double[]> parameters;
    private final Set<String> used = new TreeSet<>();

    /**
     * A model on parameters that the caller may write to between two calls.
     *
     * @param parameters by their names in a Hugging Face checkpoint, row-major
     */
    DoubleModel(JsonObject config, Map<String, double[]> parameters) {
        this.config = config;
        this.parameters = parameters;
    }

    static DoubleModel of(JsonObject config, Map<String, double[]> parameters) throws ModelFormatException {
        String type = config.string("model_type");
        return switch (type) {
            case "bert" -> new DoubleBert(config, parameters);
            case "deberta-v2" -> new DoubleDeberta(config, parameters);
            case "modernbert" -> new DoubleModernBert(config, parameters);
            case "llama", "qwen3" -> new DoubleLlama(config, parameters);
            default -> throw new IllegalArgumentException("model_type \"" + type + "\" is not written down here");
        };
    }

    /** One number for each label. */
    abstract double[] logits(TokenSequence sequence);

    /** The mean cross-entropy of a batch. */
    final double loss(List<TokenSequence> batch, int[] labels) {
        double loss = 0;
        for (int s = 0; s < batch.size(); s++) {
            double[] logits = logits(batch.get(s));
            double sum = 0;
            for (double logit : logits) {
                sum += Math.exp(logit);
            }
            loss += (Math.log(sum) - logits[labels[s]]) / batch.size();
        }
        return loss;
    }

    /** The names of all parameters that were asked for. */
    final Set<String> used() {
        return used;
    }

    /** A parameter that there is. */
    final double[] parameter(String name) {
        used.add(name);
        double[] values = parameters.get(name);
        if (values == null) {
            throw new IllegalArgumentException("there is no tensor \"" + name + "\", only " + parameters.keySet());
        }
        return values;
    }

    /** {@code NAME.weight} and, where there is one, {@code NAME.bias}. */
    final double[][] dense(double[][] x, String name) {
        return DoubleBlocks.dense(x, parameter(name + ".weight"), bias(name));
    }

    /** {@code NAME.weight} and, where there is one, {@code NAME.bias}. */
    final double[][] layerNorm(double[][] x, String name, double epsilon) {
        return DoubleBlocks.layerNorm(x, parameter(name + ".weight"), bias(name), epsilon);
    }

    /** What follows attention in a layer of BERT: each of two blocks is added to what went into it, then normalised. */
    final double[][] postNorm(
            double[][] x, double[][] mixed, String at, double epsilon, DoubleUnaryOperator activation) {
        double[][] attended = DoubleBlocks.sum(x, dense(mixed, at + "attention.output.dense"));
        double[][] y = layerNorm(attended, at + "attention.output.LayerNorm", epsilon);
        double[][] wide = DoubleBlocks.map(dense(y, at + "intermediate.dense"), activation);
        return layerNorm(DoubleBlocks.sum(y, dense(wide, at + "output.dense")), at + "output.LayerNorm", epsilon);
    }

    private double[] bias(String name) {
        return parameters.containsKey(name + ".bias") ? parameter(name + ".bias") : null;
    }

    /** Of each token 0 if it is masked. */
    static int[] mask(TokenSequence sequence) {
        return sequence.mask() != null
                ? sequence.mask()
                : IntStream.generate(() -> 1).limit(sequence.length()).toArray();
    }

    /** Of each token its type. */
    static int[] types(TokenSequence sequence) {
        return sequence.typeIds() != null ? sequence.typeIds() : new int[sequence.length()];
    }

    /** Rows of a table. */
    final double[][] rows(String table, int[] rows, int size) {
        double[] values = parameter(table);
        double[][] x = new double[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            x[t] = Arrays.copyOfRange(values, rows[t] * size, (rows[t] + 1) * size);
        }
        return x;
    }

    /** All rows of a table. */
    final double[][] table(String table, int size) {
        int[] all = IntStream.range(0, parameter(table).length / size).toArray();
        return rows(table, all, size);
    }

    final boolean has(String key) {
        return config.has(key);
    }

    final int integer(String key) throws ModelFormatException {
        return config.integer(key);
    }

    final double number(String key) throws ModelFormatException {
        return config.number(key);
    }

    final DoubleUnaryOperator activation(String key) throws ModelFormatException {
        return DoubleBlocks.activation(config.string(key));
    }
}
