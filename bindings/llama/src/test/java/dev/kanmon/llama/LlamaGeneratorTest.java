package dev.kanmon.llama;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.GenerationException;
import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.Message;
import dev.kanmon.augment.Sampling;
import dev.kanmon.augment.TextGenerator;
import dev.kanmon.augment.TextGenerators;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;
import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** llama.cpp on a model whose every answer is computed again here. */
class LlamaGeneratorTest {
    private static final long SEED = 20261122;
    /** Keys, values, queries and attention weights pass through f16 in llama.cpp: 2^-11 each, in two layers, and logits to 10. */
    private static final double LOG_PROBABILITY_TOLERANCE = 0.02;

    private static final TinyLlama TINY = new TinyLlama(SEED);
    private static final Sampling GREEDY =
            Sampling.defaults().withTemperature(0).withMaxTokens(24);

    @TempDir
    static Path folder;

    private static Path file;

    @BeforeAll
    static void write() throws IOException {
        file = TINY.write(folder.resolve("tiny.gguf"), TinyLlama.CHAT_ML);
    }

    private static TextGenerator open(int parallel, int threads) throws IOException {
        return TextGenerators.open(
                file.toString(),
                GeneratorOptions.defaults().withParallel(parallel).withThreads(threads));
    }

    private static TextGenerator.Request request(String user, String prefix, Sampling sampling) {
        return new TextGenerator.Request(List.of(Message.user(user)), prefix, sampling);
    }

    /** What the model writes when it always takes the likeliest token. */
    private static String greedy(String prompt, int maxTokens) {
        var text = new StringBuilder();
        var ids =
                new ArrayList<Integer>(IntStream.of(TINY.encode(prompt)).boxed().toList());
        for (int n = 0; n < maxTokens; n++) {
            var next = TINY.next(ids.stream().mapToInt(i -> i).toArray());
            int best = IntStream.range(0, next.length)
                    .reduce((a, b) -> next[b] > next[a] ? b : a)
                    .orElseThrow();
            if (best == 2) {
                break;
            }
            text.append(TINY.text(best));
            ids.add(best);
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "Tell me: is it safe?", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"})
    void logProbabilitiesAreThoseOfThePlainComputation(String prompt) throws IOException {
        var candidates = List.of("safe", "unsafe", " safe", " ", "S", "é", "\n", "</s>");
        var ids = List.of("safe", "unsafe", "\u2581safe", "\u2581", "S", "é", "\n", "</s>");
        var expected = TINY.next(TINY.encode(prompt));
        // A letter has a token of its own and is a byte, too; both are that text.
        double byteOfS = expected[TINY.tokens.indexOf("<0x53>")];
        double byteOfBreak = expected[TINY.tokens.indexOf("<0x0A>")];
        double byteOfBlank = expected[TINY.tokens.indexOf("<0x20>")];
        try (var generator = open(1, 2)) {
            var found = generator.firstTokenLogProbabilities(prompt, candidates);
            for (int i = 0; i < ids.size(); i++) {
                double one = expected[TINY.tokens.indexOf(ids.get(i))];
                double other =
                        switch (ids.get(i)) {
                            case "S" -> byteOfS;
                            case "\n" -> byteOfBreak;
                            case "\u2581" -> byteOfBlank;
                            default -> Double.NEGATIVE_INFINITY;
                        };
                double sum = Math.log(Math.exp(one) + Math.exp(other));
                assertEquals(
                        sum,
                        found[i],
                        LOG_PROBABILITY_TOLERANCE,
                        "log P(" + candidates.get(i) + " | " + prompt + "), seed " + SEED);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "3, 2", "8, 2", "16, 2"})
    void theLikeliestTextIsThatOfThePlainComputation(int parallel, int threads) throws IOException {
        var requests = new ArrayList<TextGenerator.Request>();
        var expected = new ArrayList<String>();
        for (int i = 0; i < 11; i++) {
            var user = "question " + "abcdefghijk".charAt(i) + "?".repeat(i);
            var prefix = i % 2 == 0 ? "" : "Sure, here" + ".".repeat(i);
            requests.add(request(user, prefix, GREEDY.withMaxTokens(8 + i)));
            expected.add(greedy("<|im_start|>user\n" + user + "<|im_end|>\n<|im_start|>assistant\n" + prefix, 8 + i));
        }
        try (var generator = open(parallel, threads)) {
            assertEquals(expected, generator.generate(requests), "seed " + SEED);
        }
        assertTrue(expected.stream().distinct().count() > 5, () -> "answers too alike to prove anything: " + expected);
    }

    @Test
    void longPromptsOfManySequencesPassInParts() throws IOException {
        // 12 prompts of some 140 tokens are three passes; they end in another order than they began.
        var requests = new ArrayList<TextGenerator.Request>();
        var expected = new ArrayList<String>();
        for (int i = 0; i < 24; i++) {
            var user = ("x" + (char) ('a' + i)).repeat(40 + i % 7);
            requests.add(request(user, "", GREEDY.withMaxTokens(3 + 5 * (i % 4))));
            expected.add(greedy("<|im_start|>user\n" + user + "<|im_end|>\n<|im_start|>assistant\n", 3 + 5 * (i % 4)));
        }
        try (var generator = open(12, 1)) {
            assertEquals(expected, generator.generate(requests), "seed " + SEED);
        }
    }

    @Test
    void aSeedDecidesTheText() throws IOException {
        var sampling = Sampling.defaults().withTemperature(1.3).withTopP(0.95).withMaxTokens(30);
        var requests = IntStream.range(0, 12)
                .mapToObj(seed -> request("go", "", sampling.withSeed(seed)))
                .toList();
        List<String> first;
        try (var generator = open(8, 2)) {
            first = generator.generate(requests);
            assertEquals(first, generator.generate(requests), "the same generator again");
        }
        try (var generator = open(8, 2)) {
            assertEquals(first, generator.generate(requests), "another generator");
        }
        assertEquals(12, first.stream().distinct().count(), () -> "other seeds, other texts: " + first);
    }

    @Test
    void twoGeneratorsAtOnceDoNotDisturbEachOther() throws Exception {
        var requests = IntStream.range(0, 16)
                .mapToObj(i -> request("again " + (char) ('a' + i), "", GREEDY.withMaxTokens(20)))
                .toList();
        var expected = IntStream.range(0, 16)
                .mapToObj(i -> greedy(
                        "<|im_start|>user\nagain " + (char) ('a' + i) + "<|im_end|>\n<|im_start|>assistant\n", 20))
                .toList();
        try (var one = open(4, 1);
                var other = open(2, 1);
                var threads = Executors.newFixedThreadPool(2)) {
            var first = threads.submit(() -> one.generate(requests));
            var second = threads.submit(() -> other.generate(requests));
            assertEquals(expected, first.get(), "seed " + SEED);
            assertEquals(expected, second.get(), "seed " + SEED);
        }
    }

    @Test
    void aStopTextEndsTheAnswerBeforeIt() throws IOException {
        var whole = greedy("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", 24);
        var stop = whole.substring(9, 11);
        try (var generator = open(1, 1)) {
            var cut = generator.generate(List.of(request("hi", "", GREEDY.withStop(List.of("never there", stop)))));
            assertEquals(List.of(whole.substring(0, whole.indexOf(stop))), cut, () -> "whole answer: " + whole);
        }
    }

    @Test
    void theContextEndsAnAnswer() throws IOException {
        var user = "u".repeat(100);
        int prompt = TINY.encode("<|im_start|>user\n" + user + "<|im_end|>\n<|im_start|>assistant\n").length;
        try (var generator = open(1, 1)) {
            var answer = generator
                    .generate(List.of(request(user, "", GREEDY.withMaxTokens(10_000))))
                    .getFirst();
            var expected = greedy(
                    "<|im_start|>user\n" + user + "<|im_end|>\n<|im_start|>assistant\n", TinyLlama.CONTEXT - prompt);
            assertEquals(expected, answer);
        }
    }

    @Test
    void aPromptThatDoesNotFitIsRefusedBeforeAnythingIsGenerated() throws IOException {
        try (var generator = open(2, 1)) {
            var tooLong = request("w".repeat(200), "", GREEDY);
            var e = assertThrows(
                    IllegalArgumentException.class,
                    () -> generator.generate(List.of(request("a", "", GREEDY), tooLong)));
            assertEquals(
                    "tiny.gguf: request 2 has 220 tokens, which leaves nothing of the context of 160 for an answer",
                    e.getMessage());
            assertEquals(
                    1, generator.generate(List.of(request("a", "", GREEDY))).size(), "and it goes on");
        }
    }

    @Test
    void aTextThatIsNotOneTokenIsNamedWithItsParts() throws IOException {
        try (var generator = open(1, 1)) {
            var e = assertThrows(
                    IllegalArgumentException.class,
                    () -> generator.firstTokenLogProbabilities("a", List.of("safe", "yes")));
            assertEquals("tiny.gguf: \"yes\" is not one token but \"y\" \"e\" \"s\"", e.getMessage());
        }
    }

    @Test
    void aModelWithoutATemplateHasAPlainConversation() throws IOException {
        var conversation = List.of(
                Message.system("Be kind."), Message.user("Hi"), Message.assistant("Hello"), Message.user("Bye"));
        for (var template : new String[] {null, "{{ a template that llama.cpp does not know }}"}) {
            var plain = TINY.write(folder.resolve("plain.gguf"), template);
            try (var generator = TextGenerators.open(plain.toString(), GeneratorOptions.defaults())) {
                assertEquals(
                        "Be kind.\n\nUser: Hi\nAssistant: Hello\nUser: Bye\nAssistant: See",
                        generator.template(conversation, "See"));
                assertTrue(generator.description().contains("plain template"), generator.description());
                var prompt = generator.template(List.of(Message.user("a")), "");
                assertEquals("User: a\nAssistant:", prompt);
                assertEquals(
                        List.of(greedy(prompt, 12)),
                        generator.generate(List.of(request("a", "", GREEDY.withMaxTokens(12)))));
            }
        }
    }

    @Test
    void theTemplateOfTheModelIsApplied() throws IOException {
        try (var generator = open(1, 1)) {
            assertEquals(
                    "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nP",
                    generator.template(List.of(Message.system("S"), Message.user("U")), "P"));
            assertNotEquals("", generator.description());
        }
    }

    @Test
    void filesThatAreNoLanguageModelAreRefused() throws IOException {
        var text = Files.writeString(folder.resolve("text.gguf"), "this is not a model");
        var cut = folder.resolve("cut.gguf");
        var whole = Files.readAllBytes(file);
        Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 4000));
        var encoder = folder.resolve("encoder.gguf");
        write(encoder, "bert", true);
        var unknown = folder.resolve("unknown.gguf");
        write(unknown, "no-such-architecture", false);
        var options = GeneratorOptions.defaults();
        assertAll(
                () -> assertThrows(ModelFormatException.class, () -> TextGenerators.open(text.toString(), options)),
                () -> assertThrows(ModelFormatException.class, () -> TextGenerators.open(cut.toString(), options)),
                () -> assertTrue(
                        assertThrows(ModelFormatException.class, () -> TextGenerators.open(encoder.toString(), options))
                                .getMessage()
                                .contains("architecture \"bert\" is an encoder")),
                () -> assertTrue(
                        assertThrows(GenerationException.class, () -> TextGenerators.open(unknown.toString(), options))
                                .getMessage()
                                .contains("unknown model architecture: 'no-such-architecture'")),
                () -> assertThrows(
                        java.nio.file.NoSuchFileException.class,
                        () -> TextGenerators.open(folder.resolve("none.gguf").toString(), options)),
                () -> assertTrue(
                        assertThrows(IllegalArgumentException.class, () -> TextGenerators.open("model.bin", options))
                                .getMessage()
                                .startsWith("model.bin: no text generator opens this; there is ")));
    }

    private static void write(Path to, String architecture, boolean isEncoder) throws IOException {
        try (var writer = GgufWriter.create(to)) {
            writer.metadata("general.architecture", GgufValue.of(architecture));
            writer.metadata("tokenizer.ggml.model", GgufValue.of("llama"));
            if (isEncoder) {
                writer.metadata(architecture + ".attention.causal", GgufValue.of(false));
            }
            writer.declare("x", dev.kanmon.formats.DType.F32, 1);
            writer.write("x", new float[1]);
            writer.finish();
        }
    }

    @Test
    void aClosedGeneratorSaysSo() throws IOException {
        var generator = open(1, 1);
        generator.close();
        generator.close();
        assertEquals(
                "tiny.gguf is closed",
                assertThrows(IllegalStateException.class, () -> generator.generate(List.of(request("a", "", GREEDY))))
                        .getMessage());
    }

    @Test
    void anInterruptEndsACall() throws IOException {
        try (var generator = open(1, 1)) {
            Thread.currentThread().interrupt();
            assertThrows(GenerationException.class, () -> generator.generate(List.of(request("a", "", GREEDY))));
            assertTrue(Thread.interrupted(), "the thread stays interrupted");
            assertEquals(
                    1, generator.generate(List.of(request("a", "", GREEDY))).size(), "and it goes on");
        }
    }
}
