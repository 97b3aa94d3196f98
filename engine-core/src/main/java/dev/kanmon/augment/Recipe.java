package dev.kanmon.augment;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link Preparation} does with rows, as a JSON file says it:
 *
 * <pre>{@code
 * {"seed": 42, "validation": 0.04, "calibration": 0.04, "wrap": 8000, "rewrite": 10000, "reply": 8000, "eda": 26000,
 *  "sources": {"NAME": {"most"?: rows, "weight"?: w, "posts"?: true}}}
 * }</pre>
 *
 * @param seed of every choice
 * @param validation share of each source's rows of each class that is held back to choose checkpoints by
 * @param calibration likewise, to fit temperature and thresholds
 * @param counts rows that each method makes of the rows to train with, by the method's name
 * @param sources what is said about sources; every other one is used whole
 */
public record Recipe(
        long seed, double validation, double calibration, Map<String, Integer> counts, Map<String, Source> sources) {

    private static final List<String> METHODS = List.of("wrap", "rewrite", "reply", "eda");

    /** A source of which nothing is said. */
    private static final Source WHOLE = new Source(Integer.MAX_VALUE, 1, false);

    /**
     * What is said about a source.
     *
     * @param most rows to use of it, chosen by a hash; 0 to leave it out
     * @param weight of its rows' loss, above 0
     * @param posts whether its texts are posts, which ask for nothing: they are not wrapped, but serve as replies
     */
    public record Source(int most, double weight, boolean posts) {

        public Source {
            if (most < 0) {
                throw new IllegalArgumentException("most: found " + most + ", expected at least 0");
            }
            if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("weight: found " + weight + ", expected a number above 0");
            }
        }
    }

    public Recipe {
        for (double share : new double[] {validation, calibration}) {
            if (!(share >= 0 && share < 0.5)) {
                throw new IllegalArgumentException(
                        "share held back: found " + share + ", expected at least 0 and below 0.5");
            }
        }
        counts = Map.copyOf(counts);
        sources = Map.copyOf(sources);
    }

    /**
     * Reads a recipe.
     *
     * @throws ModelFormatException if it is not of the form above; the message names the place
     * @throws IOException if it cannot be read
     */
    public static Recipe read(Path file) throws IOException {
        JsonObject json = Json.read(file).asObject();
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String method : METHODS) {
            int count = json.optionalInteger(method).orElse(0);
            if (count < 0) {
                throw json.get(method).error("is " + count + ", expected at least 0");
            }
            counts.put(method, count);
        }
        Map<String, Source> sources = new LinkedHashMap<>();
        for (Map.Entry<String, JsonValue> entry :
                json.object("sources").members().entrySet()) {
            JsonObject source = entry.getValue().asObject();
            try {
                sources.put(
                        entry.getKey(),
                        new Source(
                                source.optionalInteger("most").orElse(WHOLE.most),
                                source.optionalNumber("weight").orElse(WHOLE.weight),
                                source.optionalBool("posts").orElse(WHOLE.posts)));
            } catch (IllegalArgumentException e) {
                throw source.error(e.getMessage());
            }
        }
        try {
            return new Recipe(
                    json.longInteger("seed"), json.number("validation"), json.number("calibration"), counts, sources);
        } catch (IllegalArgumentException e) {
            throw json.error(e.getMessage());
        }
    }

    /** What is said about a source. */
    Source source(String name) {
        return sources.getOrDefault(name, WHOLE);
    }
}
