package dev.kanmon.augment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;

/** A generator that answers as the test says, and remembers what it was asked. */
final class ScriptedGenerator implements TextGenerator {

    /** What it was asked to generate, in order. */
    final List<Request> requests = new ArrayList<>();

    /** The prompts whose first tokens it was asked for, in order. */
    final List<String> prompts = new ArrayList<>();

    private final Function<Request, String> script;
    private final ToDoubleBiFunction<String, String> firstTokens;

    ScriptedGenerator(Function<Request, String> script) {
        this(script, (_, _) -> 0);
    }

    ScriptedGenerator(Function<Request, String> script, ToDoubleBiFunction<String, String> firstTokens) {
        this.script = script;
        this.firstTokens = firstTokens;
    }

    @Override
    public String description() {
        return "a script";
    }

    @Override
    public List<String> generate(List<Request> asked) {
        requests.addAll(asked);
        return asked.stream().map(script).toList();
    }

    @Override
    public double[] firstTokenLogProbabilities(String prompt, List<String> tokens) {
        prompts.add(prompt);
        return tokens.stream()
                .mapToDouble(token -> firstTokens.applyAsDouble(prompt, token))
                .toArray();
    }

    @Override
    public String template(List<Message> messages, String prefix) {
        return messages + prefix;
    }

    @Override
    public void close() {}
}
