package dev.kanmon.bench.peers;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.Shapes;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The engines that can run a shape: this one, and those whose files {@code bench/peers/export} made. Without an export
 * MiniLM-L6 comes from a Maven artifact, in fp32 only, and of other shapes this engine alone is measured, on random
 * weights; {@link #missing} says so.
 */
final class Sides implements AutoCloseable {
    private final List<Engine> engines = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private OpenVino openVino;

    private Sides() {}

    /**
     * Loads them.
     *
     * @param kernels siblings of this engine to load
     * @param forms fp32, bf16, int8
     * @param peers prefixes of names: ort, openvino
     */
    static Sides load(String shape, int threads, List<String> kernels, List<String> forms, List<String> peers)
            throws IOException {
        var sides = new Sides();
        try {
            var folder = BenchFiles.peers().resolve(shape);
            boolean exported = Files.exists(folder.resolve("DONE"));
            if (!exported) {
                sides.missing.add(shape + ": no export in " + folder + "; bench/peers/export " + shape + " makes it");
            }
            sides.ours(shape, exported ? Optional.of(folder) : Optional.empty(), threads, kernels, forms);
            if (peers.contains("ort")) {
                sides.onnxRuntime(shape, folder, exported, threads, forms);
            }
            if (peers.contains("openvino") && exported) {
                sides.openVino(folder, threads, forms);
            }
            return sides;
        } catch (IOException | RuntimeException e) {
            sides.close();
            throw e;
        }
    }

    /** All, ours first. */
    List<Engine> engines() {
        return engines;
    }

    /** Sentences about those that could not be had. */
    List<String> missing() {
        return missing;
    }

    private void ours(String shape, Optional<Path> folder, int threads, List<String> kernels, List<String> forms)
            throws IOException {
        for (String name : kernels) {
            for (String form : forms) {
                var options = new Model.Options(
                        KernelChoice.of(name), WeightPlan.of(KanmonEngine.weights(form)), threads, Optional.empty());
                engines.add(KanmonEngine.of(model(shape, folder, options)));
            }
        }
    }

    /** The exported weights, else the published ones of MiniLM, else random ones. */
    static Model model(String shape, Optional<Path> folder, Model.Options options) throws IOException {
        if (folder.isEmpty() && !shape.equals(PublishedMiniLm.SHAPE)) {
            return Model.random(Shapes.named(shape), options, 42);
        }
        var model =
                Model.load(folder.isPresent() ? folder.get() : PublishedMiniLm.directory(BenchFiles.work()), options);
        var expected = Shapes.named(shape).encoder();
        if (!model.config().encoder().equals(expected)) {
            model.close();
            throw new IOException(folder.orElse(BenchFiles.work()) + ": found "
                    + model.config().encoder() + ", expected " + expected);
        }
        return model;
    }

    private void onnxRuntime(String shape, Path folder, boolean exported, int threads, List<String> forms)
            throws IOException {
        if (!exported && !shape.equals(PublishedMiniLm.SHAPE)) {
            return;
        }
        for (String variant : List.of("plain", "fused")) {
            for (String form : forms) {
                var file = folder.resolve("ort-" + variant + "-" + form + ".onnx");
                for (boolean spin : threads > 1 ? List.of(true, false) : List.of(true)) { // one has nobody to spin for
                    OrtEngine.Loader loader;
                    if (Files.exists(file)) {
                        loader = tokens -> OrtEncoder.load(file, threads, spin, tokens);
                    } else if (!exported && form.equals("fp32")) {
                        byte[] onnx = variant.equals("plain") ? PublishedMiniLm.onnx() : PublishedMiniLm.fusedOnnx();
                        loader = _ -> OrtEncoder.load(onnx, threads, spin);
                    } else {
                        continue; // ONNX Runtime has no bf16 on this side of a GPU
                    }
                    engines.add(new OrtEngine("ort-" + variant + (spin ? "" : OrtEngine.NO_SPIN), form, loader));
                }
            }
        }
    }

    private void openVino(Path folder, int threads, List<String> forms) throws IOException {
        var python = BenchFiles.python();
        if (python.isEmpty()) {
            missing.add("OpenVINO: no Python environment; bench/peers/export makes it");
            return;
        }
        openVino = OpenVino.start(python.get(), BenchFiles.worker(), threads);
        for (String form : forms) {
            // what is not int8 in its int8 model is fastest in bf16, which is also its default where the CPU has it
            var file = folder.resolve(form.equals("int8") ? "openvino-int8.xml" : "openvino-fp32.xml");
            engines.add(openVino.engine(file, form, form.equals("fp32") ? "f32" : "bf16"));
        }
    }

    @Override
    public void close() throws IOException {
        for (var engine : engines) {
            engine.close();
        }
        engines.clear();
        if (openVino != null) {
            openVino.close();
        }
    }
}
