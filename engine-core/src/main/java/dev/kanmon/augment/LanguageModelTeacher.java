package dev.kanmon.augment;

import dev.kanmon.Exchange;
import dev.kanmon.augment.GuardTemplate.Answer;
import dev.kanmon.augment.GuardTemplate.Question;
import java.util.ArrayList;
import java.util.List;

/**
 * A language model that was trained as a guard, as a teacher: the softmax of the log probabilities of its possible first
 * answer tokens divided by a temperature, as HarmAug's code has it ({@code src/utils.py}, {@code get_soft_label}, of
 * <a href="https://github.com/imnotkind/HarmAug">imnotkind/HarmAug</a> at ed23b4a). Texts longer than the model's context are
 * cut.
 */
public final class LanguageModelTeacher implements Teacher {

    /** Characters of a text that fits if anything does. */
    private static final int SHORTEST = 16;

    private final TextGenerator model;
    private final GuardTemplate template;
    private final double temperature;

    /** For each answer the spellings of its first token that are tokens of the model. */
    private final List<List<String>> spellings;

    /**
     * @param model belongs to the teacher from now on
     * @param temperature divides the log probabilities, above 0; 1 is the paper's
     * @throws IllegalArgumentException if the model has no token for one of the template's answers
     */
    public LanguageModelTeacher(TextGenerator model, GuardTemplate template, double temperature) {
        if (!(temperature > 0 && temperature <= 100)) {
            throw new IllegalArgumentException(
                    "temperature of a teacher: found " + temperature + ", expected above 0, at most 100");
        }
        this.model = model;
        this.template = template;
        this.temperature = temperature;
        spellings = template.answers().stream().map(this::spellings).toList();
    }

    /** A server cannot tell which of them are tokens, and reports those alone that are. */
    private List<String> spellings(Answer answer) {
        List<String> accepted = new ArrayList<>();
        IllegalArgumentException refused = null;
        for (String token : answer.tokens()) {
            try {
                model.firstTokenLogProbabilities("Answer:", List.of(token));
                accepted.add(token);
            } catch (IllegalArgumentException e) {
                refused = e;
            }
        }
        if (accepted.isEmpty()) {
            throw new IllegalArgumentException(
                    model.description() + ": has no token for the answers " + answer.tokens() + " of the template "
                            + template.name(),
                    refused);
        }
        return List.copyOf(accepted);
    }

    @Override
    public String description() {
        return model.description() + ", template " + template.name() + ", temperature " + temperature;
    }

    @Override
    public double[] logits(List<Exchange> exchanges) {
        return exchanges.stream().mapToDouble(this::logit).toArray();
    }

    /** A text that does not fit the model's context loses its end, the longer one of a pair first. */
    private double logit(Exchange exchange) {
        try {
            double highest = Double.NEGATIVE_INFINITY;
            for (Question question : template.questions(exchange)) {
                highest = Math.max(highest, logit(question));
            }
            return highest;
        } catch (IllegalArgumentException tooLong) {
            String instruction = exchange.instruction();
            String response = exchange.response();
            if (Math.max(instruction.length(), response.length()) < SHORTEST) {
                throw tooLong;
            }
            return logit(
                    instruction.length() >= response.length()
                            ? Exchange.of(shortened(instruction), response)
                            : Exchange.of(instruction, shortened(response)));
        }
    }

    /** Three quarters of a text; no character is cut in two. */
    private static String shortened(String text) {
        return text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, text.length()) * 3 / 4));
    }

    private double logit(Question question) {
        String prompt = question.prompt();
        double[] logProbabilities = ask(prompt);
        for (String line : question.before()) {
            int likeliest = 0;
            for (int i = 1; i < logProbabilities.length; i++) {
                likeliest = logProbabilities[i] > logProbabilities[likeliest] ? i : likeliest;
            }
            prompt += spellings.get(likeliest).getFirst() + line;
            logProbabilities = ask(prompt);
        }
        return logit(logProbabilities);
    }

    /** For each answer the log probability of its likeliest spelling. */
    private double[] ask(String prompt) {
        List<String> tokens = new ArrayList<>();
        spellings.forEach(tokens::addAll);
        double[] of = model.firstTokenLogProbabilities(prompt, tokens);
        double[] answers = new double[spellings.size()];
        int at = 0;
        for (int i = 0; i < answers.length; i++) {
            answers[i] = Double.NEGATIVE_INFINITY;
            for (int s = 0; s < spellings.get(i).size(); s++) {
                answers[i] = Math.max(answers[i], of[at++]);
            }
        }
        return answers;
    }

    /** {@code ln(p / (1 - p))} of the probability that the answers give to harm together. */
    private double logit(double[] logProbabilities) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double value : logProbabilities) {
            largest = Math.max(largest, value);
        }
        if (largest == Double.NEGATIVE_INFINITY) {
            throw new GenerationException(model.description()
                    + ": reports none of the template's answers among its likeliest first tokens; is "
                    + template.name() + " its template?");
        }
        double harmful = 0;
        double safe = 0;
        for (int i = 0; i < logProbabilities.length; i++) {
            double share = Math.exp((logProbabilities[i] - largest) / temperature);
            double harm = template.answers().get(i).harmful();
            harmful += share * harm;
            safe += share * (1 - harm);
        }
        return Math.clamp(Math.log(harmful) - Math.log(safe), -LARGEST_LOGIT, LARGEST_LOGIT);
    }

    @Override
    public void close() {
        model.close();
    }
}
