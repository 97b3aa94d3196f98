package dev.kanmon.engine;

import dev.kanmon.kernels.WeightType;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * How each weight matrix of a model is kept in memory: one type for all, and exceptions by name. Immutable.
 *
 * <p>A matrix has the name that Hugging Face gives its tensor, with or without the family's prefix and with or without
 * the closing {@code .weight}: {@code encoder.layer.5.output.dense}. In the pattern of an exception {@code *} stands for
 * any letters but a dot, {@code **} for any at all: {@code encoder.layer.*.output.dense}, {@code **.dense}.
 *
 * @param type of what has no exception
 * @param ofModel whether the exceptions apply that the model's own sidecar names for {@code type}, behind these
 * @param exceptions types by pattern; the first pattern that fits a name counts
 */
public record WeightPlan(WeightType type, boolean ofModel, SequencedMap<String, WeightType> exceptions) {

    private static final String WEIGHT = ".weight";

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if a pattern is empty
     */
    public WeightPlan {
        Objects.requireNonNull(type, "type");
        exceptions = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(exceptions));
        exceptions.forEach((pattern, exception) -> {
            Objects.requireNonNull(exception, pattern);
            if (pattern.isBlank()) {
                throw new IllegalArgumentException("weights: found an empty pattern, expected a tensor's name");
            }
        });
    }

    /** This type, with the exceptions that the model's sidecar names for it. */
    public static WeightPlan of(WeightType type) {
        return new WeightPlan(type, true, new LinkedHashMap<>());
    }

    /** This type for all matrices, whatever the model's sidecar says. */
    public static WeightPlan everywhere(WeightType type) {
        return new WeightPlan(type, false, new LinkedHashMap<>());
    }

    /** With one more exception, behind those that are there. */
    public WeightPlan with(String pattern, WeightType exception) {
        return with(Map.of(pattern, exception));
    }

    /** With more exceptions, behind those that are there; a pattern that is there keeps its type. */
    public WeightPlan with(Map<String, WeightType> more) {
        SequencedMap<String, WeightType> all = new LinkedHashMap<>(exceptions);
        more.forEach(all::putIfAbsent);
        return new WeightPlan(type, ofModel, all);
    }

    /** The type of the matrix of a tensor that may be spelt in any of these ways. */
    public WeightType typeOf(Collection<String> spellings) {
        for (Map.Entry<String, WeightType> exception : exceptions.entrySet()) {
            if (fits(exception.getKey(), spellings)) {
                return exception.getValue();
            }
        }
        return type;
    }

    /** Patterns that fit none of these tensors, each of which may be spelt in several ways. */
    public List<String> unmatched(Collection<? extends Collection<String>> tensors) {
        return exceptions.keySet().stream()
                .filter(pattern -> tensors.stream().noneMatch(spellings -> fits(pattern, spellings)))
                .toList();
    }

    private static boolean fits(String pattern, Collection<String> spellings) {
        return spellings.stream().anyMatch(name -> fits(pattern, name) || fits(pattern, bare(name)));
    }

    /** A tensor's name without its end. */
    public static String bare(String name) {
        return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
    }

    /** Whether a whole name fits: not by a regular expression, whose time a pattern from a file could make endless. */
    private static boolean fits(String pattern, String name) {
        // which ends of the name's beginning fit what was read of the pattern
        boolean[] ends = new boolean[name.length() + 1];
        ends[0] = true;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            boolean dots = c == '*' && pattern.startsWith("**", i);
            if (c == '*') {
                for (int end = 1; end < ends.length; end++) {
                    ends[end] |= ends[end - 1] && (dots || name.charAt(end - 1) != '.');
                }
                i += dots ? 1 : 0;
            } else {
                for (int end = ends.length - 1; end > 0; end--) {
                    ends[end] = ends[end - 1] && name.charAt(end - 1) == c;
                }
                ends[0] = false;
            }
        }
        return ends[name.length()];
    }
}
