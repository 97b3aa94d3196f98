package dev.kanmon;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Finds out which of a classifier's labels mean harm. */
final class HarmfulLabels {

    private static final Set<String> HARM = Set.of(
            "harmful",
            "unsafe",
            "toxic",
            "harm",
            "malicious",
            "injection",
            "prompt_injection",
            "jailbreak",
            "attack",
            "hate",
            "hateful",
            "hate_speech",
            "offensive",
            "nsfw",
            "abusive",
            "dangerous",
            "severe_toxic",
            "severe_toxicity",
            "toxicity",
            "obscene",
            "threat",
            "insult",
            "identity_hate",
            "identity_attack",
            "sexual_explicit",
            "violence",
            "self_harm",
            "sexual",
            "harassment",
            "spam",
            "flagged");

    private static final Set<String> NO_HARM = Set.of(
            "safe",
            "harmless",
            "benign",
            "not_harmful",
            "non_harmful",
            "unharmful",
            "non_toxic",
            "not_toxic",
            "nontoxic",
            "neutral",
            "normal",
            "legit",
            "legitimate",
            "clean",
            "sfw",
            "ok",
            "not_hate",
            "non_hate",
            "nothate",
            "not_offensive",
            "non_offensive",
            "no_injection",
            "not_injection",
            "not_jailbreak",
            "no_attack",
            "ham");

    private HarmfulLabels() {}

    /**
     * The positions of the harmful labels.
     *
     * @param labels names of the outputs, in order
     * @param named whether the names were given by the model or its user, as opposed to LABEL_0, LABEL_1, …
     * @param wished names that were said to be harmful; empty to find out from the names
     * @param model where the model came from, for the message
     * @throws IllegalArgumentException if it cannot be known, in one sentence that says how to say it
     */
    static int[] find(List<String> labels, boolean named, List<String> wished, String model) {
        return search(labels, named, wished, model)
                .orElseThrow(() -> new IllegalArgumentException(model + ": which of the labels " + labels
                        + " are harmful cannot be told from their names; say it in a file"
                        + " kanmon.json beside the model, for example {\"harmful\": [\"" + labels.getLast() + "\"]}"));
    }

    /** The same; empty if it cannot be known. */
    static Optional<int[]> search(List<String> labels, boolean named, List<String> wished, String model) {
        if (!wished.isEmpty()) {
            return Optional.of(positions(labels, new HashSet<>(wished), wished, model));
        }
        if (labels.size() == 1) {
            return Optional.of(new int[] {0});
        }
        if (!named && labels.size() == 2) {
            return Optional.of(new int[] {1});
        }
        if (named) {
            List<String> harmful =
                    labels.stream().filter(l -> HARM.contains(plain(l))).toList();
            long harmless =
                    labels.stream().filter(l -> NO_HARM.contains(plain(l))).count();
            boolean allKnown = harmful.size() + harmless == labels.size();
            if (!harmful.isEmpty() && (allKnown || labels.size() == 2)) {
                return Optional.of(positions(labels, new HashSet<>(harmful), harmful, model));
            }
            if (harmful.isEmpty() && harmless == 1 && labels.size() == 2) {
                return Optional.of(new int[] {NO_HARM.contains(plain(labels.getFirst())) ? 1 : 0});
            }
        }
        return Optional.empty();
    }

    private static int[] positions(List<String> labels, Set<String> harmful, List<String> wished, String model) {
        for (String label : wished) {
            if (!labels.contains(label)) {
                throw new IllegalArgumentException(
                        model + ": the harmful label \"" + label + "\" is not one of the model's labels " + labels);
            }
        }
        return IntStream.range(0, labels.size())
                .filter(i -> harmful.contains(labels.get(i)))
                .toArray();
    }

    private static String plain(String label) {
        return label.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
    }
}
