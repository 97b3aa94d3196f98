package dev.kanmon.bench.onnx;

import dev.kanmon.bench.onnx.ExportedBert.Weight;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * The same BERT as an ONNX graph of ONNX Runtime's own fused operators: what its offline transformer optimiser turns an
 * export into, and the best it can be given. Loading a plain export does not get that far: with the published files
 * normalisation and GELU are fused at load time, attention stays in pieces.
 *
 * <p>Operators: <a href="https://github.com/microsoft/onnxruntime/blob/v1.23.0/docs/ContribOperators.md">com.microsoft</a>
 * EmbedLayerNormalization, Attention (without a mask, since nothing is padded), SkipLayerNormalization, BiasGelu.
 */
public final class FusedBert {
    private static final String CONTRIB = "com.microsoft";
    private static final int FLOAT = 1;
    private static final int INT32 = 6;
    private static final int INT64 = 7;
    private static final float EPSILON = 1e-12f;

    private final ProtobufMessage graph = new ProtobufMessage();
    private final Map<String, Weight> weights;

    private FusedBert(Map<String, Weight> weights) {
        this.weights = weights;
    }

    /**
     * The file.
     *
     * @param weights by Hugging Face's names, as {@link ExportedBert#weights} gives them
     */
    public static byte[] of(Map<String, Weight> weights, int layers, int heads) {
        var file = new FusedBert(weights);
        file.build(layers, heads);
        return new ProtobufMessage()
                .number(1, 8) // IR version
                .message(8, new ProtobufMessage().text(1, "").number(2, 17))
                .message(8, new ProtobufMessage().text(1, CONTRIB).number(2, 1))
                .message(7, file.graph)
                .bytes();
    }

    private void build(int layers, int heads) {
        graph.text(2, "bert");
        for (String input : List.of("input_ids", "token_type_ids", "attention_mask")) {
            graph.message(11, value(input, INT64, 0));
        }
        cast("input_ids");
        cast("token_type_ids");
        node(
                "EmbedLayerNormalization",
                CONTRIB,
                List.of("x", "mask_index"),
                List.of(
                        "input_ids.32",
                        "token_type_ids.32",
                        as("embeddings.word_embeddings.weight"),
                        as("embeddings.position_embeddings.weight"),
                        as("embeddings.token_type_embeddings.weight"),
                        as("embeddings.LayerNorm.weight"),
                        as("embeddings.LayerNorm.bias")),
                epsilon());
        String x = "x";
        for (int l = 0; l < layers; l++) {
            x = layer("encoder.layer." + l + ".", x, heads);
        }
        node("Identity", "", "last_hidden_state", List.of(x), null);
        graph.message(
                12,
                value(
                        "last_hidden_state",
                        FLOAT,
                        weights.get("embeddings.LayerNorm.bias").shape().getFirst()));
    }

    private String layer(String at, String x, int heads) {
        String self = at + "attention.self.";
        node(
                "Attention",
                CONTRIB,
                at + "context",
                List.of(x, qkvWeight(self), qkvBias(self)),
                new ProtobufMessage().text(1, "num_heads").number(3, heads).number(20, 2));
        String h = add(at + "attention.output.", at + "context", x);
        String up = at + "intermediate.dense.";
        node("MatMul", "", at + "up", List.of(h, turned(up + "weight")), null);
        node("BiasGelu", CONTRIB, at + "wide", List.of(at + "up", as(up + "bias")), null);
        return add(at + "output.", at + "wide", h);
    }

    /** {@code LayerNorm(skip + in · W + b)}. */
    private String add(String at, String in, String skip) {
        node("MatMul", "", at + "product", List.of(in, turned(at + "dense.weight")), null);
        node(
                "SkipLayerNormalization",
                CONTRIB,
                at + "sum",
                List.of(
                        at + "product",
                        skip,
                        as(at + "LayerNorm.weight"),
                        as(at + "LayerNorm.bias"),
                        as(at + "dense.bias")),
                epsilon());
        return at + "sum";
    }

    private static ProtobufMessage epsilon() {
        return new ProtobufMessage().text(1, "epsilon").real(2, EPSILON).number(20, 1);
    }

    private void cast(String input) {
        node(
                "Cast",
                "",
                input + ".32",
                List.of(input),
                new ProtobufMessage().text(1, "to").number(3, INT32).number(20, 2));
    }

    private void node(String operator, String domain, String output, List<String> inputs, ProtobufMessage attribute) {
        node(operator, domain, List.of(output), inputs, attribute);
    }

    private void node(
            String operator, String domain, List<String> outputs, List<String> inputs, ProtobufMessage attribute) {
        var node = new ProtobufMessage();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(4, operator).text(7, domain);
        if (attribute != null) {
            node.message(5, attribute);
        }
        graph.message(1, node);
    }

    private static ProtobufMessage value(String name, int type, int lastDimension) {
        var shape = new ProtobufMessage()
                .message(1, new ProtobufMessage().number(1, 1))
                .message(1, new ProtobufMessage().text(2, "tokens"));
        if (lastDimension > 0) {
            shape.message(1, new ProtobufMessage().number(1, lastDimension));
        }
        var tensor = new ProtobufMessage().number(1, type).message(2, shape);
        return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
    }

    private String as(String name) {
        return initializer(name, weights.get(name));
    }

    private String turned(String name) {
        return initializer(name, weights.get(name).transposed());
    }

    /** (hidden, 3 · hidden): queries, keys and values side by side. */
    private String qkvWeight(String self) {
        int hidden = weights.get(self + "query.weight").shape().getFirst();
        var stacked = new float[3 * hidden * hidden];
        var names = List.of("query", "key", "value");
        for (int part = 0; part < 3; part++) {
            System.arraycopy(
                    weights.get(self + names.get(part) + ".weight").values(),
                    0,
                    stacked,
                    part * hidden * hidden,
                    hidden * hidden);
        }
        return initializer(self + "qkv.weight", new Weight(List.of(3 * hidden, hidden), stacked).transposed());
    }

    private String qkvBias(String self) {
        int hidden = weights.get(self + "query.bias").values().length;
        var stacked = new float[3 * hidden];
        var names = List.of("query", "key", "value");
        for (int part = 0; part < 3; part++) {
            System.arraycopy(weights.get(self + names.get(part) + ".bias").values(), 0, stacked, part * hidden, hidden);
        }
        return initializer(self + "qkv.bias", new Weight(List.of(3 * hidden), stacked));
    }

    private String initializer(String name, Weight weight) {
        var tensor = new ProtobufMessage();
        weight.shape().forEach(dimension -> tensor.number(1, dimension));
        var data = ByteBuffer.allocate(weight.values().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(weight.values());
        graph.message(5, tensor.number(2, FLOAT).text(8, name).raw(9, data.array()));
        return name;
    }
}
