package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.util.OptionalInt;

/**
 * Rotary position embedding: the frequency of each pair of columns (Su et al. 2021), with the changes that some
 * checkpoints make to reach longer texts (transformers, {@code modeling_rope_utils.py}).
 *
 * @param frequencies angle of each pair of columns for one place, in f32 as the reference has it; half of the columns
 *     that turn
 * @param factor multiplies sines and cosines
 * @param longer how the frequencies of sequences are found that are longer than the model was made for; null where they
 *     stay
 */
public record Rope(float[] frequencies, float factor, Longer longer) {

    /**
     * The rule "dynamic": a base that grows with the sequence.
     *
     * @param theta base of the others
     * @param factor how fast it grows
     * @param maxTokens the longest sequence that has the base as it is
     */
    public record Longer(double theta, double factor, int maxTokens) {
        private Rope at(int tokens, int rotated) {
            double growth = factor * tokens / maxTokens - (factor - 1);
            return plain(theta * Math.pow(growth, rotated / (rotated - 2.0)), rotated);
        }
    }

    /** The frequencies for a sequence of {@code tokens} tokens; this where they are the usual ones. */
    public Rope at(int tokens) {
        return longer == null || tokens <= longer.maxTokens ? this : longer.at(tokens, rotated());
    }

    /** Columns of a head that turn. */
    public int rotated() {
        return 2 * frequencies.length;
    }

    /** The plain frequencies, {@code 1 / theta^(2i / rotated)}. */
    static Rope plain(double theta, int rotated) {
        float[] frequencies = new float[rotated / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / (float) Math.pow(theta, (float) (2 * i) / rotated);
        }
        return new Rope(frequencies, 1, null);
    }

    /**
     * Reads the parameters wherever a version of the reference puts them: {@code rope_parameters}, {@code rope_scaling}
     * and {@code rope_theta} beside them.
     *
     * @param parameters the object that says how, or null for none
     * @param theta base where {@code parameters} names none
     * @param trained the longest sequence before it was made longer, where {@code parameters} does not say
     * @param maxTokens the model's longest sequence
     */
    static Rope read(JsonObject parameters, double theta, int headDim, OptionalInt trained, int maxTokens)
            throws ModelFormatException {
        if (parameters == null) {
            return plain(theta, headDim);
        }
        ConfigReader reader = new ConfigReader(parameters);
        double base = reader.number("rope_theta", theta);
        if (!(base > 0)) {
            throw reader.at("rope_theta").error("is " + base + ", expected a number above 0");
        }
        String type = reader.string("rope_type", reader.string("type", "default"));
        Rope plain = plain(base, headDim);
        int before = trained.isPresent()
                ? trained.getAsInt()
                : reader.positive("original_max_position_embeddings", maxTokens);
        return switch (type) {
            case "default" -> plain;
            case "dynamic" -> new Rope(plain.frequencies, 1, new Longer(base, factor(reader), maxTokens));
            case "linear" -> plain.dividedBy((float) factor(reader));
            case "llama3" -> plain.llama3(reader, before);
            case "yarn" -> plain.yarn(reader, base, before, maxTokens);
            default ->
                throw reader.at("rope_type", "type")
                        .error("is \"" + type + "\", expected default, linear, dynamic, llama3 or yarn");
        };
    }

    private static double factor(ConfigReader reader) throws ModelFormatException {
        double factor = reader.number("factor", Double.NaN);
        if (!(factor > 0)) {
            throw reader.at("factor").error("names no factor above 0, expected one");
        }
        return factor;
    }

    private Rope dividedBy(float divisor) {
        float[] slower = new float[frequencies.length];
        for (int i = 0; i < slower.length; i++) {
            slower[i] = frequencies[i] / divisor;
        }
        return new Rope(slower, 1, null);
    }

    /** Slow frequencies are divided, fast ones stay, those between are mixed (Llama 3.1). */
    private Rope llama3(ConfigReader reader, double trained) throws ModelFormatException {
        float factor = (float) factor(reader);
        float low = (float) reader.number("low_freq_factor", 1);
        float high = (float) reader.number("high_freq_factor", 4);
        float[] mixed = new float[frequencies.length];
        for (int i = 0; i < mixed.length; i++) {
            float wave = (float) (2 * Math.PI) / frequencies[i];
            float slow = wave > (float) (trained / low) ? frequencies[i] / factor : frequencies[i];
            boolean between = wave >= (float) (trained / high) && wave <= (float) (trained / low);
            float share = ((float) trained / wave - low) / (high - low);
            mixed[i] = between ? (1 - share) * slow / factor + share * slow : slow;
        }
        return new Rope(mixed, 1, null);
    }

    /** Frequencies below a number of turns are divided, above another they stay, between them on a ramp (YaRN). */
    private Rope yarn(ConfigReader reader, double theta, double trained, int maxTokens) throws ModelFormatException {
        double factor = reader.has("factor") ? factor(reader) : maxTokens / trained;
        double fast = reader.number("beta_fast", 32);
        double slow = reader.number("beta_slow", 1);
        int rotated = rotated();
        double from = column(fast, rotated, theta, trained);
        double to = column(slow, rotated, theta, trained);
        if (reader.bool("truncate", true)) {
            from = Math.floor(from);
            to = Math.ceil(to);
        }
        from = Math.max(from, 0);
        to = Math.min(to, rotated - 1);
        if (from == to) {
            to += 0.001;
        }
        float[] mixed = new float[frequencies.length];
        for (int i = 0; i < mixed.length; i++) {
            float kept = 1 - Math.clamp((float) ((i - from) / (to - from)), 0f, 1f);
            mixed[i] = (float) (frequencies[i] / factor) * (1 - kept) + frequencies[i] * kept;
        }
        return new Rope(mixed, (float) attentionFactor(reader, factor), null);
    }

    /** The pair of columns that turns {@code turns} times over the trained length. */
    private static double column(double turns, int rotated, double theta, double trained) {
        return rotated * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private static double attentionFactor(ConfigReader reader, double factor) throws ModelFormatException {
        if (reader.has("attention_factor")) {
            return reader.number("attention_factor", 1);
        }
        double scale = reader.number("mscale", 0);
        double all = reader.number("mscale_all_dim", 0);
        return scale != 0 && all != 0 ? growth(factor, scale) / growth(factor, all) : growth(factor, 1);
    }

    private static double growth(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }
}
