package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.OnnxNode;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kanmon inspect}: what a model or a file of tensors holds, and whether it is whole. */
@Command(
        name = "inspect",
        description = {
            "Shows and checks a model directory, a GGUF file, or a file of tensors: safetensors, PyTorch, ONNX,",
            "TensorFlow checkpoint."
        })
final class InspectCommand extends KanmonCommand {

    private static final int SHOWN_VALUE_CHARACTERS = 80;

    @Option(names = "--json", description = "Write one JSON object.")
    private boolean json;

    @Parameters(paramLabel = "PATH", description = "A model directory or a file.")
    private Path path;

    @Override
    public Integer call() throws IOException, BadInput {
        if (Files.isDirectory(path)) {
            try (ModelFiles files = ModelFiles.open(path)) {
                show(Inspection.of(files));
            }
            return ExitStatus.OK;
        }
        try (TensorFile file = TensorFile.open(path)) {
            // A GGUF file may hold a model, or a vocabulary, or just tensors; a model is checked as one.
            if (file instanceof GgufFile gguf && GgufConfig.isSupported(gguf)) {
                try (ModelFiles files = ModelFiles.open(path)) {
                    show(Inspection.of(files));
                }
            } else {
                show(Inspection.of(file));
            }
        }
        return ExitStatus.OK;
    }

    private void show(Inspection found) throws IOException {
        if (json) {
            streams.line(InspectionJson.of(path.toString(), found));
        } else {
            print(found);
        }
    }

    private void print(Inspection found) throws IOException {
        TensorFile file = found.file();
        streams.line(path.toString());
        fact("format", found.format());
        fact("parameters", number(found.parameters()) + " in " + number(found.bytes()) + " bytes");
        if (found.model().isPresent()) {
            ModelFiles model = found.model().get();
            ModelFacts.of(model.config().encoder()).forEach(this::fact);
            if (model.config().classifier().isPresent()) {
                ClassifierConfig classifier = model.config().classifier().get();
                fact("head", ModelFacts.task(classifier));
                fact("labels", String.join(", ", classifier.labels()));
                if (classifier.task() == Task.SEQUENCES) {
                    fact("harmful", harmful(model));
                }
            } else {
                fact("head", "none: an encoder alone");
            }
            List<String> policies = policies(model);
            if (!policies.isEmpty()) {
                fact("policies", String.join(", ", policies));
            }
            Optional<JsonObject> sidecar = model.sidecar();
            if (sidecar.isPresent() && sidecar.get().has("cascade")) {
                JsonObject cascade = sidecar.get().object("cascade");
                fact("in a cascade", "undecided from " + cascade.number("low") + " to " + cascade.number("high"));
            }
            for (WeightType type : model.packed().map(List::of).orElse(List.of(WeightType.BF16, WeightType.INT8))) {
                List<String> exceptions = exceptions(model, type);
                if (!exceptions.isEmpty()) {
                    fact("in " + type.spelling(), "all matrices but " + String.join(", ", exceptions));
                }
            }
        }
        if (found.tokenizer().isPresent()) {
            Tokenizer tokenizer = found.tokenizer().get();
            fact("tokenizer", tokenizer.kind() + ", " + tokenizer.vocabularySize() + " tokens");
        } else if (found.refusal().isPresent()) {
            fact("tokenizer", "cannot be used: " + found.refusal().get());
        } else if (found.model().isPresent()) {
            fact("tokenizer", "none");
        }
        if (file instanceof GgufFile gguf) {
            metadata(gguf.metadata());
        }
        tensors(found);
    }

    /** The thresholds that the sidecar has names for. */
    private static List<String> policies(ModelFiles model) throws IOException {
        List<String> policies = new ArrayList<>();
        Optional<JsonObject> sidecar = model.sidecar();
        if (sidecar.isPresent() && sidecar.get().has("policies")) {
            JsonObject thresholds = sidecar.get().object("policies");
            for (String name : thresholds.members().keySet()) {
                policies.add(name + " from " + thresholds.number(name));
            }
        }
        return policies;
    }

    /** The matrices that the sidecar keeps in another type. */
    private static List<String> exceptions(ModelFiles model, WeightType type) throws IOException {
        return model.matrices(WeightPlan.of(type)).stream()
                .filter(matrix -> matrix.type() != type)
                .map(matrix -> matrix.pattern() + " (" + matrix.type().spelling() + ")")
                .toList();
    }

    private static String harmful(ModelFiles model) throws IOException {
        List<String> harmful = Guard.harmfulLabels(model);
        return harmful.isEmpty()
                ? "not known; a file kanmon.json beside the model says it"
                : String.join(", ", harmful);
    }

    private void metadata(Map<String, GgufValue> metadata) {
        streams.line("");
        streams.line("  metadata");
        metadata.forEach((key, value) -> streams.line("  " + key + " = " + shortened(value.describe())));
    }

    private void tensors(Inspection found) {
        Set<String> constants = constants(found.file());
        Map<String, Long> bytes = new TreeMap<>();
        Table table = new Table("  tensor", "type", "shape", "bytes");
        int shown = 0;
        for (TensorInfo info : found.file().tensors().values()) {
            if (constants.contains(info.name())) {
                continue;
            }
            shown++;
            bytes.merge(info.dtype().name(), info.byteSize(), Long::sum);
            table.row(List.of(
                    "  " + info.name() + (found.unused().contains(info.name()) ? " (unused)" : ""),
                    info.dtype().name(),
                    info.shape().toString(),
                    number(info.byteSize())));
        }
        streams.line("");
        if (shown > 0) {
            table.lines().forEach(streams::line);
        }
        StringBuilder totals = new StringBuilder();
        bytes.forEach((type, sum) ->
                totals.append(totals.isEmpty() ? ": " : ", ").append(type + " " + number(sum) + " bytes"));
        streams.line("  " + shown + " tensors" + totals
                + (constants.isEmpty() ? "" : "; " + constants.size() + " constants of the graph are not shown")
                + (found.unused().isEmpty() ? "" : "; unused: " + found.unused().size()));
    }

    /** What an ONNX graph counts with, as opposed to weights: hundreds of sizes and axes. */
    private static Set<String> constants(TensorFile file) {
        Set<String> constants = new HashSet<>();
        if (file instanceof OnnxFile onnx) {
            for (OnnxNode node : onnx.nodes()) {
                if (node.opType().equals("Constant")) {
                    constants.addAll(node.outputs());
                }
            }
            constants.retainAll(file.tensors().keySet());
        }
        return constants;
    }

    private void fact(String what, String value) {
        streams.line(String.format(Locale.ROOT, "  %-15s %s", what, value));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String shortened(String value) {
        String line = value.replace('\n', ' ');
        int end = line.offsetByCodePoints(0, Math.min(SHOWN_VALUE_CHARACTERS, line.codePointCount(0, line.length())));
        return end == line.length() ? line : line.substring(0, end) + "…";
    }
}
