package dev.kanmon.bench.peers;

import ai.onnxruntime.OrtException;
import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Siblings;
import dev.kanmon.bench.Table;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/**
 * How long do 64 texts of 8 to 512 tokens take in one call, next to ONNX Runtime, which has to pad? Its texts are sorted by
 * length and padded to the longest of a batch; the batch size that suits it best is searched first, for each of its
 * graphs.
 */
public final class MixedTexts {
    private static final List<String> DEFAULTS = List.of(
            "models", "minilm-l6",
            "threads", "1,2",
            "kernels", "auto",
            "forms", "int8",
            "batches", "1,2,4,8,16,32,64",
            "rounds", "5",
            "resume", "false");

    private static final int TEXTS = 64;
    private static final int STEP = 8;

    private MixedTexts() {}

    /** One way to compute all texts. */
    private record Way(String engine, String form, Turns.Call call) {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException, OrtException {
        var given = Options.of(DEFAULTS, arguments);
        var options = given.with("kernels", String.join(",", Siblings.named(given.text("kernels"))));
        var results = BenchFiles.results();
        var all = new ArrayList<Measure>();
        for (String shape : options.list("models")) {
            for (int threads : options.numbers("threads")) {
                String piece = "mixed-" + shape + "-" + threads;
                if (options.flag("resume") && results.has(piece)) {
                    System.out.println(piece + ": measured before");
                    continue;
                }
                var measures = measure(shape, threads, options);
                results.save(piece, measures);
                all.addAll(measures);
            }
        }
        var figures = Figures.of(all);
        System.out.println("\n" + TEXTS + " texts of " + STEP + " to " + TEXTS * STEP + " tokens, ms for all");
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each way. */
    public static Table table(Figures figures) {
        var table = Table.of("model, threads", "engine", "form", "minimum", "median");
        for (var m : figures.of("mixed").all()) {
            table.row(
                    m.subject() + ", " + m.threads(),
                    m.engine(),
                    m.form(),
                    String.format(Locale.ROOT, "%.1f", m.min()),
                    String.format(Locale.ROOT, "%.1f", m.median()));
        }
        return table;
    }

    /** Lengths of 8, 16, 24 … 512, in an order that nobody sorted. */
    static List<int[]> texts() {
        var texts = new ArrayList<int[]>();
        for (int i = 1; i <= TEXTS; i++) {
            texts.add(EncoderRun.ids(i * STEP));
        }
        Collections.shuffle(texts, new Random(64));
        return texts;
    }

    private static List<Measure> measure(String shape, int threads, Options options)
            throws IOException, InterruptedException, OrtException {
        var texts = texts();
        var ways = new ArrayList<Way>();
        var open = new ArrayList<AutoCloseable>();
        try {
            var folder = BenchFiles.peers().resolve(shape);
            boolean exported = Files.exists(folder.resolve("DONE"));
            var sequences = texts.stream().map(TokenSequence::of).toList();
            for (String kernels : options.list("kernels")) {
                for (String form : options.list("forms")) {
                    var model = Sides.model(
                            shape,
                            exported ? Optional.of(folder) : Optional.empty(),
                            new Model.Options(
                                    KernelChoice.of(kernels),
                                    WeightPlan.of(KanmonEngine.weights(form)),
                                    threads,
                                    Optional.empty()));
                    open.add(model);
                    ways.add(new Way("kanmon-" + kernels, form, () -> model.encode(sequences)));
                }
            }
            if (!exported) {
                System.out.println("MISSING: " + shape + ": no export in " + folder + "; bench/peers/export " + shape
                        + " makes it");
            }
            for (String form : options.list("forms")) {
                for (String variant : List.of("plain", "fused")) {
                    var file = folder.resolve("ort-" + variant + "-" + form + ".onnx");
                    if (Files.exists(file)) {
                        var encoder = OrtEncoder.load(file, threads, true);
                        open.add(() -> encoder.close());
                        ways.add(best(variant, form, encoder, texts, options.numbers("batches"), open));
                    }
                }
            }
            var times = inTurns(ways, options.number("rounds"));
            var measures = new ArrayList<Measure>();
            for (int w = 0; w < ways.size(); w++) {
                var way = ways.get(w);
                measures.add(Measure.of("mixed", shape, threads, TEXTS, way.engine, way.form, "ms", times.get(w)));
            }
            return measures;
        } finally {
            for (var resource : open.reversed()) {
                close(resource);
            }
        }
    }

    private static void close(AutoCloseable resource) throws IOException {
        try {
            resource.close();
        } catch (RuntimeException | IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** The batch size with the shortest time of two tries each. */
    private static Way best(
            String variant,
            String form,
            OrtEncoder encoder,
            List<int[]> texts,
            List<Integer> sizes,
            List<AutoCloseable> open)
            throws OrtException, IOException {
        var sorted = texts.stream()
                .sorted(Comparator.comparingInt(ids -> ids.length))
                .toList();
        Way best = null;
        double shortest = Double.MAX_VALUE;
        for (int size : sizes) {
            var batches = new ArrayList<OrtEncoder.Input>();
            for (int from = 0; from < sorted.size(); from += size) {
                var batch = encoder.input(sorted.subList(from, Math.min(from + size, sorted.size())));
                batches.add(batch);
                open.add(batch);
            }
            Turns.Call call = () -> {
                try {
                    for (var batch : batches) {
                        encoder.encode(batch);
                    }
                } catch (OrtException e) {
                    throw new IOException(e);
                }
            };
            double time = time(call);
            time = Math.min(time, time(call));
            if (time < shortest) {
                shortest = time;
                best = new Way("ort-" + variant + "-batches-of-" + size, form, call);
            }
        }
        return best;
    }

    private static List<double[]> inTurns(List<Way> ways, int rounds) throws IOException, InterruptedException {
        var times = new ArrayList<double[]>();
        for (var way : ways) {
            way.call.run();
            times.add(new double[rounds]);
        }
        for (int round = 0; round < rounds; round++) {
            for (int w = 0; w < ways.size(); w++) {
                Thread.sleep(Turns.PAUSE_MILLIS);
                times.get(w)[round] = time(ways.get(w).call);
            }
        }
        return times;
    }

    private static double time(Turns.Call call) throws IOException {
        long start = System.nanoTime();
        call.run();
        return (System.nanoTime() - start) / 1e6;
    }
}
