package dev.kanmon.bench.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An encoder in ONNX Runtime: all graph optimisations, one operator at a time. */
final class OrtEncoder implements AutoCloseable {
    private final OrtSession session;
    private final Set<String> output;

    private OrtEncoder(OrtSession session) {
        this.session = session;
        // the hidden states come first; the published MiniLM has a pooled vector beside them
        this.output = Set.of(session.getOutputNames().iterator().next());
    }

    /**
     * Loads an ONNX file.
     *
     * @param threads that one operator uses, the calling one among them
     * @param spin whether idle threads spin before they sleep, which is ONNX Runtime's default
     */
    static OrtEncoder load(Path onnx, int threads, boolean spin) throws OrtException {
        try (var options = options(threads, spin)) {
            return new OrtEncoder(OrtEnvironment.getEnvironment().createSession(onnx.toString(), options));
        }
    }

    /** The same for one sequence of so many tokens alone, whose shapes are then computed while it is loaded. */
    static OrtEncoder load(Path onnx, int threads, boolean spin, int tokens) throws OrtException {
        try (var options = options(threads, spin)) {
            // as bench/peers/export.py names them
            options.setSymbolicDimensionValue("batch", 1);
            options.setSymbolicDimensionValue("tokens", tokens);
            return new OrtEncoder(OrtEnvironment.getEnvironment().createSession(onnx.toString(), options));
        }
    }

    /** The same of a file's content. */
    static OrtEncoder load(byte[] onnx, int threads, boolean spin) throws OrtException {
        try (var options = options(threads, spin)) {
            return new OrtEncoder(OrtEnvironment.getEnvironment().createSession(onnx, options));
        }
    }

    private static OrtSession.SessionOptions options(int threads, boolean spin) throws OrtException {
        var options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
        options.addConfigEntry("session.intra_op.allow_spinning", spin ? "1" : "0");
        return options;
    }

    /** Tensors of one call, made before the clock runs. */
    record Input(Map<String, OnnxTensor> tensors) implements AutoCloseable {
        @Override
        public void close() {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    /**
     * Sequences as a batch, padded to the longest of them.
     *
     * @param sequences ids of each
     */
    Input input(List<int[]> sequences) throws OrtException {
        int length = sequences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
        var tensors = new HashMap<String, OnnxTensor>();
        for (var info : session.getInputInfo().values()) {
            var type = ((TensorInfo) info.getInfo()).type;
            var values = new long[sequences.size() * length];
            for (int s = 0; s < sequences.size(); s++) {
                int[] ids = sequences.get(s);
                for (int i = 0; i < ids.length; i++) {
                    values[s * length + i] = switch (info.getName()) {
                        case "input_ids" -> ids[i];
                        case "attention_mask" -> 1;
                        case "token_type_ids" -> 0;
                        default ->
                            throw new IllegalStateException("the graph has an input " + info.getName()
                                    + ", expected input_ids, attention_mask and token_type_ids");
                    };
                }
            }
            tensors.put(info.getName(), tensor(type, values, new long[] {sequences.size(), length}));
        }
        return new Input(tensors);
    }

    private static OnnxTensor tensor(OnnxJavaType type, long[] values, long[] shape) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        var bytes = ByteBuffer.allocateDirect(values.length * Long.BYTES).order(ByteOrder.nativeOrder());
        return switch (type) {
            case INT64 ->
                OnnxTensor.createTensor(
                        environment, bytes.asLongBuffer().put(values).flip(), shape);
            case INT32 -> {
                var ints = bytes.asIntBuffer();
                for (long value : values) {
                    ints.put((int) value);
                }
                yield OnnxTensor.createTensor(environment, ints.flip(), shape);
            }
            default -> throw new IllegalStateException("the graph takes " + type + ", expected INT64 or INT32");
        };
    }

    /** Runs the encoder and drops the result unread. */
    void encode(Input input) throws OrtException {
        session.run(input.tensors, output).close();
    }

    /** The last hidden states, (sequences, tokens, hidden size). */
    float[] hidden(Input input) throws OrtException {
        try (var result = session.run(input.tensors, output)) {
            FloatBuffer floats = ((OnnxTensor) result.get(0)).getFloatBuffer();
            var values = new float[floats.remaining()];
            floats.get(values);
            return values;
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
