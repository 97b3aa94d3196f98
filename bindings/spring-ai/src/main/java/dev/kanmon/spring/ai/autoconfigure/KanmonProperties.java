package dev.kanmon.spring.ai.autoconfigure;

import dev.kanmon.Checkpoint;
import dev.kanmon.FailureMode;
import dev.kanmon.GuardOptions;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.spring.ai.KanmonAdvisor;
import dev.kanmon.spring.ai.Streaming;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an application's properties say about Kanmon.
 *
 * @param enabled whether there is a guard at all
 * @param model a model directory or a GGUF file; the bundled guard if there is none
 * @param policy name of one of the model's own thresholds, such as strict
 * @param threshold probability of harm from which on an exchange is refused, 0 to 1; not beside a policy
 * @param threads that one judgement uses
 * @param weights how weights are kept in memory: f32, bf16 or int8; the guard's own choice if there is nothing
 * @param failMode what becomes of exchanges that the guard fails to judge
 * @param refusal text in place of what is refused
 * @param throwRefusals whether an exception is thrown in place of what is refused
 * @param streaming what a streamed reply's reader sees before the whole of it is judged
 * @param streamTokens tokens between two judgements of a streamed reply
 * @param order of the advisor in its chain; lower is further out
 * @param adviseAll whether every auto-configured chat client has the advisor
 */
@ConfigurationProperties("kanmon")
public record KanmonProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable String model,
        @Nullable String policy,
        @Nullable Double threshold,
        @DefaultValue("1") int threads,
        @Nullable WeightType weights,
        @DefaultValue("closed") FailureMode failMode,
        @DefaultValue(KanmonAdvisor.DEFAULT_REFUSAL) String refusal,
        @DefaultValue("false") boolean throwRefusals,
        @DefaultValue("judged") Streaming streaming,
        @Nullable Integer streamTokens,
        @Nullable Integer order,
        @DefaultValue("true") boolean adviseAll) {

    public KanmonProperties {
        if (policy != null && threshold != null) {
            throw new IllegalArgumentException("kanmon.policy and kanmon.threshold: found \"" + policy + "\" and "
                    + threshold + ", expected one of them");
        }
    }

    /** How to load the guard. */
    GuardOptions guardOptions() {
        GuardOptions options = GuardOptions.defaults().withThreads(threads);
        options = weights == null ? options : options.withWeights(weights);
        options = policy == null ? options : options.withPolicy(policy);
        return threshold == null ? options : options.withThreshold(threshold);
    }

    /** The threshold once more, for a checker that was not loaded with these properties. */
    Checkpoint applyTo(Checkpoint checkpoint) {
        Checkpoint result = checkpoint.withFailureMode(failMode);
        result = policy == null ? result : result.withPolicy(policy);
        return threshold == null ? result : result.withThreshold(threshold);
    }
}
