package dev.kanmon.llama;

import dev.kanmon.augment.GenerationException;
import dev.kanmon.augment.GeneratorOptions;
import dev.kanmon.augment.Message;
import dev.kanmon.augment.TextGenerator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A model in a GGUF file, run by llama.cpp on the CPU. The same list of requests gives the same answers whenever it is opened
 * with the same options on the same kind of machine: which tokens share a pass depends on nothing else, and tokens are drawn
 * by this class, a random number for each.
 *
 * <p>An answer ends where the model ends it, at {@code maxTokens}, at a stop text, or when the context is full.
 */
final class LlamaGenerator implements TextGenerator {
    private final Llama llama;
    private final MemorySegment model;
    private final Vocabulary vocabulary;
    private final Lane lane;
    private final ChatTemplate template;
    private final String name;
    private final String description;
    private final int contextTokens;
    private boolean closed;

    private LlamaGenerator(Llama llama, MemorySegment model, Path file, GeneratorOptions options) {
        this.llama = llama;
        this.model = model;
        this.name = file.getFileName().toString();
        this.vocabulary = new Vocabulary(llama, llama.vocabulary(model));
        this.contextTokens = Math.min(options.contextTokens(), llama.trainedContext(model));
        this.template = ChatTemplate.of(llama, model);
        this.lane = new Lane(
                Context.open(llama, model, vocabulary.size(), contextTokens, options.parallel(), options.threads()),
                vocabulary,
                options.parallel());
        this.description = "%s (llama.cpp b4916, %s template, context %d, parallel %d, threads %d)"
                .formatted(
                        name,
                        template.isPlain() ? "plain" : "its own",
                        contextTokens,
                        options.parallel(),
                        options.threads());
    }

    /**
     * Opens a model.
     *
     * @throws IOException if the file cannot be read or is no GGUF of a language model
     * @throws GenerationException if llama.cpp cannot be loaded, or does not run this model
     */
    static LlamaGenerator open(Path file, GeneratorOptions options) throws IOException {
        ModelFile.check(file);
        var llama = Llama.load();
        try (var arena = Arena.ofConfined()) {
            llama.log().clear();
            var model = llama.loadModel(arena.allocateFrom(file.toString()), llama.modelDefaultParams(arena));
            if (model.equals(MemorySegment.NULL)) {
                throw new GenerationException(
                        file + ": llama.cpp does not load it: " + llama.log().errors());
            }
            try {
                return new LlamaGenerator(llama, model, file, options);
            } catch (RuntimeException e) {
                llama.freeModel(model);
                throw e;
            }
        }
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public synchronized String template(List<Message> messages, String prefix) {
        requireOpen();
        return template.prompt(messages, prefix);
    }

    @Override
    public synchronized List<String> generate(List<Request> requests) {
        requireOpen();
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < requests.size(); i++) {
            var request = requests.get(i);
            var prompt = checked(template.prompt(request.messages(), request.prefix()), "request " + (i + 1));
            var stop = new ArrayList<>(request.sampling().stop());
            stop.addAll(template.stop());
            answers.add(new Answer(prompt, contextTokens, request.sampling(), stop));
        }
        lane.write(answers);
        return answers.stream().map(Answer::text).toList();
    }

    @Override
    public synchronized double[] firstTokenLogProbabilities(String prompt, List<String> tokens) {
        requireOpen();
        var candidates = tokens.stream().map(this::tokensOf).toList();
        var read = checked(prompt, "prompt");
        var result = new double[tokens.size()];
        lane.read(read, (at, logits) -> {
            double all = logSumExp(logits, null);
            Arrays.setAll(result, t -> logSumExp(logits, candidates.get(t)) - all);
        });
        return result;
    }

    private int[] tokensOf(String text) {
        var tokens = vocabulary.withText(text);
        if (tokens.length == 0) {
            var parts = Arrays.stream(vocabulary.inner(text))
                    .mapToObj(t -> '"' + new String(vocabulary.piece(t), StandardCharsets.UTF_8) + '"')
                    .toList();
            throw new IllegalArgumentException(
                    name + ": \"" + text + "\" is not one token but " + String.join(" ", parts));
        }
        return tokens;
    }

    /** Of the logits at {@code indices}, or of all if null. */
    private static double logSumExp(float[] logits, int[] indices) {
        int count = indices == null ? logits.length : indices.length;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, logits[indices == null ? i : indices[i]]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits[indices == null ? i : indices[i]] - most);
        }
        return most + Math.log(sum);
    }

    private int[] checked(String prompt, String what) {
        var tokens = vocabulary.prompt(prompt);
        if (tokens.length == 0) {
            throw new IllegalArgumentException(name + ": " + what + " is empty, expected a token at least");
        }
        if (tokens.length >= contextTokens) {
            throw new IllegalArgumentException(name + ": " + what + " has " + tokens.length
                    + " tokens, which leaves nothing of the context of " + contextTokens + " for an answer");
        }
        return tokens;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(name + " is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            lane.close();
            llama.freeModel(model);
        }
    }
}
