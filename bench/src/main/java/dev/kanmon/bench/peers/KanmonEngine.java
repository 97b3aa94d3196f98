package dev.kanmon.bench.peers;

import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.util.List;

/** This engine, with kernels and weights of one kind. */
public final class KanmonEngine implements Engine {
    private final Model model;
    private TokenSequence sequence;

    private KanmonEngine(Model model) {
        this.model = model;
    }

    /** Around a model, which it closes. */
    static KanmonEngine of(Model model) {
        return new KanmonEngine(model);
    }

    /** The name that weights have in tables. */
    static String form(WeightType weights) {
        return switch (weights) {
            case F32 -> "fp32";
            case BF16 -> "bf16";
            case INT8 -> "int8";
        };
    }

    /** The reverse of {@link #form(WeightType)}. */
    public static WeightType weights(String form) {
        for (var type : WeightType.values()) {
            if (form(type).equals(form)) {
                return type;
            }
        }
        throw new IllegalArgumentException("form " + form + ": expected fp32, bf16 or int8");
    }

    Model model() {
        return model;
    }

    @Override
    public String name() {
        return "kanmon-" + model.options().kernels().kernels().name();
    }

    @Override
    public String form() {
        return form(model.options().weights().type());
    }

    @Override
    public void take(int[] ids) {
        sequence = TokenSequence.of(ids);
    }

    @Override
    public float[] hidden() {
        return model.lastHiddenState(sequence);
    }

    @Override
    public double[] turn(Turns.Length length) throws IOException {
        return Turns.calls(length, () -> model.encode(List.of(sequence)));
    }

    @Override
    public void close() {
        model.close();
    }
}
