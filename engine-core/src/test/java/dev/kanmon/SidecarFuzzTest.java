package dev.kanmon;

import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.ClassifierConfig.Outputs;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.fuzz.FuzzCampaign;
import dev.kanmon.fuzz.JsonMutator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A sidecar is read, and its probabilities are such, or it is refused with a sentence. */
class SidecarFuzzTest {
    private static final String NAME = "kanmon.json";
    private static final ClassifierConfig HEAD =
            new ClassifierConfig(List.of("LABEL_0", "LABEL_1"), false, Outputs.ONE_OF, Task.SEQUENCES);

    @Test
    void sidecars() {
        JsonMutator sidecars = JsonMutator.of(
                List.of(
                        "{\"labels\": [\"safe\", \"unsafe\"], \"harmful\": [\"unsafe\"], \"threshold\": 0.25,"
                                + " \"temperature\": 1.5}",
                        "{\"temperature\": 0.01, \"harmful\": [\"LABEL_1\"]}",
                        "{\"policies\": {\"strict\": 0.125, \"balanced\": 0.5}, \"threshold\": 1}",
                        "{\"cascade\": {\"low\": 0.125, \"high\": 0.75, \"threshold\": 0.5}}",
                        "{\"weights\": {\"int8\": {\"bf16\": [\"encoder.layer.*.output.dense\"], \"f32\": [\"**\"]}}}"),
                List.of(
                        "\"unsafe\"",
                        "\"LABEL_1\"",
                        "[\"a\", \"a\"]",
                        "[\"unsafe\", \"safe\"]",
                        "1e-320",
                        "1e-45",
                        "4e300"),
                FuzzCampaign.seed());
        FuzzCampaign.run(
                "kanmon.json",
                sidecars,
                2_000,
                256 << 10,
                bytes -> {
                    Sidecar sidecar = Sidecar.read(Json.parse(NAME, bytes).asObject());
                    Judge judge = new Judge(HEAD, Policy.OF_THE_MODEL, sidecar, "the model");
                    for (String policy : sidecar.policies().keySet()) {
                        double threshold = new Judge(HEAD, Policy.named(policy), sidecar, "the model").threshold();
                        if (!(threshold >= 0 && threshold <= 1)) {
                            throw new AssertionError("the threshold of \"" + policy + "\" is " + threshold);
                        }
                    }
                    for (float logit : new float[] {0, -3, 1e30f, Float.MAX_VALUE}) {
                        double harm = judge.probability(new float[] {logit, -logit});
                        if (!(harm >= 0 && harm <= 1)) {
                            throw new AssertionError("the probability of harm is " + harm);
                        }
                    }
                },
                thrown -> {
                    boolean sentence = thrown instanceof ModelFormatException refused
                                    && refused.getMessage().startsWith(NAME)
                            || thrown instanceof IllegalArgumentException misfit
                                    && misfit.getMessage().startsWith("the model: ");
                    return sentence ? Optional.empty() : Optional.of("threw " + thrown);
                });
    }
}
