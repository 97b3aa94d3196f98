package dev.kanmon;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Guards that compute with kernels which have no name. */
public final class KernelsOfTests {

    private KernelsOfTests() {}

    public static Guard load(Path model, Kernels kernels, GuardOptions options) throws IOException {
        return Guard.load(
                model.toString(), () -> new KernelChoice(kernels, List.of()), () -> ModelFiles.open(model), options);
    }
}
