package dev.kanmon.augment;

import dev.kanmon.Exchange;
import dev.kanmon.augment.GuardTemplate.Answer;
import dev.kanmon.augment.GuardTemplate.Question;
import java.util.ArrayList;
import java.util.List;

/**
 * A language model that was trained as a guard, as a teacher: the softmax of the log probabilities of its possible first
 * answer tokens divided by a temperature, as HarmAug's code has it ({@code src/utils.py}, {@code get_soft_label}, of
 * <a href="https://github.com/imnotkind/HarmAug">imnotkind/HarmAug</a> at ed23b4a).
 */
public final class LanguageModelTeacher implements Teacher {

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

    private List<String> spellings(Answer answer) {
        IllegalArgumentException none = null;
        for (String token : answer.tokens()) {
            try {
                model.firstTokenLogProbabilities("Answer:", List.of(token));
                return List.of(token);
            } catch (IllegalArgumentException e) {
                none = e;
            }
        }
        throw new IllegalArgumentException(
                model.description() + ": has no token for the answers " + answer.tokens() + " of the template "
                        + template.name(),
                none);
    }

    @Override
    public String description() {
        return model.description() + ", template " + template.name() + ", temperature " + temperature;
    }

    @Override
    public double[] logits(List<Exchange> exchanges) {
        double[] logits = new double[exchanges.size()];
        for (int i = 0; i < logits.length; i++) {
            double highest = Double.NEGATIVE_INFINITY;
            for (Question question : template.questions(exchanges.get(i))) {
                highest = Math.max(highest, logit(question));
            }
            logits[i] = highest;
        }
        return logits;
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

    private double[] ask(String prompt) {
        List<String> tokens = new ArrayList<>();
        spellings.forEach(tokens::addAll);
        return model.firstTokenLogProbabilities(prompt, tokens);
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
