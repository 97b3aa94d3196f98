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
    private final Loader loader;
    private OrtEncoder encoder;
    private OrtEncoder.Input input;

    /** Loads the graph for so many tokens. */
    interface Loader {
        OrtEncoder load(int tokens) throws OrtException;
    }

    OrtEngine(String name, String form, Loader loader) {
        this.name = name;
        this.form = form;
        this.loader = loader;
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
        close();
        try {
            encoder = loader.load(ids.length);
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

    @Override
    public void close() throws IOException {
        if (input != null) {
            input.close();
            input = null;
        }
        if (encoder != null) {
            try {
                encoder.close();
            } catch (OrtException e) {
                throw new IOException(e);
            }
            encoder = null;
        }
    }
}
