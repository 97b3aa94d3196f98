package dev.kanmon.cli;

import dev.kanmon.augment.Exemplars;
import dev.kanmon.augment.InstructionGeneration;
import dev.kanmon.augment.Method;
import dev.kanmon.augment.Methods;
import dev.kanmon.augment.Refusals;
import dev.kanmon.augment.ReplyGeneration;
import dev.kanmon.augment.Row;
import dev.kanmon.augment.RowLog;
import dev.kanmon.augment.Rows;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon augment}: more rows to train on. */
@Command(
        name = "augment",
        description = {
            "Makes rows {\"instruction\", \"response\"?, …} to train on, out of labelled ones: written by a language"
                    + " model",
            "(--method generate, as HarmAug does), or by changing those that are there. A run that was killed goes on",
            "where it stopped when it is started again with the same arguments."
        })
final class AugmentCommand extends KanmonCommand {

    @Mixin
    private GenerateArguments generate;

    @Mixin
    private GeneratorArguments generating;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            defaultValue = "generate",
            description = "generate, or another way to make rows (default: ${DEFAULT-VALUE}).")
    private String method;

    @Option(
            names = "--out",
            paramLabel = "FILE.jsonl",
            required = true,
            description = "The rows are appended to this file.")
    private Path out;

    @Option(names = "--count", paramLabel = "N", required = true, description = "Instructions or rows to make.")
    private int count;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Decides everything that is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Parameters(
            paramLabel = "FILE.jsonl",
            arity = "0..*",
            description = "Labelled rows: exemplars to show, or the rows to change.")
    private List<Path> files = List.of();

    @Override
    public Integer call() throws IOException, BadInput {
        if (count < 1) {
            throw new BadInput("--count: found " + count + ", expected 1 or more");
        }
        for (Path file : files) {
            if (Files.exists(out) && Files.isSameFile(file, out)) {
                throw new BadInput("--out: " + out + " is an input too; name another file");
            }
        }
        if (method.equals("generate")) {
            return generate();
        }
        Method chosen = Methods.all().stream()
                .filter(one -> one.name().equals(method))
                .findFirst()
                .orElseThrow(() -> new BadInput("--method: found " + method + ", expected generate"
                        + Methods.all().stream().map(one -> ", " + one.name()).collect(Collectors.joining())));
        return change(chosen);
    }

    private List<Row> read() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (Path file : files) {
            rows.addAll(Rows.read(file));
        }
        return rows;
    }

    private int generate() throws IOException, BadInput {
        GenerateArguments.Place writer = generate.generator();
        Optional<GenerateArguments.Place> replier = generate.responder();
        Optional<Exemplars> exemplars = generate.exemplars() == 0 && files.isEmpty()
                ? Optional.empty()
                : Optional.of(Exemplars.of(read(), generate.exemplarLabel()));
        Refusals refusals = generate.refusals();
        RowLog.open(out).close(); // What is wrong with it is said before models are loaded, which takes long.
        boolean enough;
        try (TextGenerator generator = generating.open(writer.location(), writer.model())) {
            try (GenerateArguments.Known known = generate.known(exemplars);
                    RowLog log = RowLog.open(out)) {
                enough = instructions(log, generator, exemplars, refusals, known);
            }
            if (replier.isPresent() && replier.get().equals(writer)) {
                replies(generator, refusals);
            }
        }
        // Two models need not be in memory at once.
        if (replier.isPresent() && !replier.get().equals(writer)) {
            try (TextGenerator responder =
                    generating.open(replier.get().location(), replier.get().model())) {
                replies(responder, refusals);
            }
        }
        return enough ? ExitStatus.OK : ExitStatus.FAILED;
    }

    /** Whether there are as many instructions as were asked for. */
    private boolean instructions(
            RowLog log,
            TextGenerator generator,
            Optional<Exemplars> exemplars,
            Refusals refusals,
            GenerateArguments.Known known)
            throws IOException, BadInput {
        InstructionGeneration generation = new InstructionGeneration(
                generator,
                generating.parallel(),
                exemplars,
                generate.instructions(generating, seed),
                refusals,
                known.texts());
        int most = generate.maxAttempts(count);
        long start = System.nanoTime();
        InstructionGeneration.Tally tally;
        try (Progress progress = new Progress(streams, "writing", "instructions", count)) {
            tally = generation.run(log, count, most, now -> progress.update(Math.min(now.kept(), count)));
        }
        streams.note(String.format(
                Locale.ROOT,
                "%s: %d instructions of %d answers; %d refused (%.1f %%), %d near-duplicates, %d without an"
                        + " instruction; %.1f s",
                out,
                tally.kept(),
                tally.attempts(),
                tally.refused(),
                100 * tally.refusalRate(),
                tally.nearDuplicates(),
                tally.unusable(),
                (System.nanoTime() - start) / 1e9));
        if (tally.kept() < count) {
            streams.complain("gave up after " + tally.attempts() + " answers with " + tally.kept() + " of " + count
                    + " instructions; --max-attempts allows more");
        }
        return tally.kept() >= count;
    }

    private void replies(TextGenerator responder, Refusals refusals) throws IOException {
        long start = System.nanoTime();
        ReplyGeneration.Tally tally;
        try (RowLog log = RowLog.open(out);
                Progress progress = new Progress(streams, "replying", "replies", 2L * count)) {
            List<JsonObject> instructions =
                    log.objects().stream().filter(row -> !row.has("reply")).toList();
            tally = new ReplyGeneration(responder, generating.parallel(), generate.replies(generating, seed), refusals)
                    .run(instructions, log, (now, total) -> progress.update(now.replies(), total));
        }
        int each = Math.max(1, tally.replies() / 2);
        streams.note(String.format(
                Locale.ROOT,
                "%s: %d replies; of those led to comply %.1f %% refuse, of those led to refuse %.1f %%; %.1f s",
                out,
                tally.replies(),
                100.0 * tally.compliantRefused() / each,
                100.0 * tally.refusingRefused() / each,
                (System.nanoTime() - start) / 1e9));
    }

    /** Rows that are made at once: what is there already must be their beginning. */
    private int change(Method chosen) throws IOException, BadInput {
        if (files.isEmpty()) {
            throw new BadInput("FILE.jsonl: name the rows that " + method + " starts from");
        }
        List<Row> made = chosen.apply(read(), count, seed);
        try (RowLog log = RowLog.open(out)) {
            int there = log.objects().size();
            for (int i = 0; i < there; i++) {
                if (i >= made.size() || !log.objects().get(i).equals(Rows.object(made.get(i)))) {
                    throw new BadInput(out + ": row " + (i + 1) + " is not what " + method
                            + " makes of these rows with this seed; name another file");
                }
            }
            log.append(List.of());
            log.appendRows(made.subList(there, made.size()));
        }
        streams.note(out + ": " + made.size() + " rows by " + method + " of " + count + " asked for");
        return ExitStatus.OK;
    }
}
