package dev.kanmon.bench;

import dev.kanmon.bench.kernels.GemmPeers;
import dev.kanmon.bench.kernels.KernelReport;
import dev.kanmon.bench.load.PackedMemory;
import dev.kanmon.bench.peers.EncoderTables;
import dev.kanmon.bench.peers.MixedTexts;
import dev.kanmon.bench.serve.ServeBench;
import dev.kanmon.bench.start.ColdVerdict;
import dev.kanmon.bench.start.CommandTime;
import dev.kanmon.bench.threads.Callers;
import dev.kanmon.bench.threads.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Writes {@code bench/RESULTS.md} and {@code bench/latency.svg} from what was measured. */
final class Page {
    private Page() {}

    /**
     * Writes both.
     *
     * @throws IllegalArgumentException if nothing was measured
     */
    static void write() throws IOException {
        var results = BenchFiles.results();
        var figures = Figures.of(results.all());
        if (figures.all().isEmpty()) {
            throw new IllegalArgumentException("nothing was measured yet, expected figures of bench/run");
        }
        Files.writeString(BenchFiles.bench().resolve("latency.svg"), LatencyChart.of(figures));
        Files.writeString(BenchFiles.bench().resolve("RESULTS.md"), text(results, figures));
        System.out.println("wrote bench/RESULTS.md and bench/latency.svg");
    }

    private static String text(Results results, Figures figures) throws IOException {
        var page = new StringBuilder("""
            # What was measured

            Written by `bench/run --long`, or by `bench/run page` from pieces of it; every table is a command of its own (`bench/run` says which). All engines run in
            turns in one run on one machine: ONNX Runtime in the same JVM, OpenVINO in a process of its own that waits while
            others compute. Each peer is given its best form: of ONNX Runtime the better of the plain and the fused graph and
            of spinning and sleeping threads, its int8 being `quantize_dynamic`, a scale a channel; OpenVINO's int8 is NNCF's
            static one with the rest in bf16; both are loaded anew for each length, whose shapes they then know. Weights are random, of one seed, the same for all.
            The roof is what assembled code that does nothing but the one instruction reaches, measured before and after each
            cell. llama.cpp is not among the engines: on this kind of CPU it took 1.4 times ONNX Runtime's time in fp32 and 4 times
            in eight bits when it was measured by hand, so it is never the fastest peer.

            """);
        results.date()
                .ifPresent(date -> page.append("Measured on ").append(date).append(".\n\n"));
        var descriptions = results.descriptions();
        if (descriptions.size() > 1) {
            page.append("Put together from runs under ")
                    .append(descriptions.size())
                    .append(" different conditions:\n\n");
        }
        for (var description : descriptions) {
            page.append("```\n").append(String.join("\n", description)).append("\n```\n\n");
        }
        var requirements = Requirement.of(figures);
        long met = requirements.stream().filter(Requirement::met).count();
        page.append("## What it must show\n\n")
                .append(met)
                .append(" of ")
                .append(requirements.size())
                .append(" cells are met. *Reached* is how many times what was asked for; 1 is enough. For times that is"
                        + " by the minima. Between 128 and 512 tokens the factor asked for grows evenly.\n\n")
                .append(Requirement.summary(requirements).markdown())
                .append("\nCell by cell:\n\n")
                .append(Requirement.table(requirements).markdown());
        page.append("\n## Latency against length\n\n![Latency against length](latency.svg)\n");
        page.append(EncoderTables.markdown(figures));
        for (String form : List.of("int8", "bf16", "fp32")) {
            section(
                    page,
                    "Products of matrices in " + form + ", one thread: G operations/s and share of the roof",
                    GemmPeers.table(figures, form));
        }
        section(page, "64 texts of 8 to 512 tokens in one call, ms", MixedTexts.table(figures));
        section(page, "The first verdict", ColdVerdict.table(figures));
        section(page, "The command line", CommandTime.table(figures));
        section(page, "Memory of a large model", PackedMemory.table(figures));
        section(page, "Threads: many callers", Callers.table(figures));
        section(page, "Threads: one region", Regions.table(figures));
        section(page, "The server", ServeBench.table(figures));
        section(page, "Attention, one thread, fp32 operands", KernelReport.attention(figures));
        section(page, "Operations that go row by row, ns an element", KernelReport.rows(figures, "row"));
        section(page, "Training's operations on 1824 rows, ns an element", KernelReport.rows(figures, "gradient"));
        section(page, "Whole verdicts, and the tokenizer", JmhReport.table(figures));
        return page.toString();
    }

    private static void section(StringBuilder page, String title, Table table) {
        page.append("\n## ")
                .append(title)
                .append("\n\n")
                .append(table.isEmpty() ? "Not measured.\n" : table.markdown());
    }
}
