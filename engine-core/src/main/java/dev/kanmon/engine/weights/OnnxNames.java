package dev.kanmon.engine.weights;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.OnnxAttribute;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.OnnxNode;
import dev.kanmon.formats.RenamedTensors;
import dev.kanmon.formats.RenamedTensors.Source;
import dev.kanmon.formats.TensorInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The names that weights had before PyTorch exported them to ONNX.
 *
 * <p>Biases, norms and embeddings keep their names. A linear layer's weight becomes the second operand of a MatMul: turned,
 * and often called {@code onnx::MatMul_889}. Its name is then that of the node, which is the module's path ({@code
 * /encoder/layer.0/output/dense/MatMul}, PyTorch 1.13 and later), or that of the bias that is added to the product. A
 * parameter that equals another is exported once, and an Identity gives it its second name.
 */
final class OnnxNames {

    private static final Set<String> QUANTISED =
            Set.of("MatMulInteger", "QLinearMatMul", "DynamicQuantizeLinear", "DequantizeLinear", "MatMulNBits");

    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";

    private final OnnxFile file;
    private final Map<String, List<OnnxNode>> readers = new HashMap<>();
    private final Set<String> constants = new HashSet<>();
    private final SequencedMap<String, Source> names = new LinkedHashMap<>();

    private OnnxNames(OnnxFile file) {
        this.file = file;
    }

    static RenamedTensors huggingFace(OnnxFile file) throws ModelFormatException {
        OnnxNames onnx = new OnnxNames(file);
        onnx.read();
        return RenamedTensors.of(file, onnx.names);
    }

    private void read() throws ModelFormatException {
        for (OnnxNode node : file.nodes()) {
            if (QUANTISED.contains(node.opType())) {
                throw ModelFormatException.in(
                        file.path().toString(),
                        "the graph computes on quantised weights (" + node.opType()
                                + "), expected a model of f32, f16 or bf16 weights");
            }
            if (node.opType().equals("Constant")) {
                constants.addAll(node.outputs());
            }
            for (String input : node.inputs()) {
                readers.computeIfAbsent(input, _ -> new ArrayList<>()).add(node);
            }
        }
        for (TensorInfo info : file.tensors().values()) {
            if (constants.contains(info.name())
                    || info.shape().isEmpty()
                    || !info.dtype().isReadable()) {
                continue; // What the graph counts with is no weight.
            }
            name(info);
        }
    }

    private void name(TensorInfo info) {
        name(info.name(), info);
        for (OnnxNode node : readersOf(info.name())) {
            if (node.opType().equals("Identity") && node.outputs().size() == 1) {
                name(node.outputs().getFirst(), info);
            }
        }
    }

    /** Names a tensor by whoever reads {@code value}, which is the tensor or an Identity's copy of it. */
    private void name(String value, TensorInfo info) {
        for (OnnxNode node : readersOf(value)) {
            boolean matrix = info.shape().size() == 2
                    && info.dtype().blockSize() == 1
                    && node.inputs().size() >= 2
                    && node.inputs().get(1).equals(value);
            if (matrix && node.opType().equals("MatMul")) {
                names.put(linear(value, node, bias(node)), new Source(info.name(), true));
                return;
            }
            if (matrix && node.opType().equals("Gemm")) {
                Optional<String> bias =
                        node.inputs().size() > 2 ? named(node.inputs().get(2)) : Optional.empty();
                names.put(linear(value, node, bias), new Source(info.name(), !isTurned(node)));
                return;
            }
        }
        names.putIfAbsent(value, new Source(info.name(), false));
    }

    private List<OnnxNode> readersOf(String value) {
        return readers.getOrDefault(value, List.of());
    }

    /** Whether the operator turns its second operand itself. */
    private static boolean isTurned(OnnxNode gemm) {
        return gemm.attributes().get("transB") instanceof OnnxAttribute.OfInteger turned && turned.value() != 0;
    }

    /** The weight's own name, else that of its bias, else that of its node, else what the file calls it. */
    private static String linear(String tensor, OnnxNode node, Optional<String> bias) {
        if (tensor.endsWith(WEIGHT)) {
            return tensor;
        }
        if (bias.isPresent()) {
            return bias.get().substring(0, bias.get().length() - BIAS.length()) + WEIGHT;
        }
        String suffix = "/" + node.opType();
        String path = node.name();
        return path.startsWith("/") && path.endsWith(suffix)
                ? path.substring(1, path.length() - suffix.length()).replace('/', '.') + WEIGHT
                : tensor;
    }

    /** The bias that is added to a product. */
    private Optional<String> bias(OnnxNode product) {
        for (String output : product.outputs()) {
            for (OnnxNode sum : readersOf(output)) {
                if (sum.opType().equals("Add")) {
                    for (String input : sum.inputs()) {
                        if (!input.equals(output) && named(input).isPresent()) {
                            return named(input);
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** The name of a bias, if the value is one that kept it, under its own name or an Identity's. */
    private static Optional<String> named(String value) {
        return value.endsWith(BIAS) ? Optional.of(value) : Optional.empty();
    }
}
