package dev.kanmon.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Measures, to be looked up; what was measured by several JVMs is put together. */
public final class Figures {
    private final List<Measure> measures;

    private Figures(List<Measure> measures) {
        this.measures = measures;
    }

    /** Of these, in their order: of the same cell the best of the minima and the median of the medians. */
    public static Figures of(List<Measure> all) {
        Map<List<Object>, List<Measure>> cells = new LinkedHashMap<>();
        for (var measure : all) {
            cells.computeIfAbsent(
                            List.of(
                                    measure.bench(),
                                    measure.subject(),
                                    measure.threads(),
                                    measure.size(),
                                    measure.engine(),
                                    measure.form()),
                            _ -> new ArrayList<>())
                    .add(measure);
        }
        return new Figures(cells.values().stream().map(Figures::together).toList());
    }

    private static Measure together(List<Measure> cell) {
        var first = cell.getFirst();
        var minima = cell.stream().mapToDouble(Measure::min);
        var medians = cell.stream().map(Measure::median).sorted().toList();
        return new Measure(
                first.bench(),
                first.subject(),
                first.threads(),
                first.size(),
                first.engine(),
                first.form(),
                first.unit(),
                (moreIsBetter(first) ? minima.max() : minima.min()).orElseThrow(),
                medians.get(medians.size() / 2));
    }

    private static boolean moreIsBetter(Measure measure) {
        return measure.unit().equals("Gop/s");
    }

    /** All. */
    public List<Measure> all() {
        return measures;
    }

    /** Those of a bench. */
    public Figures of(String bench) {
        return new Figures(
                measures.stream().filter(m -> m.bench().equals(bench)).toList());
    }

    /** Those on a subject. */
    public Figures on(String subject) {
        return new Figures(
                measures.stream().filter(m -> m.subject().equals(subject)).toList());
    }

    /** Those with so many threads. */
    public Figures threads(int threads) {
        return new Figures(measures.stream().filter(m -> m.threads() == threads).toList());
    }

    /** Those of a size. */
    public Figures size(int size) {
        return new Figures(measures.stream().filter(m -> m.size() == size).toList());
    }

    /** The different values of a field, in the order of appearance. */
    public <T> List<T> distinct(Function<Measure, T> field) {
        return measures.stream().map(field).distinct().toList();
    }

    /** The different values of a number, ascending. */
    public List<Integer> numbers(Function<Measure, Integer> field) {
        return measures.stream().map(field).distinct().sorted().toList();
    }

    /** The best of an engine's settings, judged by the minimum. */
    public Optional<Measure> best(String maker, String form) {
        return best(measures.stream()
                .filter(m -> m.maker().equals(maker) && m.form().equals(form)));
    }

    /** The best of all other engines in a form; in any if it is empty. */
    public Optional<Measure> bestPeer(String form) {
        return best(measures.stream()
                .filter(m -> !m.maker().equals("kanmon") && !m.maker().equals("roof"))
                .filter(m -> form.isEmpty() || m.form().equals(form)));
    }

    private static Optional<Measure> best(Stream<Measure> measures) {
        Comparator<Measure> byTime = Comparator.comparingDouble(Measure::min);
        return measures.min((a, b) -> moreIsBetter(a) ? byTime.compare(b, a) : byTime.compare(a, b));
    }
}
