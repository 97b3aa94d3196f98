package dev.kanmon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What a cell must reach, and whether it does.
 *
 * @param work the row of the table of requirements
 * @param cell which cell of it
 * @param found what was measured
 * @param limit what was asked for
 * @param why how the limit comes about
 * @param reach how many times what was asked for was reached; 1 and more is enough
 */
public record Requirement(String work, String cell, String found, String limit, String why, double reach) {
    private static final List<String> FORMS = List.of("fp32", "bf16", "int8");
    private static final double ROOF_OF_A_MODEL = 0.85;
    private static final double ROOF_OF_A_PRODUCT = 0.9;

    /** All that the figures say something about; a cell whose peers are missing is left out. */
    public static List<Requirement> of(Figures figures) {
        var all = new ArrayList<Requirement>();
        products(figures.of("gemm"), all);
        encoders(figures.of("encoder"), all);
        single(figures, all);
        return all;
    }

    /** Whether it was reached. */
    public boolean met() {
        return reach >= 1;
    }

    /** Each as a row. */
    public static Table table(List<Requirement> requirements) {
        var table = Table.of("work", "cell", "found", "asked for", "because of", "reached", "met");
        requirements.forEach(r -> table.row(
                r.work,
                r.cell,
                r.found,
                r.limit,
                r.why,
                String.format(Locale.ROOT, "%.2f", r.reach),
                r.met() ? "yes" : "NO"));
        return table;
    }

    /** A row for each kind of work: how many of its cells are met, and the least and the most that was reached. */
    public static Table summary(List<Requirement> requirements) {
        var table = Table.of("work", "cells met", "least reached", "most reached");
        for (String work :
                requirements.stream().map(Requirement::work).distinct().toList()) {
            var of = requirements.stream().filter(r -> r.work.equals(work)).toList();
            var reached = of.stream().mapToDouble(Requirement::reach).summaryStatistics();
            table.row(
                    work,
                    of.stream().filter(Requirement::met).count() + " of " + of.size(),
                    String.format(Locale.ROOT, "%.2f", reached.getMin()),
                    String.format(Locale.ROOT, "%.2f", reached.getMax()));
        }
        return table;
    }

    private static void products(Figures gemm, List<Requirement> all) {
        for (String form : List.of("int8", "bf16", "fp32")) {
            for (String shape : gemm.distinct(Measure::subject)) {
                for (int m : gemm.numbers(Measure::size)) {
                    var cell = gemm.on(shape).size(m);
                    var ours = cell.best("kanmon", form);
                    var roof = cell.best("roof", form);
                    if (m < 16 || ours.isEmpty() || roof.isEmpty()) {
                        continue;
                    }
                    String name = shape + ", M=" + m;
                    double share = ours.get().min() / roof.get().min();
                    all.add(new Requirement(
                            form + " GEMM, share of the roof",
                            name,
                            percent(share),
                            percent(ROOF_OF_A_PRODUCT),
                            "of the roof, " + number(roof.get().min()) + " Gop/s",
                            share / ROOF_OF_A_PRODUCT));
                    cell.bestPeer(form)
                            .ifPresent(peer -> all.add(new Requirement(
                                    form + " GEMM, next to ONNX Runtime",
                                    name,
                                    number(ours.get().min()) + " Gop/s",
                                    number(peer.min()) + " Gop/s",
                                    peer.engine(),
                                    ours.get().min() / peer.min())));
                }
            }
        }
    }

    private static void encoders(Figures encoder, List<Requirement> all) {
        for (String shape : encoder.distinct(Measure::subject)) {
            for (int threads : encoder.on(shape).numbers(Measure::threads)) {
                for (int tokens : encoder.on(shape).threads(threads).numbers(Measure::size)) {
                    var cell = encoder.on(shape).threads(threads).size(tokens);
                    for (String form : FORMS) {
                        cell.best("kanmon", form)
                                .ifPresent(ours -> limit(shape, tokens, form, cell)
                                        .ifPresent(limit -> all.add(new Requirement(
                                                shape + " " + form,
                                                tokens + " tokens, " + threads
                                                        + (threads == 1 ? " thread" : " threads"),
                                                millis(ours.min()),
                                                millis(limit.millis),
                                                limit.why,
                                                limit.millis / ours.min()))));
                    }
                }
            }
        }
    }

    /** Milliseconds that a call may take at the most, and why. */
    private record Limit(double millis, String why) {
        static Optional<Limit> ahead(Optional<Measure> peer, double factor) {
            return peer.map(p -> new Limit(
                    p.min() / factor,
                    String.format(Locale.ROOT, "%.3gx %s %s, %.2f ms", factor, p.maker(), p.form(), p.min())));
        }

        static Optional<Limit> strictest(Optional<Limit> a, Optional<Limit> b) {
            return a.isEmpty() || b.isPresent() && b.get().millis < a.get().millis ? b : a;
        }

        /** This, or a share of the roof where that is reached sooner. */
        Limit orRoof(Optional<Measure> roof) {
            return roof.filter(r -> r.min() / ROOF_OF_A_MODEL > millis)
                    .map(r -> new Limit(r.min() / ROOF_OF_A_MODEL, percent(ROOF_OF_A_MODEL) + " of the roof"))
                    .orElse(this);
        }
    }

    private static Optional<Limit> limit(String shape, int tokens, String form, Figures cell) {
        return switch (shape) {
            case "minilm-l6", "bert-base" ->
                switch (form) {
                    case "fp32" ->
                        Limit.strictest(
                                        Limit.ahead(cell.best("ort", form), 1.2),
                                        Limit.ahead(cell.best("openvino", form), 1))
                                .map(limit -> limit.orRoof(cell.best("roof", form)));
                    case "bf16" ->
                        Limit.ahead(cell.best("openvino", form), 1.25)
                                .map(limit -> limit.orRoof(cell.best("roof", form)));
                    default ->
                        Limit.strictest(
                                Limit.ahead(cell.best("ort", form), 1.5),
                                Limit.ahead(cell.best("openvino", form), 1.25));
                };
            case "deberta-v3-base" ->
                tokens < 128
                        ? Optional.empty()
                        : switch (form) {
                            case "fp32" -> Limit.ahead(cell.bestPeer(form), between(tokens, 1.15, 1.6));
                            case "bf16" -> Limit.ahead(cell.bestPeer(form), between(tokens, 1.2, 1.6));
                            default -> Limit.ahead(cell.bestPeer(""), between(tokens, 1.4, 2.5));
                        };
            case "deberta-v3-large" ->
                form.equals("int8") && tokens == 512 ? Limit.ahead(cell.bestPeer(""), 2.5) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Between 128 and 512 tokens as many times the factor for each doubling. */
    static double between(int tokens, double at128, double at512) {
        double share = Math.clamp(Math.log(tokens / 128.0) / Math.log(4), 0, 1);
        return at128 * Math.pow(at512 / at128, share);
    }

    private static void single(Figures figures, List<Requirement> all) {
        for (var ours : figures.of("mixed").all()) {
            if (ours.maker().equals("kanmon") && ours.form().equals("int8")) {
                figures.of("mixed")
                        .on(ours.subject())
                        .threads(ours.threads())
                        .best("ort", "int8")
                        .ifPresent(peer -> {
                            var limit = Limit.ahead(Optional.of(peer), 1.5).orElseThrow();
                            all.add(new Requirement(
                                    "64 texts in one call, int8",
                                    ours.subject() + ", " + ours.threads() + " threads, " + ours.engine(),
                                    millis(ours.min()),
                                    millis(limit.millis),
                                    limit.why + " in " + peer.engine(),
                                    limit.millis / ours.min()));
                        });
            }
        }
        for (var cold : figures.of("cold").all()) {
            if (cold.engine().endsWith("-first")) {
                figures.of("cold").on(cold.subject()).threads(cold.threads()).all().stream()
                        .filter(m -> m.engine().endsWith("-warm") && m.form().equals(cold.form()))
                        .findFirst()
                        .ifPresent(warm -> all.add(new Requirement(
                                "first verdict in a cold JVM",
                                cold.subject() + ", " + cold.form() + ", " + cold.size() + " tokens",
                                millis(cold.min()),
                                millis(3 * warm.min()),
                                "3x the warm latency, " + millis(warm.min()),
                                3 * warm.min() / cold.min())));
            }
        }
        bound(figures.of("command"), "./kanmon check hello, whole process", 0.35, Measure::min, all);
        bound(figures.of("memory"), "peak memory from the packed file", 600, Measure::min, all);
        // a region is judged by what it costs as a rule: the best of thousands says little
        bound(figures.of("region").on("hot"), "a parallel region, hot workers", 2, Measure::median, all);
        learning(figures.of("train"), all);
        serving(figures, all);
        for (var scaling : figures.of("callers").all()) {
            all.add(new Requirement(
                    "many callers, one thread each",
                    scaling.subject() + " " + scaling.form() + ", " + scaling.size() + " callers",
                    String.format(Locale.ROOT, "%.2f", scaling.median()),
                    "0.90",
                    "linear is 1",
                    scaling.median() / 0.9));
        }
    }

    /** Texts a second of learning, next to PyTorch's on the CPU that {@code KERNELS.md} names: 43 in fp32, 83 in bf16. */
    private static void learning(Figures train, List<Requirement> all) {
        for (var ours : train.all()) {
            if (!ours.subject().equals("minilm-l6 x 57 tokens") || ours.threads() != 2 || ours.size() != 32) {
                continue;
            }
            double found = 1000 * ours.size() / ours.median();
            double limit = ours.form().equals("bf16") ? 116 : 86;
            all.add(new Requirement(
                    "learning, " + ours.form(),
                    ours.subject() + ", " + ours.threads() + " threads",
                    number(found) + " texts/s",
                    number(limit) + " texts/s",
                    ours.form().equals("bf16") ? "1.4x PyTorch's 83" : "2x PyTorch's 43",
                    found / limit));
        }
    }

    /** A server next to {@code checkAll}; what must be none is met by none. */
    private static void serving(Figures figures, List<Requirement> all) {
        for (var share : figures.of("serve-share").all()) {
            all.add(new Requirement(
                    "a server, throughput next to checkAll",
                    share.subject() + ", " + share.size() + " clients, " + share.form(),
                    number(share.median()),
                    "0.85",
                    "the clients' processor time taken out",
                    share.median() / 0.85));
        }
        for (String none : List.of("serve-errors", "serve-drain-lost")) {
            for (var found : figures.of(none).all()) {
                all.add(new Requirement(
                        none.equals("serve-errors") ? "a server, errors" : "a server, requests lost at SIGTERM",
                        found.subject() + ", " + found.size() + " clients",
                        String.format(Locale.ROOT, "%.0f", found.median()),
                        "0",
                        "the limit itself",
                        1 / (1 + found.median())));
            }
        }
    }

    private static void bound(
            Figures of, String work, double limit, ToDoubleFunction<Measure> which, List<Requirement> all) {
        for (var measure : of.all()) {
            double figure = which.applyAsDouble(measure);
            all.add(new Requirement(
                    work,
                    measure.subject() + ", " + measure.threads() + " threads"
                            + (measure.unit().equals("µs") ? ", after " + measure.size() + " µs" : ""),
                    number(figure) + " " + measure.unit(),
                    number(limit) + " " + measure.unit(),
                    "the limit itself",
                    limit / figure));
        }
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String millis(double value) {
        return String.format(Locale.ROOT, "%.2f ms", value);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
    }
}
