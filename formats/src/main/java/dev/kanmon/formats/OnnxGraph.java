package dev.kanmon.formats;

import dev.kanmon.formats.protobuf.ProtobufMessage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the main graph of an ONNX model says, checked as far as it concerns tensors. */
record OnnxGraph(List<OnnxTensor> tensors, List<OnnxNode> nodes) {
    /** Names are paths of modules; more is no name. */
    static final int MAX_STRING_BYTES = 0xFFFF;
    /**
     * The most objects that a file may ask for: two bytes of a file can be a node, which takes a hundred here. The
     * largest published encoders have some ten thousand nodes.
     */
    static final int MAX_OBJECTS = 1 << 19;

    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int GRAPH_SPARSE_INITIALIZER = 15;

    /** Collects a graph; counts what it makes. */
    private static final class Builder {
        final String source;
        final List<OnnxTensor> tensors = new ArrayList<>();
        final List<OnnxNode> nodes = new ArrayList<>();
        final Set<String> names = new HashSet<>();
        int objects;

        Builder(String source) {
            this.source = source;
        }

        void count(ProtobufMessage at) throws ModelFormatException {
            if (++objects > MAX_OBJECTS) {
                throw at.error("more than " + MAX_OBJECTS + " nodes, names, attributes and tensors");
            }
        }

        void add(OnnxTensor tensor) throws ModelFormatException {
            if (!names.add(tensor.name())) {
                throw tensor.error("the name occurs twice, expected it once");
            }
            tensors.add(tensor);
        }
    }

    static OnnxGraph read(String source, MemorySegment file) throws ModelFormatException {
        var builder = new Builder(source);
        var model = ProtobufMessage.of(source, file, "ModelProto");
        boolean found = false;
        while (model.next()) {
            if (model.field() == MODEL_GRAPH) {
                if (found) {
                    throw model.error("a second graph, expected one");
                }
                found = true;
                readGraph(model.message("GraphProto"), builder);
            }
        }
        if (!found) {
            throw ModelFormatException.in(source, "no graph, expected an ONNX model");
        }
        return new OnnxGraph(List.copyOf(builder.tensors), List.copyOf(builder.nodes));
    }

    private static void readGraph(ProtobufMessage graph, Builder builder) throws ModelFormatException {
        while (graph.next()) {
            switch (graph.field()) {
                case GRAPH_NODE -> readNode(graph, builder);
                case GRAPH_INITIALIZER -> {
                    builder.count(graph);
                    long at = graph.bytesAt();
                    builder.add(OnnxTensor.read(builder.source, at, graph.message("TensorProto"), null));
                }
                case GRAPH_SPARSE_INITIALIZER -> throw graph.error("sparse initializers are not supported");
                default -> {}
            }
        }
    }

    /** A tensor among the attributes of a node. */
    private record Value(long at, ProtobufMessage tensor) {}

    private static void readNode(ProtobufMessage graph, Builder builder) throws ModelFormatException {
        builder.count(graph);
        String name = "";
        String opType = "";
        String domain = "";
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var attributes = new LinkedHashMap<String, OnnxAttribute>();
        var tensors = new LinkedHashMap<String, Value>();
        var node = graph.message("NodeProto");
        while (node.next()) {
            switch (node.field()) {
                case 1, 2 -> {
                    builder.count(node);
                    (node.field() == 1 ? inputs : outputs).add(node.string(MAX_STRING_BYTES));
                }
                case 3 -> name = node.string(MAX_STRING_BYTES);
                case 4 -> opType = node.string(MAX_STRING_BYTES);
                case 5 -> {
                    builder.count(node);
                    readAttribute(node, builder, attributes, tensors);
                }
                case 7 -> domain = node.string(MAX_STRING_BYTES);
                default -> {}
            }
        }
        builder.nodes.add(new OnnxNode(name, opType, domain, inputs, outputs, attributes));
        var value = tensors.get("value");
        if (value != null && opType.equals("Constant") && (domain.isEmpty() || domain.equals("ai.onnx"))) {
            if (outputs.size() != 1 || outputs.getFirst().isEmpty()) {
                throw ModelFormatException.at(
                        builder.source, value.at, "a Constant with " + outputs.size() + " outputs, expected one");
            }
            builder.add(OnnxTensor.read(builder.source, value.at, value.tensor, outputs.getFirst()));
        }
    }

    /** Field numbers of the values of an AttributeProto, and their {@code AttributeType}. */
    private static void readAttribute(
            ProtobufMessage node, Builder builder, Map<String, OnnxAttribute> attributes, Map<String, Value> tensors)
            throws ModelFormatException {
        var attribute = node.message("AttributeProto");
        String name = "";
        long type = 0;
        OnnxAttribute value = null;
        var integers = new ArrayList<Long>();
        Value tensor = null;
        while (attribute.next()) {
            switch (attribute.field()) {
                case 1 -> name = attribute.string(MAX_STRING_BYTES);
                case 2 -> value = new OnnxAttribute.OfFloat(attribute.real());
                case 3 -> value = new OnnxAttribute.OfInteger(attribute.integer());
                case 4 -> value = string(attribute.bytes());
                case 5 -> tensor = new Value(attribute.bytesAt(), attribute.message("TensorProto"));
                case 8 ->
                    attribute.integers(integer -> {
                        builder.count(attribute);
                        integers.add(integer);
                    });
                case 20 -> type = attribute.integer();
                default -> {}
            }
        }
        if (tensor != null) {
            tensors.put(name, tensor);
        }
        if (attributes.put(name, ofType(type, value, integers)) != null) {
            throw node.error(
                    "the attribute \"" + ModelFormatException.abbreviate(name) + "\" occurs twice, expected it once");
        }
    }

    /** Writers of proto3 leave out a value that is zero or empty; the oldest leave out the type. */
    private static OnnxAttribute ofType(long type, OnnxAttribute value, List<Long> integers) {
        return switch (Math.clamp(type, -1, Integer.MAX_VALUE)) {
            case 0 ->
                value != null
                        ? value
                        : integers.isEmpty() ? new OnnxAttribute.Other(0) : new OnnxAttribute.OfIntegers(integers);
            case 1 -> value instanceof OnnxAttribute.OfFloat ? value : new OnnxAttribute.OfFloat(0);
            case 2 -> value instanceof OnnxAttribute.OfInteger ? value : new OnnxAttribute.OfInteger(0);
            case 3 -> value == null ? new OnnxAttribute.OfString("") : value;
            case 7 -> new OnnxAttribute.OfIntegers(integers);
            default -> new OnnxAttribute.Other(Math.clamp(type, -1, Integer.MAX_VALUE));
        };
    }

    /** Strings of attributes are bytes; those that are no short text are not kept. */
    private static OnnxAttribute string(MemorySegment bytes) {
        if (bytes.byteSize() > MAX_STRING_BYTES) {
            return new OnnxAttribute.Other(3);
        }
        var array = bytes.toArray(ValueLayout.JAVA_BYTE);
        var text = Utf8.decode(array, 0, array.length);
        return text == null ? new OnnxAttribute.Other(3) : new OnnxAttribute.OfString(text);
    }
}
