package dev.kanmon.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * OpenVINO in a Python process of its own ({@code bench/peers/openvino_worker.py}), which does nothing until it is asked.
 * Not safe for use by several threads.
 */
final class OpenVino implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer questions;
    private int models;

    private OpenVino(Process process) {
        this.process = process;
        answers = process.inputReader(StandardCharsets.UTF_8);
        questions = process.outputWriter(StandardCharsets.UTF_8);
    }

    /**
     * Starts the process.
     *
     * @param python of the environment that {@code bench/peers/export} made
     */
    static OpenVino start(Path python, Path worker, int threads) throws IOException {
        return new OpenVino(new ProcessBuilder(python.toString(), worker.toString(), Integer.toString(threads))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** A model in OpenVINO's own format, computed in {@code precision}: f32 or bf16. */
    Engine engine(Path model, String form, String precision) {
        return new OpenVinoEngine(Integer.toString(models++), model, form, precision);
    }

    private String ask(String question) throws IOException {
        questions.write(question + "\n");
        questions.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException(
                    "the OpenVINO process ended when asked: " + question.split(" ", 2)[0] + "; its message is above");
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        questions.close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }

    private final class OpenVinoEngine implements Engine {
        private final String id;
        private final Path file;
        private final String form;
        private final String precision;

        OpenVinoEngine(String id, Path file, String form, String precision) {
            this.id = id;
            this.file = file;
            this.form = form;
            this.precision = precision;
        }

        @Override
        public String name() {
            return "openvino";
        }

        @Override
        public String form() {
            return form;
        }

        /** Compiles the model for this length alone, which makes it some percent faster than for any length. */
        @Override
        public void take(int[] ids) throws IOException {
            String text = Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
            ask("take\t" + id + "\t" + file + "\t" + precision + "\t" + text);
        }

        @Override
        public float[] hidden() throws IOException {
            var raw = Files.createTempFile("kanmon-openvino", ".f32");
            try {
                ask("hidden\t" + id + "\t" + raw);
                var floats = ByteBuffer.wrap(Files.readAllBytes(raw))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
                var values = new float[floats.remaining()];
                floats.get(values);
                return values;
            } finally {
                Files.delete(raw);
            }
        }

        @Override
        public double[] turn(Turns.Length length) throws IOException {
            return Arrays.stream(ask("turn\t" + id + "\t" + length.millis() + "\t" + length.calls())
                            .split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        }

        @Override
        public void close() throws IOException {
            ask("close\t" + id);
        }
    }
}
