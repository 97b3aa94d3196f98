package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.WindowPolicy;
import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.GuardTeacher;
import dev.kanmon.augment.GuardTemplate;
import dev.kanmon.augment.Labelling;
import dev.kanmon.augment.LanguageModelTeacher;
import dev.kanmon.augment.RowLog;
import dev.kanmon.augment.Rows;
import dev.kanmon.augment.Teacher;
import dev.kanmon.augment.TeacherEnsemble;
import dev.kanmon.augment.TextGenerators;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon label}: a teacher's probabilities in rows. */
@Command(
        name = "label",
        description = {
            "Writes a teacher's probability of harm into rows {\"instruction\", \"response\"?, …}: \"teacher\","
                    + " \"teacher_logit\" and \"teacher_by\";",
            "everything else stays as it is. Several teachers count by the mean of their logits. A run that was killed",
            "goes on where it stopped when it is started again with the same arguments."
        })
final class LabelCommand extends KanmonCommand {

    /** Rows judged together by a guard: enough to keep all threads busy, few enough to be written often. */
    private static final int BATCH = 64;

    /** The same for language models, each of whose questions takes long. */
    private static final int SLOW_BATCH = 4;

    /** A teacher as it is named on the command line; what belongs to it follows it. */
    static final class TeacherArguments {

        @Option(
                names = "--teacher",
                paramLabel = "DIR|FILE.gguf|URL|bundled",
                required = true,
                description =
                        "A guard of Kanmon's, or with --template a guard that is a language model; may be repeated,"
                                + " each with options of its own behind it.")
        private String place;

        @Option(
                names = "--template",
                paramLabel = "NAME|FILE.json",
                description = "How the language model is asked: llama-guard-3, shieldgemma, granite-guardian,"
                        + " qwen3guard, wildguard, or a file.")
        private String template;

        @Option(names = "--endpoint-model", paramLabel = "NAME", description = "What the server calls its model.")
        private String model;

        @Option(
                names = "--temperature",
                paramLabel = "T",
                description = "Divides the language model's log probabilities (default: 1).")
        private double temperature = 1;

        @Option(names = "--teacher-weight", paramLabel = "W", description = "Its weight in the mean (default: 1).")
        private double weight = 1;
    }

    @ArgGroup(exclusive = false, multiplicity = "1..*")
    private List<TeacherArguments> teachers;

    @Mixin
    private ComputeOptions compute;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Cut longer texts to one window of N tokens instead of reading them in several.")
    private Integer maxTokens;

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            defaultValue = "4096",
            description = "Room for a language model's prompt (default: ${DEFAULT-VALUE}).")
    private int context;

    @Option(
            names = "--out",
            paramLabel = "FILE.jsonl",
            required = true,
            description = "The labelled rows are appended to this file.")
    private Path out;

    @Parameters(paramLabel = "FILE.jsonl", arity = "1..*", description = "Rows to label.")
    private List<Path> files;

    @Override
    public Integer call() throws IOException, BadInput {
        List<JsonObject> rows = new ArrayList<>();
        for (Path file : files) {
            if (Files.exists(out) && Files.isSameFile(file, out)) {
                throw new BadInput("--out: " + out + " is an input too; name another file");
            }
            Rows.readObjects(file, (_, row) -> rows.add(row));
        }
        try (RowLog log = RowLog.open(out);
                Teacher teacher = open()) {
            int there = log.objects().size();
            long start = System.nanoTime();
            try (Progress progress = new Progress(streams, "labelling", "rows", rows.size())) {
                Labelling.run(rows, teacher, log, batch(), progress::update);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            streams.note(String.format(
                    Locale.ROOT,
                    "%s: %d rows labelled by %s, %d of them now; %.1f s, %.0f rows/s",
                    out,
                    rows.size(),
                    teacher.description(),
                    rows.size() - there,
                    seconds,
                    (rows.size() - there) / Math.max(1e-9, seconds)));
        }
        return ExitStatus.OK;
    }

    private int batch() {
        return teachers.stream().allMatch(teacher -> teacher.template == null) ? BATCH : SLOW_BATCH;
    }

    private Teacher open() throws IOException, BadInput {
        List<TeacherEnsemble.Member> members = new ArrayList<>();
        try {
            for (TeacherArguments teacher : teachers) {
                members.add(new TeacherEnsemble.Member(open(teacher), teacher.weight));
            }
            return new TeacherEnsemble(members);
        } catch (IOException | BadInput | RuntimeException | Error e) {
            members.forEach(member -> member.teacher().close());
            throw e;
        }
    }

    private Teacher open(TeacherArguments teacher) throws IOException, BadInput {
        int threads = compute.threads(ComputeOptions.processors());
        if (teacher.template != null) {
            GuardTemplate template = GuardTemplate.of(teacher.template);
            GeneratorOptions options =
                    GeneratorOptions.defaults().withContextTokens(context).withThreads(threads);
            return new LanguageModelTeacher(
                    TextGenerators.open(
                            teacher.place, teacher.model == null ? options : options.withModel(teacher.model)),
                    template,
                    teacher.temperature);
        }
        if (teacher.place.startsWith("http://") || teacher.place.startsWith("https://")) {
            throw new BadInput("--template: name how " + teacher.place + " is asked");
        }
        GuardOptions options = GuardOptions.defaults().withThreads(threads);
        if (compute.kernels().isPresent()) {
            options = options.withKernels(compute.kernels().get());
        }
        if (compute.weights().isPresent()) {
            options = options.withWeights(compute.weights().get());
        }
        if (maxTokens != null) {
            if (maxTokens < 1) {
                throw new BadInput("--max-tokens: found " + maxTokens + ", expected at least 1");
            }
            options = options.withWindows(WindowPolicy.truncate(maxTokens));
        }
        String cut = maxTokens == null ? "" : ", first " + maxTokens + " tokens";
        if (teacher.place.equals("bundled")) {
            return new GuardTeacher(Guard.bundled(options), "the bundled guard" + cut);
        }
        Path path = Path.of(teacher.place);
        return new GuardTeacher(Guard.load(path, options), path.getFileName() + cut);
    }
}
