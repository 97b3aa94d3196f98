package dev.kanmon.bench.peers;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.util.List;

/** ONNX Runtime Java in this JVM. */
final class OrtEngine implements Engine {
    /** Behind the name: idle threads sleep at once. */
    static final String NO_SPIN = "-nospin";

    private final String name;
    private final String form;
    private final OrtEncoder encoder;
    private OrtEncoder.Input input;

    /** Around a loaded graph, which it closes. */
    OrtEngine(String name, String form, OrtEncoder encoder) {
        this.name = name;
        this.form = form;
        this.encoder = encoder;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String form() {
        return form;
    }

    @Override
    public void take(int[] ids) throws IOException {
        release();
        try {
            input = encoder.input(List.of(ids));
        } catch (OrtException e) {
            throw new IOException(e);
        }
    }

    @Override
    public float[] hidden() throws IOException {
        try {
            return encoder.hidden(input);
        } catch (OrtException e) {
            throw new IOException(e);
        }
    }

    @Override
    public double[] turn(Turns.Length length) throws IOException {
        return Turns.calls(length, () -> {
            try {
                encoder.encode(input);
            } catch (OrtException e) {
                throw new IOException(e);
            }
        });
    }

    private void release() {
        if (input != null) {
            input.close();
        }
    }

    @Override
    public void close() throws IOException {
        release();
        try {
            encoder.close();
        } catch (OrtException e) {
            throw new IOException(e);
        }
    }
}
