package dev.kanmon.formats;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An operation of an ONNX graph.
 *
 * @param name may be empty; exporters of PyTorch put the module's path here, {@code /encoder/layer.0/output/dense/MatMul}
 * @param opType such as {@code MatMul}
 * @param domain empty for the standard operators
 * @param inputs names of values; an empty one stands for an optional input that is not given
 * @param outputs names of values; an empty one stands for an output that nobody wants
 * @param attributes by name, in the order of the file
 */
public record OnnxNode(
        String name,
        String opType,
        String domain,
        List<String> inputs,
        List<String> outputs,
        Map<String, OnnxAttribute> attributes) {
    /** Copies lists and map. */
    public OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = attributes.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }
}
