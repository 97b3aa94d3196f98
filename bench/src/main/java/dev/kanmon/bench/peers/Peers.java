package dev.kanmon.bench.peers;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Child;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Siblings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Is this engine faster than ONNX Runtime Java and OpenVINO, with the same weights, inputs and threads? ONNX Runtime runs
 * in the same JVM, OpenVINO in a process of its own, all in turns; several JVMs, since C2 does not compile twice alike.
 * {@link Turns} says how a turn goes.
 */
public final class Peers {
    /** The arguments and their defaults; {@code kernels=auto} is the fastest sibling that works here. */
    static final List<String> DEFAULTS = List.of(
            "models", "minilm-l6",
            "threads", "1,2",
            "lengths", "32,128,256,512",
            "kernels", "auto",
            "forms", "fp32,bf16,int8",
            "peers", "ort,openvino",
            "launches", "1",
            "rounds", "7",
            "resume", "false");

    private Peers() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints tables. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var given = Options.of(DEFAULTS, arguments);
        var options = given.with("kernels", String.join(",", Siblings.named(given.text("kernels"))));
        var missing = new LinkedHashSet<String>();
        var measured = new ArrayList<Measure>();
        for (String shape : options.list("models")) {
            for (int threads : options.numbers("threads")) {
                for (int length : options.numbers("lengths")) {
                    measured.addAll(measure(options, shape, threads, length, missing));
                }
            }
        }
        var figures = Figures.of(measured);
        System.out.print(EncoderTables.text(figures));
        System.out.println("\nWhat it must show:");
        System.out.print(Requirement.table(Requirement.of(figures)).text());
        missing.forEach(sentence -> System.out.println("MISSING: " + sentence));
    }

    /** All launches of one cell, which is kept when they are done: a run that is broken off goes on from there. */
    private static List<Measure> measure(
            Options options, String shape, int threads, int length, LinkedHashSet<String> missing)
            throws IOException, InterruptedException {
        String piece = piece(shape, threads, length);
        if (options.flag("resume") && BenchFiles.results().has(piece)) {
            System.out.println(piece + ": measured before");
            return List.of();
        }
        var part = options.with("models", shape)
                .with("threads", Integer.toString(threads))
                .with("lengths", Integer.toString(length));
        var all = new ArrayList<Measure>();
        for (int launch = 0; launch < options.number("launches"); launch++) {
            var command = Child.sameJvm();
            command.add(EncoderRun.class.getName());
            command.addAll(part.arguments());
            Child.run(command, line -> {
                if (line.startsWith(EncoderRun.MEASURE)) {
                    all.add(Measure.ofLine(line.substring(EncoderRun.MEASURE.length())));
                } else if (line.startsWith(EncoderRun.MISSING)) {
                    missing.add(line.substring(EncoderRun.MISSING.length()));
                } else {
                    System.out.println(line);
                }
            });
        }
        BenchFiles.results().save(piece, all);
        return all;
    }

    private static String piece(String shape, int threads, int length) {
        return "encoder-" + shape + "-" + threads + "-" + length;
    }
}
