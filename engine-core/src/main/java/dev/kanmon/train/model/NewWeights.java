package dev.kanmon.train.model;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorView;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Makes the weights of a head that the files lack, as the reference initialises them, and says which. */
final class NewWeights {

    /** Deviation of the normal distribution that weights are drawn from; transformers' {@code initializer_range}. */
    private static final double DEVIATION = 0.02;

    /** What the names of tensors begin with that stand behind the encoder, in all families. */
    private static final Set<String> HEADS = Set.of("classifier", "score", "pooler", "pre_classifier", "head");

    private final long seed;
    private final boolean ofTokens;
    private final List<String> notes = new ArrayList<>();

    /** @param ofTokens whether the files' head classified tokens, which is of no use for sequences */
    NewWeights(long seed, boolean ofTokens) {
        this.seed = seed;
        this.ofTokens = ofTokens;
    }

    private static boolean isHead(String tensor) {
        return HEADS.contains(tensor.substring(0, tensor.indexOf('.')));
    }

    /** Whether a tensor is made new although the files have it. */
    boolean replaces(String tensor) {
        return ofTokens && isHead(tensor);
    }

    /**
     * Notes that a tensor will be made.
     *
     * @throws ModelFormatException if it is of the encoder, which cannot be made up
     */
    void allow(ModelFiles files, EncoderConfig config, String tensor, Optional<TensorView> found, List<Long> expected)
            throws ModelFormatException {
        String name = config.fullName(tensor);
        String problem = found.map(view -> "found shape " + view.info().shape() + ", expected " + expected)
                .orElse("found none, expected one of shape " + expected);
        if (!isHead(tensor)) {
            throw ModelFormatException.in(files.tensors().path().toString(), "tensor \"" + name + "\": " + problem);
        }
        notes.add("tensor \"" + name + "\" is new: "
                + (replaces(tensor) ? "the head was one for tokens, expected one for sequences" : problem));
    }

    /** Weights of N(0, 0.02), biases of 0, scales of normalisations of 1; the same for the same seed and name. */
    void fill(String tensor, Parameter parameter) {
        if (tensor.endsWith(".bias")) {
            parameter.value().fill((byte) 0);
            return;
        }
        SplittableRandom random = new SplittableRandom(seed * 31 + tensor.hashCode());
        for (long i = 0; i < parameter.count(); i++) {
            double value = parameter.shape().size() == 1 ? 1 : random.nextGaussian() * DEVIATION;
            parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
        }
    }

    List<String> notes() {
        return List.copyOf(notes);
    }
}
