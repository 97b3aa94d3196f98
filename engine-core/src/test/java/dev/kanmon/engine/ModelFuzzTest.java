package dev.kanmon.engine;

import dev.kanmon.convert.ModelConverter;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.family.Graph;
import dev.kanmon.engine.weights.FileWeights;
import dev.kanmon.engine.weights.NameTable;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.Json;
import dev.kanmon.fuzz.FuzzCampaign;
import dev.kanmon.fuzz.JsonMutator;
import dev.kanmon.fuzz.Mutator;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the files of a model hold, loading it ends in a model that computes, or in a {@link ModelFormatException} that
 * says where and why. {@code scripts/fuzz} runs more cases.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModelFuzzTest {
    private static final String NAME = "fuzzed";
    private static final int CASES = 1_000;
    /** Of those that are written to a disk or computed, which takes longer than reading them. */
    private static final int SLOW_CASES = 100;

    /** A small model, and what computing a few tokens takes. */
    private static final long ALLOCATION = 16 << 20;

    @TempDir
    private Path directory;

    private static Optional<String> fault(Throwable thrown, String source) {
        if (!(thrown instanceof ModelFormatException refused)) {
            return Optional.of("threw " + thrown + ", expected a ModelFormatException");
        }
        String message = refused.getMessage();
        if (!message.startsWith(source) || message.length() > source.length() + 1500) {
            return Optional.of("a message of " + message.length() + " characters: " + message);
        }
        return message.chars().anyMatch(Character::isISOControl)
                ? Optional.of("a message with control characters: " + message)
                : Optional.empty();
    }

    /** The golden models of this module, each of the families several times. */
    private static List<Path> models() throws IOException {
        List<Path> models = new ArrayList<>();
        models.add(Goldens.own("models/bert_smalleps"));
        try (var families = Files.list(Goldens.own("families"))) {
            families.filter(path -> Files.exists(path.resolve("config.json")))
                    .sorted()
                    .forEach(models::add);
        }
        return models;
    }

    /** The configurations of all models in turn; the first byte of a case is the number of the model. */
    private record Configurations(List<JsonMutator> models) implements FuzzCampaign.Cases {
        static Configurations of(List<Path> models) throws IOException {
            List<JsonMutator> all = new ArrayList<>();
            for (Path model : models) {
                all.add(configurations(model, all.size()));
            }
            return new Configurations(all);
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (JsonMutator model : models) {
                seeds.add(numbered(seeds.size(), model.seeds().getFirst()));
            }
            return seeds;
        }

        @Override
        public Mutator.Case make(long number) {
            int model = (int) (number % models.size());
            Mutator.Case made = models.get(model).make(number / models.size());
            return new Mutator.Case(
                    number, numbered(model, made.bytes()), "model " + model + ", " + made.description());
        }

        private static byte[] numbered(int model, byte[] config) {
            byte[] bytes = new byte[1 + config.length];
            bytes[0] = (byte) model;
            System.arraycopy(config, 0, bytes, 1, config.length);
            return bytes;
        }
    }

    private static byte[] configuration(byte[] numbered) {
        return Arrays.copyOfRange(numbered, 1, numbered.length);
    }

    /** Damages the configuration of each model in turn; its tensors stay as they are. */
    @Test
    void configurations() throws IOException {
        List<Path> models = models();
        List<TensorFile> tensors = new ArrayList<>();
        try {
            for (Path model : models) {
                tensors.add(TensorFile.open(model));
            }
            FuzzCampaign.run(
                    "config.json",
                    Configurations.of(models),
                    20 * CASES,
                    ALLOCATION,
                    bytes -> check(configuration(bytes), tensors.get(bytes[0])),
                    ModelFuzzTest::faultOfModel);
        } finally {
            tensors.forEach(TensorFile::close);
        }
    }

    private static JsonMutator configurations(Path model, int number) throws IOException {
        return JsonMutator.of(
                List.of(Files.readString(model.resolve("config.json"))),
                List.of(
                        "\"yarn\"",
                        "\"dynamic\"",
                        "\"llama3\"",
                        "\"regression\"",
                        "\"gelu\"",
                        "\"ForTokenClassification\"",
                        "{\"rope_type\": \"yarn\", \"factor\": 1e-300, \"beta_fast\": 1e300, \"rope_theta\": 1}",
                        "{\"rope_type\": \"dynamic\", \"factor\": 1e300}",
                        "{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4}",
                        "[\"sliding_attention\"]",
                        "{\"0\": \"a\", \"1\": \"a\"}",
                        "{\"999999\": \"a\"}",
                        "1e-46",
                        "1000000",
                        "16777216"),
                FuzzCampaign.seed() + ((long) number << 32));
    }

    /** A tensor that does not fit is named by its file, one of those of the goldens. */
    private static Optional<String> faultOfModel(Throwable thrown) {
        String families = Goldens.own("families").getParent().toString();
        boolean ofTensors = thrown.getMessage() != null && thrown.getMessage().startsWith(families);
        return fault(thrown, ofTensors ? families : NAME);
    }

    private static void check(byte[] bytes, TensorFile tensors) throws IOException {
        ModelConfig config = HuggingFaceConfig.read(Json.parse(NAME, bytes).asObject());
        Graph.build(
                config,
                FileWeights.checking(
                        tensors, NameTable.huggingFace(config.encoder().prefix())));
        config.encoder().flops(100);
        config.encoder().loadingFlops();
    }

    /** Loads what is not refused and computes. */
    @Test
    void computations() throws IOException {
        List<Path> models = models();
        List<Path> copies = new ArrayList<>();
        for (Path model : models) {
            Path copy = Files.createDirectories(
                    directory.resolve(model.getFileName().toString()));
            Files.copy(model.resolve("model.safetensors"), copy.resolve("model.safetensors"));
            copies.add(copy);
        }
        FuzzCampaign.run(
                "model",
                Configurations.of(models),
                10 * SLOW_CASES,
                ALLOCATION,
                bytes -> {
                    Path copy = copies.get(bytes[0]);
                    Files.write(copy.resolve("config.json"), configuration(bytes));
                    compute(ModelFiles.open(copy));
                },
                thrown -> fault(thrown, directory.toString()));
    }

    private static void compute(ModelFiles files) throws IOException {
        try (Model model = Model.load(files, Model.Options.defaults())) {
            int size = model.config().encoder().vocabularySize();
            int[] ids = new int[Math.min(9, model.config().encoder().limit())];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i * 7 % size;
            }
            List<TokenSequence> sequences = List.of(TokenSequence.of(ids));
            model.hiddenStates(sequences.getFirst());
            if (model.config().classifier().isEmpty()) {
                model.encode(sequences);
            } else if (model.config().classifier().get().task() == Task.TOKENS) {
                model.tokenLogits(sequences);
            } else {
                model.logits(sequences);
            }
        }
    }

    /** A GGUF file with a family's tensors and its configuration, or with llama.cpp's names and keys. */
    private List<byte[]> ggufs() throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String name : List.of("families/deberta_1024", "families/llama_no_pad", "families/mpnet_a")) {
            Path file = directory.resolve("seed.gguf");
            try (TensorFile tensors = TensorFile.open(Goldens.own(name));
                    GgufWriter writer = GgufWriter.create(file)) {
                writer.metadata("general.architecture", GgufValue.of("any"));
                writer.metadata(
                        GgufConfig.CONFIG_JSON,
                        GgufValue.of(Files.readString(Goldens.own(name).resolve("config.json"))));
                for (TensorInfo info : tensors.tensors().values()) {
                    writer.declare(
                            info.name(),
                            info.dtype(),
                            info.shape().stream().mapToLong(Long::longValue).toArray());
                }
                for (String tensor : tensors.tensors().keySet()) {
                    writer.writeBytes(tensor, tensors.tensor(tensor).bytes());
                }
                writer.finish();
            }
            files.add(Files.readAllBytes(file));
        }
        return files;
    }

    /** Packed models, whose matrices are taken as they are. */
    private List<byte[]> packed() throws IOException {
        List<byte[]> files = new ArrayList<>();
        Path file = directory.resolve("packed.gguf");
        for (String name : List.of("families/deberta_conv", "families/llama_no_pad", "models/bert_a")) {
            for (WeightType type : WeightType.values()) {
                ModelConverter.pack(
                        Goldens.own(name),
                        ModelFiles.Supplement.NONE,
                        file,
                        WeightPlan.of(type),
                        Optional.empty(),
                        null);
                files.add(Files.readAllBytes(file));
            }
        }
        return files;
    }

    @Test
    void packedFiles() throws IOException {
        List<byte[]> packed = packed();
        FuzzCampaign.run(
                "packed model, checked",
                Mutator.of(packed, FuzzCampaign.seed()),
                2 * CASES,
                ALLOCATION,
                bytes -> {
                    try (ModelFiles files = ModelFiles.of(NAME, MemorySegment.ofArray(bytes))) {
                        files.check();
                    }
                },
                thrown -> fault(thrown, NAME));
        FuzzCampaign.run(
                "packed model",
                Mutator.of(packed, FuzzCampaign.seed()),
                SLOW_CASES,
                ALLOCATION,
                bytes -> compute(ModelFiles.of(NAME, MemorySegment.ofArray(bytes))),
                thrown -> fault(thrown, NAME));
    }

    @Test
    void ggufFiles() throws IOException {
        List<byte[]> families = ggufs();
        FuzzCampaign.run(
                "GGUF model, checked",
                Mutator.of(families, FuzzCampaign.seed()),
                2 * CASES,
                ALLOCATION,
                bytes -> {
                    try (ModelFiles files = ModelFiles.of(NAME, MemorySegment.ofArray(bytes))) {
                        files.check();
                    }
                },
                thrown -> fault(thrown, NAME));
        List<byte[]> bert = List.of(Files.readAllBytes(Goldens.own("gguf/bert/bert-Q8_0.gguf")));
        for (List<byte[]> seeds : List.of(families, bert)) {
            FuzzCampaign.run(
                    "GGUF model " + (seeds == bert ? "of llama.cpp" : "of families"),
                    Mutator.of(seeds, FuzzCampaign.seed()),
                    SLOW_CASES,
                    ALLOCATION,
                    bytes -> compute(ModelFiles.of(NAME, MemorySegment.ofArray(bytes))),
                    thrown -> fault(thrown, NAME));
        }
    }
}
