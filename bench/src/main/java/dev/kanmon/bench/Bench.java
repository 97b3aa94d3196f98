package dev.kanmon.bench;

import dev.kanmon.bench.cascade.CascadeBench;
import dev.kanmon.bench.diluted.Diluted;
import dev.kanmon.bench.explain.ExplainBench;
import dev.kanmon.bench.kernels.GemmPeers;
import dev.kanmon.bench.kernels.KernelReport;
import dev.kanmon.bench.load.PackedMemory;
import dev.kanmon.bench.peers.MixedTexts;
import dev.kanmon.bench.peers.Peers;
import dev.kanmon.bench.serve.ServeBench;
import dev.kanmon.bench.start.ColdVerdict;
import dev.kanmon.bench.start.CommandTime;
import dev.kanmon.bench.stream.StreamBench;
import dev.kanmon.bench.threads.Callers;
import dev.kanmon.bench.threads.Regions;
import dev.kanmon.bench.train.TrainBench;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The benches by name, one after the other for a whole run; what {@code bench/run} starts. */
public final class Bench {
    private static final SequencedMap<String, Part> PARTS = new LinkedHashMap<>();

    static {
        PARTS.put("gemm", GemmPeers::run);
        PARTS.put("peers", Peers::run);
        PARTS.put("mixed", MixedTexts::run);
        PARTS.put("cold", ColdVerdict::run);
        PARTS.put("command", CommandTime::run);
        PARTS.put("memory", PackedMemory::run);
        PARTS.put("callers", Callers::run);
        PARTS.put("regions", Regions::run);
        PARTS.put("kernels", KernelReport::run);
        PARTS.put("verdicts", JmhReport::run);
        PARTS.put("train", TrainBench::run);
        PARTS.put("diluted", Diluted::run);
        PARTS.put("explain", ExplainBench::run);
        PARTS.put("serve", ServeBench::run);
        PARTS.put("stream", StreamBench::run);
        PARTS.put("cascade", CascadeBench::run);
        PARTS.put("texts", TokenizerTexts::main);
        PARTS.put("page", _ -> Page.write());
    }

    private Bench() {}

    private interface Part {
        void run(String... arguments) throws Exception;
    }

    /** Whatever goes wrong in a part ends the run: figures of half a run would be read as a whole one. */
    public static void main(String[] args) throws Exception {
        var rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        String name = args.length == 0 ? "short" : args[0];
        Machine.description().forEach(System.out::println);
        try {
            switch (name) {
                case "short" -> all(shortRun(), rest);
                case "long" -> {
                    all(longRun(), rest);
                    Page.write();
                }
                default -> {
                    if (!PARTS.containsKey(name)) {
                        throw new IllegalArgumentException(name + ": expected one of " + PARTS.keySet());
                    }
                    PARTS.get(name).run(rest);
                }
            }
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
        System.out.println("load now " + Machine.load()
                + "; a load above the threads in use means that other work disturbed the figures");
    }

    /** About five minutes. */
    private static List<List<String>> shortRun() {
        return List.of(
                List.of("gemm", "shapes=768x768,768x3072", "m=1,32,128", "rounds=3"),
                List.of("peers", "lengths=32,128,512", "rounds=4"),
                List.of("mixed", "rounds=3"),
                List.of("cold", "launches=3"),
                List.of("command"),
                List.of("callers"),
                List.of("regions"),
                List.of("verdicts"));
    }

    /** Everything that the tables ask for, and the page. */
    private static List<List<String>> longRun() {
        return List.of(
                List.of(
                        "gemm",
                        "shapes=384x384,384x1152,384x1536,1536x384,768x768,768x3072,3072x768,1024x4096,4096x1024"),
                List.of("peers", "models=minilm-l6", "rounds=15", "launches=3", "kernels=all"),
                List.of("peers", "models=bert-base", "rounds=9", "launches=2", "kernels=all"),
                List.of("peers", "models=deberta-v3-base", "lengths=128,256,512", "rounds=7", "launches=2"),
                List.of("peers", "models=deberta-v3-large", "lengths=128,512", "rounds=4"),
                List.of("mixed", "models=minilm-l6,bert-base"),
                List.of("cold", "launches=11"),
                List.of("command"),
                List.of("memory"),
                List.of("callers"),
                List.of("regions"),
                List.of("kernels", "forks=2"),
                List.of("verdicts", "long=true"),
                List.of("train", "threads=1,2", "launches=2"),
                List.of("serve"));
    }

    private static void all(List<List<String>> parts, String... rest) throws Exception {
        boolean resume = Arrays.asList(rest).contains("resume=true");
        if (rest.length > 1 || rest.length == 1 && !resume) {
            throw new IllegalArgumentException("found " + String.join(" ", rest) + ", expected resume=true or nothing");
        }
        for (var part : parts) {
            System.out.println("\n== " + String.join(" ", part));
            var arguments = new ArrayList<>(part.subList(1, part.size()));
            if (resume) {
                arguments.add("resume=true");
            }
            PARTS.get(part.getFirst()).run(arguments.toArray(String[]::new));
        }
    }
}
