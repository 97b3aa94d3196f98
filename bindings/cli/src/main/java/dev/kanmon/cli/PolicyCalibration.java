package dev.kanmon.cli;

import dev.kanmon.Guard;
import dev.kanmon.augment.Teacher;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.cli.Main.Streams;
import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.Figure;
import dev.kanmon.eval.Metrics;
import dev.kanmon.eval.PolicyGoal;
import dev.kanmon.eval.TemperatureScaling;
import dev.kanmon.formats.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/**
 * A temperature and the thresholds of policies that fit labelled rows.
 *
 * @param n number of rows
 * @param harmful how many of them are harmful
 * @param present the temperature that the model has
 * @param scaling what was fitted
 * @param before figures at the temperature there was, at the model's threshold
 * @param policies what was found of each, in order
 */
record PolicyCalibration(
        int n, int harmful, double present, TemperatureScaling scaling, Metrics before, List<Found> policies) {

    private static final Figure[] FIGURES = {
        Figure.F1, Figure.PRECISION, Figure.RECALL, Figure.FALSE_POSITIVE_RATE,
    };

    /**
     * A policy.
     *
     * @param name its name
     * @param goal what it is for
     * @param reached its figures, with its threshold; empty if the goal cannot be reached on these rows
     */
    record Found(String name, PolicyGoal goal, Optional<Measured> reached) {}

    /** Goals where nothing else is said. */
    static SequencedMap<String, PolicyGoal> defaults() {
        SequencedMap<String, PolicyGoal> goals = new LinkedHashMap<>();
        goals.put("strict", new PolicyGoal.Recall(0.95));
        goals.put("balanced", new PolicyGoal.BestF1());
        goals.put("permissive", new PolicyGoal.FalsePositiveRate(0.01));
        return goals;
    }

    /** The defaults, with goals {@code NAME=GOAL} in place of those of the same name or behind them. */
    static SequencedMap<String, PolicyGoal> goals(List<String> wishes) throws BadInput {
        SequencedMap<String, PolicyGoal> goals = defaults();
        for (String wish : wishes) {
            int equals = wish.indexOf('=');
            String name = equals < 0 ? "" : wish.substring(0, equals).strip();
            if (name.isEmpty()) {
                throw new BadInput("--policy: found " + wish + ", expected NAME=GOAL, such as strict=recall:0.95");
            }
            try {
                goals.put(name, PolicyGoal.parse(wish.substring(equals + 1).strip()));
            } catch (IllegalArgumentException e) {
                throw new BadInput("--policy " + name + ": " + e.getMessage());
            }
        }
        return goals;
    }

    static PolicyCalibration of(
            Guard guard,
            LabelledRows rows,
            Map<String, PolicyGoal> goals,
            Optional<Bootstrap> bootstrap,
            Streams streams) {
        boolean[] labels = rows.labels();
        double present = guard.info().temperature();
        Judged judged = Judged.of(guard, rows.exchanges(), "calibrating", streams);
        TemperatureScaling scaling = TemperatureScaling.fit(
                (row, temperature) -> guard.logOdds(judged.verdicts().get(row).logits(), temperature), labels, present);
        double temperature = fitted(scaling).orElse(present);
        double[] probabilities = new double[labels.length];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] =
                    Teacher.probability(guard.logOdds(judged.verdicts().get(i).logits(), temperature));
        }
        Metrics before = Metrics.of(judged.probabilities(), labels, judged.threshold());
        List<Found> policies = new ArrayList<>();
        goals.forEach((name, goal) -> {
            OptionalDouble threshold = goal.threshold(probabilities, labels);
            policies.add(new Found(
                    name,
                    goal,
                    threshold.isPresent()
                            ? Optional.of(Measured.of(probabilities, labels, threshold.getAsDouble(), bootstrap))
                            : Optional.empty()));
        });
        return new PolicyCalibration(labels.length, before.harmful(), present, scaling, before, List.copyOf(policies));
    }

    private static OptionalDouble fitted(TemperatureScaling scaling) {
        return scaling.atLimit() ? OptionalDouble.empty() : scaling.temperature();
    }

    /** The temperature for the sidecar; empty if none fits. */
    OptionalDouble temperature() {
        return fitted(scaling);
    }

    /** The thresholds for the sidecar. */
    SequencedMap<String, Double> thresholds() {
        SequencedMap<String, Double> thresholds = new LinkedHashMap<>();
        for (Found policy : policies) {
            policy.reached.ifPresent(
                    found -> thresholds.put(policy.name, found.metrics().threshold()));
        }
        return thresholds;
    }

    /** Whether there is nothing for a sidecar. */
    boolean isEmpty() {
        return temperature().isEmpty() && thresholds().isEmpty();
    }

    /** Whether a temperature fits and every goal is reached. */
    boolean isComplete() {
        return !scaling.atLimit() && policies.stream().allMatch(policy -> policy.reached.isPresent());
    }

    /** A table on standard output; on standard error what to think of it. */
    void print(Streams streams, String model) {
        streams.note(String.format(Locale.ROOT, "%s on %,d rows, %,d of them harmful", model, n, harmful));
        if (scaling.temperature().isEmpty()) {
            streams.note("temperature: this model's outputs know none");
        } else if (scaling.atLimit()) {
            streams.note("temperature: stays " + present + "; none fits these rows: "
                    + (harmful == 0 || harmful == n
                            ? "all of them have one label"
                            : "the model either makes no mistake on them or ranks them the wrong way round"));
        } else {
            streams.note(String.format(
                    Locale.ROOT,
                    "temperature: %s, was %s; loss %.4f nats, was %.4f",
                    scaling.temperature().getAsDouble(),
                    present,
                    scaling.after(),
                    scaling.before()));
            after().ifPresent(after -> streams.note(String.format(
                    Locale.ROOT,
                    "ECE %.4f, was %.4f; Brier %.4f, was %.4f",
                    after.calibrationError().getAsDouble(),
                    before.calibrationError().getAsDouble(),
                    after.brier().getAsDouble(),
                    before.brier().getAsDouble())));
        }
        List<String> heading = new ArrayList<>(List.of("policy", "goal", "threshold"));
        for (Figure figure : FIGURES) {
            heading.add(figure.title());
        }
        Table table = new Table(heading.toArray(String[]::new));
        for (Found policy : policies) {
            if (policy.reached.isPresent()) {
                Measured found = policy.reached.get();
                List<String> cells = new ArrayList<>(List.of(
                        policy.name,
                        policy.goal.toString(),
                        Double.toString(found.metrics().threshold())));
                cells.addAll(found.cells(FIGURES));
                table.row(cells);
                if (!found.intervals().isEmpty()) {
                    List<String> below = new ArrayList<>(List.of("  95 %", "", ""));
                    below.addAll(found.intervalCells(FIGURES));
                    table.row(below);
                }
            } else {
                table.row(List.of(policy.name, policy.goal.toString(), "–", "–", "–", "–", "–"));
            }
        }
        table.lines().forEach(streams::line);
        policies.forEach(policy -> remark(policy).ifPresent(streams::note));
        streams.note("thresholds were chosen on these very rows: expect a little less on others");
    }

    /** Figures at the fitted temperature; which threshold they have is all the same to ECE and Brier score. */
    private Optional<Metrics> after() {
        return policies.stream()
                .flatMap(policy -> policy.reached.stream())
                .map(Measured::metrics)
                .findFirst();
    }

    /** What the table does not say of a policy. */
    private Optional<String> remark(Found policy) {
        String what = policy.name + " (" + policy.goal + "): ";
        if (policy.reached.isEmpty()) {
            return Optional.of(what + "cannot be reached on these rows: "
                    + switch (policy.goal) {
                        case PolicyGoal.Recall _ -> "none of them is harmful";
                        case PolicyGoal.BestF1 _ ->
                            harmful == 0 ? "none of them is harmful" : "none of them is harmless";
                        case PolicyGoal.FalsePositiveRate _ ->
                            harmful == n
                                    ? "none of them is harmless"
                                    : "even those of the highest probability hold more harmless ones than that";
                    });
        }
        return switch (policy.goal) {
            case PolicyGoal.FalsePositiveRate(double atMost)
            when (n - harmful) * atMost < 1 ->
                Optional.of(what + "of " + (n - harmful) + " harmless rows that is none at all");
            case PolicyGoal.Recall(double atLeast)
            when atLeast < 1 && harmful * (1 - atLeast) < 1 ->
                Optional.of(what + "of " + harmful + " harmful rows that is every one");
            case PolicyGoal.Recall _, PolicyGoal.BestF1 _, PolicyGoal.FalsePositiveRate _ -> Optional.empty();
        };
    }

    /** The same as a JSON object. */
    String row() {
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("n").value(n);
        row.name("harmful").value(harmful);
        row.name("temperature");
        Measured.number(row, temperature());
        row.name("temperature_before").value(present);
        row.name("loss_before").value(scaling.before());
        row.name("loss_after").value(temperature().isPresent() ? scaling.after() : scaling.before());
        row.name("ece_before");
        Measured.number(row, before.calibrationError());
        row.name("brier_before");
        Measured.number(row, before.brier());
        row.name("policies").beginObject();
        for (Found policy : policies) {
            row.name(policy.name).beginObject();
            row.name("goal").value(policy.goal.toString());
            row.name("threshold");
            if (policy.reached.isPresent()) {
                row.value(policy.reached.get().metrics().threshold());
                policy.reached.get().write(row, Figure.values());
                policy.reached.get().writeIntervals(row, Figure.values());
            } else {
                row.nullValue();
            }
            row.endObject();
        }
        return row.endObject().endObject().toString();
    }
}
