package dev.kanmon.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** The same encoder in ONNX Runtime: all graph optimisations, one operator at a time. */
final class OrtEncoder implements AutoCloseable {
    private final OrtSession session;
    private final Set<String> output;

    private OrtEncoder(OrtSession session) {
        this.session = session;
        // of both exports the hidden states come first; MiniLM's has a pooled vector beside them
        this.output = Set.of(session.getOutputNames().iterator().next());
    }

    /**
     * Loads an ONNX file.
     *
     * @param threads that one operator uses, the calling one among them
     * @param spin whether idle threads spin before they sleep, which is ONNX Runtime's default
     */
    static OrtEncoder load(byte[] onnx, int threads, boolean spin) throws OrtException {
        try (var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.addConfigEntry("session.intra_op.allow_spinning", spin ? "1" : "0");
            return new OrtEncoder(OrtEnvironment.getEnvironment().createSession(onnx, options));
        }
    }

    /** Tensors of one input, made before the clock runs. */
    record Input(Map<String, OnnxTensor> tensors) implements AutoCloseable {
        static Input of(int[] ids) throws OrtException {
            var ones = new int[ids.length];
            Arrays.fill(ones, 1);
            return new Input(Map.of(
                    "input_ids", tensor(ids),
                    "attention_mask", tensor(ones),
                    "token_type_ids", tensor(new int[ids.length])));
        }

        private static OnnxTensor tensor(int[] values) throws OrtException {
            LongBuffer longs = ByteBuffer.allocateDirect(values.length * Long.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asLongBuffer();
            for (int value : values) {
                longs.put(value);
            }
            return OnnxTensor.createTensor(
                    OrtEnvironment.getEnvironment(), longs.flip(), new long[] {1, values.length});
        }

        @Override
        public void close() {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    /** Runs the encoder and drops the result unread. */
    void encode(Input input) throws OrtException {
        session.run(input.tensors, output).close();
    }

    /** The last hidden states, (tokens, hidden size). */
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
