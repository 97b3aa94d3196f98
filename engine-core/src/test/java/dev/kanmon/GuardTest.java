package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.convert.ModelConverter;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardTest {

    private static final Path BERT = Goldens.own("models/bert_a");
    private static final long SEED = 20261122;

    /** The reference's probabilities for texts, through tokenizer, windows, model and judge. */
    @ParameterizedTest
    @ValueSource(strings = {"bert_a", "bert_smalleps"})
    void textsGetTheReferencesProbability(String name) throws IOException {
        Path directory = Goldens.own("models/" + name);
        JsonArray sequences =
                Json.read(directory.resolve("expected.json")).asObject().array("sequences");
        int checked = 0;
        try (Guard guard = Guard.load(directory)) {
            for (JsonValue value : sequences) {
                JsonObject sequence = value.asObject();
                if (sequence.optionalString("text").isEmpty()) {
                    continue; // Made of ids, not of a text.
                }
                String text = sequence.string("text");
                Exchange exchange = sequence.optionalString("text_pair")
                        .map(pair -> Exchange.of(text, pair))
                        .orElse(Exchange.of(text));
                Verdict verdict = guard.check(exchange);
                double expected = sequence.array("probs").doubles()[1];
                if (verdict.windows().size() == 1 && verdict.tokens() == sequence.integer("n_tokens")) {
                    assertEquals(expected, verdict.probability(), Goldens.PROBABILITIES, name + ": " + text);
                    assertEquals(verdict.probability() >= 0.5, verdict.harmful());
                    checked++;
                }
            }
        }
        assertTrue(checked >= 5, name + ": only " + checked + " texts could be compared");
    }

    @Test
    void examplesRun(@TempDir Path directory) throws IOException {
        Path gguf = directory.resolve("model.gguf");
        assertTrue(ModelExample.convert(BERT, gguf, (_, _) -> {}) < Files.size(gguf));
        assertEquals(2, ModelExample.heads(gguf));
        assertFalse(GuardExample.harmful(GuardOptions.defaults().withThreshold(1), BERT));
        assertEquals(2, ModelExample.logits(BERT).length);
        assertEquals(2, ModelExample.heads(BERT));
        assertEquals(2 / 3.0, ModelExample.f1(), 1e-12);
        try (ModelFiles files = ModelFiles.open(BERT)) {
            assertTrue(ModelExample.windows(files.tokenizer(), "word ".repeat(500)) > 8);
        }
    }

    private static List<Exchange> exchanges(int count) {
        Random random = new Random(SEED);
        List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = words(random, 1 + random.nextInt(90));
            exchanges.add(i % 3 == 0 ? Exchange.of(text, words(random, 1 + random.nextInt(90))) : Exchange.of(text));
        }
        return exchanges;
    }

    private static String words(Random random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(Integer.toString(random.nextInt(40000), 36)).append(' ');
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void eightThreadsGetTheBitsOfOne(String kernels) throws Exception {
        List<Exchange> exchanges = exchanges(60);
        List<Double> alone = new ArrayList<>();
        try (Guard guard = Guard.load(BERT, GuardOptions.defaults().withKernels(kernels))) {
            exchanges.forEach(e -> alone.add(guard.check(e).probability()));
        }
        for (GuardOptions options : List.of(
                GuardOptions.defaults().withKernels(kernels),
                GuardOptions.defaults().withKernels(kernels).withThreads(2))) {
            try (Guard guard = Guard.load(BERT, options);
                    ExecutorService callers = Executors.newFixedThreadPool(8)) {
                List<Future<List<Double>>> answers = new ArrayList<>();
                for (int c = 0; c < 8; c++) {
                    boolean together = c % 2 == 0;
                    answers.add(callers.submit(() -> together
                            ? guard.checkAll(exchanges).stream()
                                    .map(Verdict::probability)
                                    .toList()
                            : exchanges.stream()
                                    .map(e -> guard.check(e).probability())
                                    .toList()));
                }
                for (Future<List<Double>> answer : answers) {
                    assertEquals(alone, answer.get(), kernels + " on " + options.threads() + " threads");
                }
            }
        }
    }

    @Test
    void anExecutorLendsThreads() throws IOException {
        List<Exchange> exchanges = exchanges(20);
        AtomicInteger lent = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(2);
                Guard own = Guard.load(BERT);
                Guard guard = Guard.load(
                        BERT,
                        GuardOptions.defaults()
                                .withExecutor(
                                        task -> {
                                            lent.incrementAndGet();
                                            pool.execute(task);
                                        },
                                        2))) {
            assertEquals(
                    own.checkAll(exchanges).stream().map(Verdict::probability).toList(),
                    guard.checkAll(exchanges).stream().map(Verdict::probability).toList());
            assertTrue(lent.get() > 0, "the executor was never asked");
        }
    }

    @Test
    void closingWhileOthersCheckIsAClearException() throws Exception {
        for (int round = 0; round < 20; round++) {
            Guard guard = Guard.load(BERT, GuardOptions.defaults().withThreads(1 + round % 2));
            List<Exchange> exchanges = exchanges(10);
            AtomicInteger done = new AtomicInteger();
            try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
                List<Future<?>> calls = new ArrayList<>();
                for (int c = 0; c < 4; c++) {
                    calls.add(callers.submit(() -> {
                        while (true) {
                            guard.checkAll(exchanges);
                            done.incrementAndGet();
                        }
                    }));
                }
                while (done.get() < 2) {
                    Thread.onSpinWait();
                }
                guard.close();
                guard.close();
                for (Future<?> call : calls) {
                    Throwable failure =
                            assertThrows(ExecutionException.class, call::get).getCause();
                    assertEquals(IllegalStateException.class, failure.getClass(), failure.toString());
                    assertTrue(failure.getMessage().endsWith("was closed"), failure.getMessage());
                }
            }
            assertThrows(IllegalStateException.class, () -> guard.check(Exchange.of("after")));
        }
    }

    @Test
    void anEmptyResponseIsNoResponse() throws IOException {
        try (Guard guard = Guard.load(BERT)) {
            Verdict alone = guard.check(Exchange.of("Hi"));
            Verdict empty = guard.check(Exchange.of("Hi", ""));
            assertEquals(alone.logits(), empty.logits());
            assertEquals(alone.tokens(), empty.tokens());
            assertEquals(2, guard.check(Exchange.of("")).tokens(), "the special tokens alone");
        }
    }

    /** A separator that a user types is text: it must not end the instruction. */
    @Test
    void typedSpecialTokensAreText() throws IOException {
        try (Guard guard = Guard.load(BERT);
                ModelFiles files = ModelFiles.open(BERT)) {
            Tokenizer tokenizer = files.tokenizer();
            int asSpecial = tokenizer.encode("a [SEP] b").length();
            assertTrue(guard.check(Exchange.of("a [SEP] b")).tokens() > asSpecial);
        }
    }

    @Test
    void longTextsAreReadInWindowsThatCoverThem() throws IOException {
        String text = words(new Random(SEED), 300);
        try (Guard guard = Guard.load(
                BERT, GuardOptions.defaults().withWindows(WindowPolicy.windows().withOverlap(10)))) {
            Verdict verdict = guard.check(Exchange.of(text));
            assertTrue(verdict.windows().size() > 10 && !verdict.truncated());
            int covered = 0;
            double most = 0;
            for (Verdict.Window window : verdict.windows()) {
                assertTrue(window.tokens() <= 64, "window of " + window.tokens());
                assertTrue(window.instruction().start() <= covered + 1, "nothing between two windows but a blank");
                covered = window.instruction().end();
                most = Math.max(most, window.probability());
            }
            assertEquals(text.stripTrailing().length(), covered);
            assertEquals(most, verdict.probability());
        }
    }

    @Test
    void truncationReadsOneWindowAndSaysSo() throws IOException {
        String text = words(new Random(SEED), 300);
        try (Guard guard = Guard.load(BERT, GuardOptions.defaults().withWindows(WindowPolicy.truncate(32)))) {
            Verdict verdict = guard.check(Exchange.of(text, text));
            assertTrue(verdict.truncated());
            assertEquals(1, verdict.windows().size());
            assertEquals(32, verdict.windows().getFirst().tokens());
            assertTrue(verdict.tokens() > 500);
            assertTrue(verdict.windows().getFirst().response().end() > 0);
            assertFalse(guard.check(Exchange.of("Hi")).truncated());
        }
        GuardOptions tooLong = GuardOptions.defaults().withWindows(WindowPolicy.truncate(65));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Guard.load(BERT, tooLong))
                .getMessage()
                .contains("64"));
        GuardOptions tooShort = GuardOptions.defaults().withWindows(WindowPolicy.truncate(3));
        assertThrows(IllegalArgumentException.class, () -> Guard.load(BERT, tooShort));
    }

    @Test
    void whatALimitKeptFromBeingReadIsNotHarmless() throws IOException {
        String text = words(new Random(SEED), 300);
        GuardOptions limited =
                GuardOptions.defaults().withWindows(WindowPolicy.windows().withMaxWork(200));
        double read;
        try (Guard guard = Guard.load(BERT, limited.withThreshold(1))) {
            Verdict verdict = guard.check(Exchange.of(text));
            assertEquals(Outcome.INCOMPLETE, verdict.outcome());
            assertTrue(verdict.harmful() && verdict.incomplete() && !verdict.truncated());
            assertEquals(3, verdict.windows().size());
            read = verdict.windows().stream()
                    .mapToDouble(Verdict.Window::probability)
                    .max()
                    .getAsDouble();
            assertEquals(read, verdict.probability());
            assertEquals(Outcome.HARMLESS, guard.check(Exchange.of("Hi")).outcome());
            Verdict together = guard.checkAll(List.of(Exchange.of("Hi"), Exchange.of(text), Exchange.of("Ho")))
                    .get(1);
            assertEquals(verdict.windows(), together.windows());
        }
        try (Guard guard = Guard.load(BERT, limited.withThreshold(read))) {
            assertEquals(Outcome.HARMFUL, guard.check(Exchange.of(text)).outcome(), "what was read is enough");
        }
        GuardOptions never = GuardOptions.defaults().withThreshold(1);
        assertFalse(GuardExample.complete(never, BERT, words(new Random(SEED), 6_000)));
        assertTrue(GuardExample.complete(never, BERT, text));
    }

    @Test
    void windowsAndSentencesAreJoinedAsThePolicySays() throws IOException {
        String text = words(new Random(SEED), 300) + ". " + words(new Random(SEED + 1), 12);
        WindowPolicy sentences = WindowPolicy.sentences();
        try (Guard max = Guard.load(BERT, GuardOptions.defaults().withWindows(sentences));
                Guard plain = Guard.load(BERT);
                Guard mean = Guard.load(
                        BERT, GuardOptions.defaults().withWindows(sentences.withJoining(Joining.meanOfTop(3))))) {
            Verdict verdict = max.check(Exchange.of(text));
            List<Verdict.Window> windows = plain.check(Exchange.of(text)).windows();
            assertEquals(windows, verdict.windows().subList(0, windows.size()), "sentences come behind the windows");
            assertTrue(verdict.windows().size() > windows.size());
            List<Double> descending = verdict.windows().stream()
                    .map(Verdict.Window::probability)
                    .sorted(Comparator.reverseOrder())
                    .toList();
            assertEquals(descending.getFirst(), verdict.probability());
            Verdict averaged = mean.check(Exchange.of(text));
            assertEquals(verdict.windows(), averaged.windows());
            assertEquals(verdict.logits(), averaged.logits(), "those of the most harmful window");
            assertEquals(
                    (descending.get(0) + descending.get(1) + descending.get(2)) / 3, averaged.probability(), 1e-15);
        }
    }

    @Test
    void thresholdTemperatureAndLabelsComeFromOptionsSidecarOrModel(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(BERT.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Exchange hi = Exchange.of("Hi");
        Verdict plain;
        try (Guard guard = Guard.load(directory)) {
            plain = guard.check(hi);
            assertEquals(List.of("unsafe"), guard.info().harmful());
            assertEquals(0.5, guard.info().threshold());
        }
        Files.writeString(
                directory.resolve("kanmon.json"), "{\"harmful\": [\"safe\"], \"threshold\": 0.25, \"temperature\": 2}");
        double gap = plain.logits().get(1) - plain.logits().get(0);
        try (Guard guard = Guard.load(directory)) {
            Verdict verdict = guard.check(hi);
            assertEquals(1 / (1 + Math.exp(gap / 2)), verdict.probability(), 1e-12);
            assertEquals(0.25, verdict.threshold());
        }
        try (Guard guard = Guard.load(directory, GuardOptions.defaults().withThreshold(0.75))) {
            assertEquals(0.75, guard.check(hi).threshold());
            assertEquals(2, guard.info().temperature(), "the sidecar's, where the options say nothing");
        }
        Files.writeString(directory.resolve("kanmon.json"), "{\"harmfull\": [\"safe\"]}");
        assertTrue(assertThrows(ModelFormatException.class, () -> Guard.load(directory))
                .getMessage()
                .contains("harmfull"));
        Files.writeString(directory.resolve("kanmon.json"), "{\"harmful\": [\"bad\"]}");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Guard.load(directory))
                .getMessage()
                .contains("bad"));
    }

    @Test
    void aPolicyOfTheSidecarIsTakenByItsName(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(BERT.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        IllegalArgumentException none = assertThrows(
                IllegalArgumentException.class,
                () -> Guard.load(directory, GuardOptions.defaults().withPolicy("strict")));
        assertTrue(none.getMessage().contains("has no policy \"strict\"; it has none at all"), none.getMessage());

        Path sidecar = directory.resolve("kanmon.json");
        Files.writeString(sidecar, "{\"threshold\": 0.25, \"policies\": {\"strict\": 0.125, \"permissive\": 0.875}}");
        try (Guard guard = Guard.load(directory)) {
            assertEquals(0.25, guard.info().threshold());
            assertEquals(Optional.empty(), guard.info().policy());
            assertEquals(
                    List.of("strict", "permissive"),
                    List.copyOf(guard.info().policies().keySet()));
        }
        GuardOptions strict = GuardOptions.defaults().withPolicy(Policy.named("strict"));
        try (Guard guard = Guard.load(directory, strict)) {
            assertEquals(0.125, guard.info().threshold());
            assertEquals(0.125, guard.check(Exchange.of("Hi")).threshold());
            assertEquals(Optional.of("strict"), guard.info().policy());
        }
        try (Guard guard = Guard.load(directory, strict.withThreshold(0.75))) {
            assertEquals(0.75, guard.info().threshold(), "the last word counts");
            assertEquals(Optional.empty(), guard.info().policy());
        }
        IllegalArgumentException other = assertThrows(
                IllegalArgumentException.class,
                () -> Guard.load(directory, GuardOptions.defaults().withPolicy("lenient")));
        assertEquals(directory + ": has no policy \"lenient\"; it has strict, permissive", other.getMessage());
        for (String bad : List.of("{\"strict\": 1.5}", "{\"strict\": \"high\"}", "{\" \": 0.5}", "[0.5]")) {
            Files.writeString(sidecar, "{\"policies\": " + bad + "}");
            String message = assertThrows(ModelFormatException.class, () -> Guard.load(directory))
                    .getMessage();
            assertTrue(message.contains("kanmon.json") && message.contains("policies"), message);
        }
    }

    @Test
    void logOddsAreThoseOfTheProbability(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(BERT.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.writeString(directory.resolve("kanmon.json"), "{\"temperature\": 2}");
        try (Guard guard = Guard.load(directory)) {
            Verdict verdict = guard.check(Exchange.of("Hi"));
            double odds = guard.logOdds(verdict.logits(), 2);
            assertEquals(verdict.probability(), 1 / (1 + Math.exp(-odds)), 1e-12);
            assertEquals(2 * odds, guard.logOdds(verdict.logits(), 1), 1e-12);
            assertEquals(-200, guard.logOdds(List.of(100.0, -100.0), 1), 1e-9, "far beyond what a probability holds");
            assertThrows(IllegalArgumentException.class, () -> guard.logOdds(List.of(1.0), 1));
            assertThrows(IllegalArgumentException.class, () -> guard.logOdds(verdict.logits(), 0));
        }
    }

    @Test
    void theSidecarNamesMatricesThatKeepAMoreExactType(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(BERT.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Path sidecar = directory.resolve("kanmon.json");
        Files.writeString(
                sidecar,
                "{\"weights\": {\"int8\": {\"bf16\": [\"encoder.layer.*.output.dense\"], \"f32\":"
                        + " [\"bert.pooler.dense\", \"encoder.layer.1.attention.self.key\"]}}}");
        Map<String, WeightType> expected = Map.of(
                "encoder.layer.0.output.dense",
                WeightType.BF16,
                "encoder.layer.1.output.dense",
                WeightType.BF16,
                "encoder.layer.2.output.dense",
                WeightType.BF16,
                // with keys and values: the three are one matrix
                "encoder.layer.1.attention.self.query",
                WeightType.F32,
                "pooler.dense",
                WeightType.F32);
        Exchange hi = Exchange.of("Hi there, what is this?");
        GuardOptions options = GuardOptions.defaults();
        double mixed;
        try (Guard guard = Guard.load(directory, options.withWeights(WeightType.INT8))) {
            assertEquals(WeightType.INT8, guard.info().weights());
            assertEquals(expected, exceptions(guard));
            mixed = guard.check(hi).probability();
        }
        WeightPlan everywhere = WeightPlan.everywhere(WeightType.INT8);
        try (Guard guard = Guard.load(directory, options.withWeights(everywhere))) {
            assertEquals(Map.of(), exceptions(guard));
            assertNotEquals(mixed, guard.check(hi).probability());
        }
        var plan = everywhere
                .with("encoder.layer.*.output.dense", WeightType.BF16)
                .with(Map.of("pooler.dense", WeightType.F32, "encoder.layer.1.**.query", WeightType.F32));
        try (Guard guard = Guard.load(directory, options.withWeights(plan))) {
            assertEquals(expected, exceptions(guard));
            assertEquals(mixed, guard.check(hi).probability());
        }
        try (Guard guard = Guard.load(directory, options.withWeights(WeightType.BF16))) {
            assertEquals(Map.of(), exceptions(guard), "the sidecar says nothing of bf16");
        }
        Files.writeString(sidecar, "{\"weights\": {\"int8\": {\"bf16\": [\"encoder.layer.9.output.dense\"]}}}");
        var refusal = assertThrows(
                IllegalArgumentException.class, () -> Guard.load(directory, options.withWeights(WeightType.INT8)));
        assertTrue(
                refusal.getMessage().contains("\"encoder.layer.9.output.dense\" of the weights' type fits no matrix"),
                refusal.getMessage());
    }

    @Test
    void aGgufFileHasASidecarOfItsOwn(@TempDir Path directory) throws IOException {
        Path gguf = directory.resolve("model.gguf");
        Files.writeString(
                Files.createDirectory(directory.resolve("source")).resolve("kanmon.json"), "{\"threshold\": 0.125}");
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(BERT.resolve(file), directory.resolve("source").resolve(file));
        }
        ModelConverter.convert(directory.resolve("source"), gguf, Optional.empty(), (_, _) -> {});
        assertEquals(0.125, threshold(gguf), "the one inside");
        Files.writeString(directory.resolve("kanmon.json"), "{\"threshold\": 0.25}");
        assertEquals(0.25, threshold(gguf), "the one beside");
        Files.writeString(directory.resolve("model.kanmon.json"), "{\"threshold\": 0.375}");
        assertEquals(0.375, threshold(gguf), "the one of its name");
        Files.writeString(directory.resolve("other.kanmon.json"), "{\"threshold\": 0.75}");
        assertEquals(0.375, threshold(gguf), "another file's");
        try (ModelFiles files = ModelFiles.open(gguf)) {
            assertEquals(Optional.of(directory.resolve("model.kanmon.json")), files.sidecarPath());
        }
        try (ModelFiles files = ModelFiles.open(BERT)) {
            assertEquals(Optional.of(BERT.resolve("kanmon.json")), files.sidecarPath());
        }
    }

    private static double threshold(Path model) throws IOException {
        try (Guard guard = Guard.load(model)) {
            return guard.info().threshold();
        }
    }

    private static Map<String, WeightType> exceptions(Guard guard) {
        return guard.info().exceptions().stream().collect(Collectors.toMap(WeightMatrix::pattern, WeightMatrix::type));
    }

    @Test
    void severalLabelsCountByTheirLargest() throws IOException {
        try (Guard guard = Guard.load(Goldens.own("models/bert_tanhgelu"))) {
            Verdict verdict = guard.check(Exchange.of("Hi"));
            double most = verdict.logits().stream()
                    .mapToDouble(l -> 1 / (1 + Math.exp(-l)))
                    .max()
                    .orElseThrow();
            assertEquals(List.of("toxic", "insult", "threat"), guard.info().harmful());
            assertEquals(most, verdict.probability(), 1e-12);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "INT8"})
    void otherWeightTypesStayNear(String type) throws IOException {
        List<Exchange> exchanges = exchanges(20);
        try (Guard exact = Guard.load(BERT);
                Guard guard = Guard.load(BERT, GuardOptions.defaults().withWeights(WeightType.valueOf(type)))) {
            assertEquals(WeightType.valueOf(type), guard.info().weights());
            for (Exchange exchange : exchanges) {
                assertEquals(
                        exact.check(exchange).probability(),
                        guard.check(exchange).probability(),
                        0.05);
            }
        }
    }

    @Test
    void infoSaysWhatComputesAndWhyOthersDoNot() throws IOException {
        try (Guard guard =
                Guard.load(BERT, GuardOptions.defaults().withKernels("scalar").withThreads(2))) {
            GuardInfo info = guard.info();
            assertEquals("bert", info.family());
            assertEquals("scalar", info.kernels());
            assertEquals(2, info.threads());
            assertEquals(64, info.maxTokens());
            assertTrue(info.parameters() > 100_000);
            assertTrue(info.notChosen().stream()
                    .anyMatch(n -> n.name().equals("vector") && !n.reason().isEmpty()));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Guard.load(BERT, GuardOptions.defaults().withKernels("cuda")));
        assertThrows(
                IllegalArgumentException.class,
                () -> Guard.load(BERT, GuardOptions.defaults().withKernels("fast")));
    }
}
