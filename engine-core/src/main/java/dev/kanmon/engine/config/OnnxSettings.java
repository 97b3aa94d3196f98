package dev.kanmon.engine.config;

import dev.kanmon.formats.DType;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.OnnxAttribute;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.OnnxNode;
import dev.kanmon.formats.TensorInfo;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Settings of an encoder that are numbers in its exported graph. */
final class OnnxSettings {

    /** Wider encoders there are none; what says so is broken. */
    private static final int MAX_HIDDEN = 1 << 20;

    private final OnnxFile file;
    private final Map<String, OnnxNode> writers = new HashMap<>();

    OnnxSettings(OnnxFile file) {
        this.file = file;
        for (OnnxNode node : file.nodes()) {
            node.outputs().forEach(output -> writers.putIfAbsent(output, node));
        }
    }

    /** Whether the graph computes an exact GELU. */
    boolean hasErf() {
        return file.nodes().stream()
                .anyMatch(node -> node.opType().equals("Erf") || node.opType().equals("Gelu"));
    }

    /**
     * Heads of attention: (…, heads, columns) is the shape that queries, keys and values get. Empty unless all such
     * shapes say the same.
     */
    OptionalInt heads(long hidden) throws ModelFormatException {
        Set<Integer> found = new TreeSet<>();
        if (hidden > MAX_HIDDEN) {
            return OptionalInt.empty();
        }
        for (OnnxNode node : file.nodes()) {
            if (node.opType().equals("Reshape") && node.inputs().size() == 2) {
                long[] shape = shape(node.inputs().get(1));
                // Unknown sizes are -1: batch and length.
                if (shape.length == 4
                        && shape[2] > 0
                        && shape[3] > 0
                        && shape[2] <= hidden
                        && shape[3] <= hidden
                        && shape[2] * shape[3] == hidden) {
                    found.add(Math.toIntExact(shape[2]));
                }
            }
        }
        return found.size() == 1 ? OptionalInt.of(found.iterator().next()) : OptionalInt.empty();
    }

    private long[] shape(String value) throws ModelFormatException {
        Optional<long[]> constant = integers(value);
        if (constant.isPresent()) {
            return constant.get();
        }
        OnnxNode concat = writers.get(value);
        if (concat == null
                || !concat.opType().equals("Concat")
                || concat.inputs().size() > 8) {
            return new long[0];
        }
        long[] shape = new long[concat.inputs().size()];
        Arrays.fill(shape, -1);
        for (int i = 0; i < shape.length; i++) {
            Optional<long[]> one = integers(concat.inputs().get(i));
            if (one.isPresent() && one.get().length == 1) {
                shape[i] = one.get()[0];
            }
        }
        return shape;
    }

    private Optional<long[]> integers(String value) throws ModelFormatException {
        TensorInfo info = file.tensors().get(value);
        return info != null && info.dtype() == DType.I64 && info.elements() <= 8
                ? Optional.of(file.tensor(value).toLongs())
                : Optional.empty();
    }

    /**
     * What is added to a variance: in an operator of its own, or before a square root. Empty unless all normalisations
     * have the same.
     */
    OptionalDouble epsilon() throws ModelFormatException {
        Set<Float> found = new TreeSet<>();
        for (OnnxNode node : file.nodes()) {
            if (node.opType().endsWith("LayerNormalization")) {
                found.add(
                        node.attributes().get("epsilon") instanceof OnnxAttribute.OfFloat given
                                ? given.value()
                                : 1e-5f);
            }
            if (node.opType().equals("Sqrt") && node.inputs().size() == 1) {
                OnnxNode sum = writers.get(node.inputs().getFirst());
                if (sum != null && sum.opType().equals("Add")) {
                    for (String input : sum.inputs()) {
                        addScalar(input, found);
                    }
                }
            }
        }
        return found.size() == 1
                // The shortest number that is the same float: 1e-12 and not 9.999999960041972e-13.
                ? OptionalDouble.of(
                        Double.parseDouble(Float.toString(found.iterator().next())))
                : OptionalDouble.empty();
    }

    private void addScalar(String value, Set<Float> found) throws ModelFormatException {
        TensorInfo info = file.tensors().get(value);
        if (info != null
                && info.elements() == 1
                && List.of(DType.F32, DType.F64, DType.F16).contains(info.dtype())) {
            found.add(file.tensor(value).toFloats()[0]);
        }
    }
}
