package dev.kanmon;

import dev.kanmon.engine.WeightPlan;
import dev.kanmon.kernels.WeightType;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * How a guard computes and judges. Immutable; start from {@link #defaults()} and change what matters.
 *
 * @param kernels name of the kernels to compute with ({@code scalar}, {@code vector}, …); empty for the
 *     fastest that this JVM can run. A named one that cannot run is an error, never a fallback
 * @param weights how weights are kept in memory; empty for the guard's own choice (f32)
 * @param threads threads that one call uses, the calling thread among them; 1 means that thread only
 * @param executor lends the other {@code threads - 1} threads; empty for threads of the guard's own, which
 *     sleep when there is nothing to do and end with {@link Guard#close()}
 * @param windows what happens to texts longer than the model
 * @param policy labels, threshold and temperature, where they are not to be the model's own
 * @param listener is told what the guard does
 */
public record GuardOptions(
        Optional<String> kernels,
        Optional<WeightPlan> weights,
        int threads,
        Optional<Executor> executor,
        WindowPolicy windows,
        Policy policy,
        GuardListener listener) {

    private static final GuardOptions DEFAULTS = new GuardOptions(
            Optional.empty(),
            Optional.empty(),
            1,
            Optional.empty(),
            WindowPolicy.windows(),
            Policy.OF_THE_MODEL,
            GuardListener.none());

    public GuardOptions {
        Objects.requireNonNull(kernels, "kernels");
        Objects.requireNonNull(weights, "weights");
        Objects.requireNonNull(executor, "executor");
        Objects.requireNonNull(windows, "windows");
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(listener, "listener");
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads: found " + threads + ", expected 1 to 1024");
        }
    }

    /** The fastest kernels, the calling thread only, windows over long texts, the model's own policy. */
    public static GuardOptions defaults() {
        return DEFAULTS;
    }

    /** With the kernels of this name. */
    public GuardOptions withKernels(String name) {
        return new GuardOptions(Optional.of(name), weights, threads, executor, windows, policy, listener);
    }

    /** With weights kept in this form, but for matrices that the model's sidecar has kept in a more exact one. */
    public GuardOptions withWeights(WeightType type) {
        return withWeights(WeightPlan.of(type));
    }

    /** With weights kept as this plan says. */
    public GuardOptions withWeights(WeightPlan plan) {
        return new GuardOptions(kernels, Optional.of(plan), threads, executor, windows, policy, listener);
    }

    /** With {@code count} threads for each call: the calling one, and others of the guard's own. */
    public GuardOptions withThreads(int count) {
        return new GuardOptions(kernels, weights, count, Optional.empty(), windows, policy, listener);
    }

    /**
     * With {@code count} threads for each call: the calling one, and others that {@code lender} gives. When the
     * lender is busy, the calling thread does all the work itself; it never waits for a thread to become free.
     */
    public GuardOptions withExecutor(Executor lender, int count) {
        return new GuardOptions(kernels, weights, count, Optional.of(lender), windows, policy, listener);
    }

    /** With another way to treat long texts. */
    public GuardOptions withWindows(WindowPolicy policyForLongTexts) {
        return new GuardOptions(kernels, weights, threads, executor, policyForLongTexts, policy, listener);
    }

    /** With another policy; what it leaves empty stays the model's. */
    public GuardOptions withPolicy(Policy newPolicy) {
        return new GuardOptions(kernels, weights, threads, executor, windows, newPolicy, listener);
    }

    /**
     * With the threshold that the model's sidecar gives this name, everything else of the policy unchanged.
     *
     * @param name a model that does not have it is refused by {@link Guard#load}
     */
    public GuardOptions withPolicy(String name) {
        return withPolicy(policy.withName(name));
    }

    /** With another threshold, everything else of the policy unchanged. */
    public GuardOptions withThreshold(double probability) {
        return withPolicy(policy.withThreshold(probability));
    }

    /** With another listener in place of the one before; {@link GuardListener#of} makes one of several. */
    public GuardOptions withListener(GuardListener newListener) {
        return new GuardOptions(kernels, weights, threads, executor, windows, policy, newListener);
    }
}
